//! FHIR R4 resources, one a line: Patient, and the RelatedPerson lines that follow it.
//!
//! What is read is the closed list of docs/quality.md. Clinical elements and resources are left unread and counted by
//! name; whatever else is not on the list is named as not permitted (law 1).

mod elements;
mod lines;
mod patient;
mod related;

use std::io::Read;

use super::cells::Cells;
use super::{RowSink, Unread};
use crate::error::{FileFault, Place};
use crate::records::Stop;
use elements::{Element, elements, text_of};
use lines::Lines;
use patient::Child;

/// The columns of docs/feeds that a Patient can fill.
pub const COLUMNS: [&str; 33] = [
    "record_id",
    "effective_at",
    "forenames",
    "surname",
    "date_of_birth",
    "gender",
    "nhs_number",
    "upn",
    "birth_registration",
    "child_benefit_number",
    "alias_1_forenames",
    "alias_1_surname",
    "alias_2_forenames",
    "alias_2_surname",
    "address_kind",
    "address_line_1",
    "address_line_2",
    "town",
    "postcode",
    "carer_1_forenames",
    "carer_1_surname",
    "carer_1_relationship",
    "carer_1_responsibility",
    "carer_1_telephone",
    "carer_1_email",
    "carer_2_forenames",
    "carer_2_surname",
    "carer_2_relationship",
    "carer_2_responsibility",
    "carer_2_telephone",
    "carer_2_email",
    "practice_code",
    "practice_name",
];

/// Resources of clinical content, and of case work, by their types.
const CLINICAL: [&str; 21] = [
    "AllergyIntolerance",
    "Appointment",
    "CarePlan",
    "Communication",
    "Composition",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "FamilyMemberHistory",
    "Flag",
    "Immunization",
    "MedicationRequest",
    "MedicationStatement",
    "Observation",
    "Procedure",
    "QuestionnaireResponse",
    "ReferralRequest",
    "RiskAssessment",
    "ServiceRequest",
];

pub(super) fn read(source: impl Read, expected: &[&str], sink: &mut impl RowSink) -> Result<(), Stop> {
    let columns: Vec<&str> = COLUMNS.into_iter().filter(|column| expected.contains(column)).collect();
    sink.columns(&columns).map_err(|fault| (Place::FILE, fault))?;
    let mut feed = Feed { columns, waiting: None, cells: Cells::default(), ended: false };
    let mut lines = Lines::new(source);
    while let Some(line) = lines.next()? {
        let number = line.number;
        if !line.text.trim().is_empty() {
            feed.take(number, line.text, sink).map_err(|fault| (Place::row(number), fault))?;
        }
        if feed.ended {
            return Ok(());
        }
    }
    let last = lines.number();
    feed.give(sink).map_err(|fault| (Place::row(last), fault))
}

/// What is known of the line before: a child waits for the related persons that may follow it.
struct Feed<'e> {
    columns: Vec<&'e str>,
    waiting: Option<(u64, Child)>,
    cells: Cells,
    ended: bool,
}

impl Feed<'_> {
    fn take(&mut self, number: u64, line: &str, sink: &mut impl RowSink) -> Result<(), FileFault> {
        let resource = elements(line)?;
        let kind = resource.iter().find(|element| element.name == "resourceType");
        let kind = kind.ok_or(FileFault::Resource("it has no resourceType"))?;
        match text_of(kind.value)?.as_str() {
            "Patient" => {
                self.give(sink)?;
                self.waiting = Some((number, Child::read(&resource, sink)?));
            }
            "RelatedPerson" => related::read(&resource, self.waiting.as_mut().map(|(_, child)| child), sink)?,
            known if CLINICAL.contains(&known) => sink.unread(Unread::Clinical(known)),
            other => sink.unread(Unread::Unpermitted(other)),
        }
        Ok(())
    }

    /// Gives the child that waits.
    fn give(&mut self, sink: &mut impl RowSink) -> Result<(), FileFault> {
        let Some((number, child)) = self.waiting.take() else { return Ok(()) };
        for name in child.filled().filter(|name| !self.columns.contains(name)) {
            sink.unread(Unread::Unpermitted(name));
        }
        self.cells.clear();
        for column in &self.columns {
            self.cells.push(child.value(column))?;
        }
        self.ended = sink.row(self.cells.row(number)).is_break();
        Ok(())
    }
}

/// Says of every element what becomes of it: read by `read`, which knows its name; left unread where it is clinical or known
/// to say nothing; else named.
fn each<'a>(
    of: &[Element<'a>],
    prefix: &str,
    clinical: &[&str],
    passed: &[&str],
    sink: &mut impl RowSink,
    mut read: impl FnMut(&str, &'a str) -> Result<bool, FileFault>,
) -> Result<(), FileFault> {
    for element in of {
        let name = element.name.as_ref();
        if passed.contains(&name) || read(name, element.value)? {
            continue;
        }
        let full = format!("{prefix}.{name}");
        if clinical.contains(&name) {
            sink.unread(Unread::Clinical(&full));
        } else {
            sink.unread(Unread::Unpermitted(&full));
        }
    }
    Ok(())
}
