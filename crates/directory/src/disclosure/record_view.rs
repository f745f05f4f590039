//! A child record as an ordinary viewer sees it.

use super::Purpose;
use crate::address::Whereabouts;
use crate::child_number::ChildNumber;
use crate::child_record::{ChildRecord, Sourced};
use crate::gender::Gender;
use crate::involvement::{Contact, Involvement};
use crate::line::Line;
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::retention::{ItemStage, item_stage};
use crate::service_type::OpenService;
use crate::source_record::{CafIndicator, Carer, Education, Practice, Setting};
use jiff::civil::Date;
use serde::Serialize;

/// The record, contacts first. There is no field for a sensitive service, for a source body's number, for an earlier
/// address, for archived information or for what management knows about the data (rule 2.2). Only
/// [`disclose`](super::disclose) makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordView {
    /// The identifying number.
    pub number: ChildNumber,
    /// The name in use.
    pub name: Sourced<PersonName>,
    /// Other names, former ones included.
    pub aliases: Vec<Sourced<PersonName>>,
    /// Date of birth.
    pub date_of_birth: Option<Sourced<PartialDate>>,
    /// Gender.
    pub gender: Option<Sourced<Gender>>,
    /// Where the child is.
    pub whereabouts: Option<Sourced<Whereabouts>>,
    /// Universal and additional services; the lead professional first, then current ones, then those ended.
    pub involvements: Vec<Sourced<InvolvementView>>,
    /// Schools and other education settings.
    pub education: Vec<Sourced<SchoolView>>,
    /// General practices.
    pub practices: Vec<Sourced<Practice>>,
    /// Parents and carers.
    pub carers: Vec<Sourced<Carer>>,
    /// CAF indicators.
    pub caf: Vec<Sourced<CafIndicator>>,
}

/// A service that works, or worked until lately, with the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InvolvementView {
    /// The service; its type has no room for a sensitive one.
    pub service: OpenService,
    /// The organisation.
    pub organisation: Option<Line>,
    /// The practitioner or team.
    pub practitioner: Option<Line>,
    /// How to reach them.
    pub contact: Contact,
    /// First day.
    pub start: Option<PartialDate>,
    /// Last day; for a year after it the involvement is shown as ended (rule 4.9).
    pub end: Option<PartialDate>,
    /// Whether they are the lead professional.
    pub lead: bool,
}

/// An education setting as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SchoolView {
    /// The setting.
    pub setting: Setting,
    /// First day.
    pub start: Option<PartialDate>,
    /// Last day.
    pub end: Option<PartialDate>,
}

impl RecordView {
    /// The names of every field a record page may show, whoever the child: what the clear header of the audit entry
    /// says, so that the trail does not tell a shielded record from any other (law 3).
    pub const FIELDS: [&'static str; 11] = [
        "name",
        "aliases",
        "date_of_birth",
        "gender",
        "number",
        "whereabouts",
        "involvements",
        "education",
        "practices",
        "carers",
        "caf",
    ];

    pub(super) fn of(
        record: &ChildRecord,
        name: &Sourced<PersonName>,
        purpose: Purpose,
        today: Date,
    ) -> Self {
        let contacts = purpose == Purpose::OpenRecord;
        Self {
            number: record.profile.number.clone(),
            name: name.clone(),
            aliases: record.aliases.clone(),
            date_of_birth: record.date_of_birth.clone(),
            gender: record.gender.clone(),
            whereabouts: record.whereabouts.clone(),
            involvements: if contacts { involvements(record, today) } else { Vec::new() },
            education: education(record, contacts, today),
            practices: if contacts { record.practices.clone() } else { Vec::new() },
            carers: if contacts { record.carers.clone() } else { Vec::new() },
            caf: if contacts { record.caf.clone() } else { Vec::new() },
        }
    }

    /// The lead professional's involvement, if one is current (rule 8.7).
    #[must_use]
    pub fn lead_professional(&self) -> Option<&Sourced<InvolvementView>> {
        self.involvements.iter().find(|involvement| involvement.value.lead)
    }

    pub(super) fn fields_shown(&self) -> Vec<&'static str> {
        [
            ("name", true),
            ("aliases", !self.aliases.is_empty()),
            ("date_of_birth", self.date_of_birth.is_some()),
            ("gender", self.gender.is_some()),
            ("number", true),
            ("whereabouts", self.whereabouts.is_some()),
            ("involvements", !self.involvements.is_empty()),
            ("education", !self.education.is_empty()),
            ("practices", !self.practices.is_empty()),
            ("carers", !self.carers.is_empty()),
            ("caf", !self.caf.is_empty()),
        ]
        .into_iter()
        .filter_map(|(field, shown)| shown.then_some(field))
        .collect()
    }
}

/// The involvements at that stage of an item's life, sensitive ones included.
pub(super) fn kept_involvements(
    record: &ChildRecord,
    at: ItemStage,
    today: Date,
) -> impl Iterator<Item = &Sourced<Involvement>> {
    let stage = move |end| item_stage(end, &record.periods, today);
    record.involvements.iter().filter(move |involvement| stage(involvement.value.details().end) == at)
}

/// The education settings at that stage of an item's life.
pub(super) fn kept_schools(
    record: &ChildRecord,
    at: ItemStage,
    today: Date,
) -> impl Iterator<Item = &Sourced<Education>> {
    let stage = move |end| item_stage(end, &record.periods, today);
    record.education.iter().filter(move |education| stage(education.value.end) == at)
}

fn involvements(record: &ChildRecord, today: Date) -> Vec<Sourced<InvolvementView>> {
    let shown = kept_involvements(record, ItemStage::Shown, today);
    let mut shown: Vec<_> = shown.filter_map(|involvement| open_service(involvement, today)).collect();
    // A stable sort: within each group the order of authority remains.
    shown.sort_by_key(|i| (i.value.end.is_some(), !i.value.lead));
    // At most one lead professional (rule 8.7): the one of the most authoritative source, and only while current.
    for (place, involvement) in shown.iter_mut().enumerate() {
        involvement.value.lead &= place == 0 && involvement.value.end.is_none();
    }
    shown
}

/// The involvement, unless it is of a sensitive service.
pub(super) fn open_service(
    involvement: &Sourced<Involvement>,
    today: Date,
) -> Option<Sourced<InvolvementView>> {
    let details = involvement.value.details();
    let service = OpenService::new(details.service)?;
    Some(involvement.as_ref().map(|_| InvolvementView {
        service,
        organisation: details.organisation.clone(),
        practitioner: details.practitioner.clone(),
        contact: details.contact.clone(),
        start: details.start,
        end: details.end.filter(|end| end.earliest() <= today),
        lead: details.lead,
    }))
}

fn education(record: &ChildRecord, contacts: bool, today: Date) -> Vec<Sourced<SchoolView>> {
    let mut shown: Vec<_> = kept_schools(record, ItemStage::Shown, today)
        .map(|education| {
            let mut shown = education.as_ref().map(|education| school(education, today));
            if !contacts {
                shown.value.setting = without_contact(&shown.value.setting);
            }
            shown
        })
        .collect();
    shown.sort_by_key(|school| school.value.end.is_some());
    shown
}

pub(super) fn school(education: &Education, today: Date) -> SchoolView {
    SchoolView {
        setting: education.setting.clone(),
        start: education.start,
        end: education.end.filter(|end| end.earliest() <= today),
    }
}

fn without_contact(setting: &Setting) -> Setting {
    match setting {
        Setting::School { urn, name, .. } => {
            Setting::School { urn: urn.clone(), name: name.clone(), contact: Contact::default() }
        }
        other => other.clone(),
    }
}
