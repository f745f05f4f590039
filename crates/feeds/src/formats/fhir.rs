//! FHIR R4 resources, one a line: Patient, and the RelatedPerson lines that follow it.
//!
//! What is read stands in docs/quality.md; the resources are read by the same code, and by the same lists, as those that come over
//! a network (`crate::fhir`). Here nothing is refused: what is on no list is named as not permitted (law 1), what is discarded is
//! counted by its name.

mod columns;
mod lines;

use std::io::Read;

use super::cells::Cells;
use super::{RowSink, Unread};
use crate::error::{FileFault, Place as Line};
use crate::fhir::{Besides, Part, Patient, Place, Reason, Refused, related, resource_type, type_of};
use crate::records::Stop;
use columns::Child;
use lines::Lines;

pub use columns::COLUMNS;

/// Told of what is left unread.
struct Named<'s, S>(&'s mut S);

impl<S: RowSink> Besides for Named<'_, S> {
    fn discard(&mut self, name: &str) {
        self.0.unread(Unread::Clinical(name));
    }

    fn unlisted(&mut self, place: &Place, element: &str) -> Result<(), Refused> {
        self.0.unread(Unread::Unpermitted(&format!("{}.{element}", place.name())));
        Ok(())
    }
}

pub(super) fn read(source: impl Read, expected: &[&str], sink: &mut impl RowSink) -> Result<(), Stop> {
    let columns: Vec<&str> = COLUMNS.into_iter().filter(|column| expected.contains(column)).collect();
    sink.columns(&columns).map_err(|fault| (Line::FILE, fault))?;
    let mut feed = Feed { columns, waiting: None, cells: Cells::default(), ended: false };
    let mut lines = Lines::new(source);
    while let Some(line) = lines.next()? {
        let number = line.number;
        if !line.text.trim().is_empty() {
            feed.take(number, line.text, sink).map_err(|fault| (Line::row(number), fault))?;
        }
        if feed.ended {
            return Ok(());
        }
    }
    let last = lines.number();
    feed.give(sink).map_err(|fault| (Line::row(last), fault))
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
        let kind = type_of(line, &Place::of("Resource")).map_err(fault)?;
        match (kind.as_str(), resource_type(&kind)) {
            ("Patient", _) => {
                self.give(sink)?;
                let patient = Patient::read(line, &Place::of("Patient"), &mut Named(sink)).map_err(fault)?;
                let tells_deaths = self.columns.contains(&"date_of_death");
                self.waiting = Some((number, Child::of(patient, tells_deaths, sink)));
            }
            ("RelatedPerson", _) => {
                let person = related(line, &Place::of("RelatedPerson"), &mut Named(sink)).map_err(fault)?;
                let of = person.patient.as_ref().and_then(|patient| patient.to.strip_prefix("Patient/"));
                match &mut self.waiting {
                    Some((_, child)) if of == Some(child.id.as_str()) => child.person(&person, sink),
                    _ => sink.unread(Unread::Unattached("RelatedPerson that does not follow its Patient")),
                }
            }
            // In a file of one resource a line nothing else can be told to which child it belongs.
            (known, Some((_, Part::Taken))) => sink.unread(Unread::Unattached(known)),
            (known, Some(_)) => sink.unread(Unread::Clinical(known)),
            (other, None) => sink.unread(Unread::Unpermitted(other)),
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

fn fault(refused: Refused) -> FileFault {
    FileFault::Resource(match refused.reason {
        Reason::NotAResource => "it has no resourceType",
        _ => "it is not JSON, or an element has another type than FHIR gives it",
    })
}
