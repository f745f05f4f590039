//! FHIR R4 resources, one a line: a Patient and what stands right behind it; before the first Patient what several children share.
//!
//! The resources are read by the same code, by the same lists and to the same columns as those that come over a network
//! (`crate::fhir`). What is on no list is named as not permitted (law 1), what is discarded is counted by its name. A child whose
//! resources cannot be read together is a row with a fault.

mod lines;

use std::io::Read;

use super::cells::Cells;
use super::{Expected, RowSink, Unread};
use crate::error::{FileFault, Place as Line};
use crate::fhir::{Besides, Grouped, Part, Place, Reason, Refused, is_shallow, resource_type, type_of};
use crate::profile::Profile;
use crate::records::Stop;
use crate::rules::{Fault, Rule};
use lines::Lines;

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

pub(super) fn read(
    source: impl Read,
    expected: Expected<'_>,
    own_system: Option<&str>,
    sink: &mut impl RowSink,
) -> Result<(), Stop> {
    let every = Profile::every_column().columns().map(|column| column.name);
    let named = |column: &'static str| {
        if expected.others.is_empty() {
            expected.named(column).map(|_| (column, column))
        } else {
            expected.other(column).map(|name| (column, name))
        }
    };
    // What FHIR says is told by the columns of docs/feeds, and handed on under the names that are expected.
    let (columns, names): (Vec<&str>, Vec<&str>) = every.filter_map(named).unzip();
    sink.columns(&names).map_err(|fault| (Line::FILE, fault))?;
    let deaths = columns.contains(&"date_of_death");
    let grouped = Grouped::new(own_system, deaths);
    let mut feed = Feed { columns, grouped, patient: 0, cells: Cells::default(), ended: false };
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

/// What is known of the lines before: a child waits for what may stand behind it.
struct Feed<'e> {
    columns: Vec<&'e str>,
    grouped: Grouped<'e>,
    /// The line of the child that waits.
    patient: u64,
    cells: Cells,
    ended: bool,
}

impl Feed<'_> {
    fn take(&mut self, number: u64, line: &str, sink: &mut impl RowSink) -> Result<(), FileFault> {
        if !is_shallow(line) {
            return Err(FileFault::Resource(
                "its objects and lists nest deeper than any resource that is read",
            ));
        }
        let kind = type_of(line, &Place::of("Resource")).map_err(stopped)?;
        match (kind.as_str(), resource_type(&kind)) {
            ("Patient", _) => {
                self.give(sink)?;
                if !self.ended {
                    self.patient = number;
                    self.grouped.begin(line, &mut Named(sink)).map_err(stopped)?;
                }
            }
            (known, Some((_, Part::Taken))) => {
                if let Some(unlisted) = self.grouped.take(known, line, &mut Named(sink)).map_err(stopped)? {
                    fault(&unlisted, sink);
                }
            }
            (known, Some(_)) => sink.unread(Unread::Clinical(known)),
            (other, None) => sink.unread(Unread::Unpermitted(other)),
        }
        Ok(())
    }

    /// Gives the child that waits.
    fn give(&mut self, sink: &mut impl RowSink) -> Result<(), FileFault> {
        let stray = |besides: &mut Named<'_, _>, kind: &str| {
            RowSink::unread(besides.0, Unread::Unattached(kind));
        };
        let Some(told) = self.grouped.give(&mut Named(&mut *sink), stray) else { return Ok(()) };
        self.cells.clear();
        let mut unreadable = None;
        match told {
            Ok(message) => {
                for name in message.filled().filter(|name| !self.columns.contains(name)) {
                    sink.unread(Unread::Unpermitted(name));
                }
                for column in &self.columns {
                    self.cells.push(message.said(column))?;
                }
            }
            Err(unread) => {
                let number = unread.number.unwrap_or_default();
                for column in &self.columns {
                    self.cells.push(if *column == "record_id" { &number } else { "" })?;
                }
                unreadable = Some(fault(&unread.refused, sink));
            }
        }
        self.ended = sink.row(super::TextRow { unreadable, ..self.cells.row(self.patient) }).is_break();
        Ok(())
    }
}

/// Why a line ends the reading.
fn stopped(refused: Refused) -> FileFault {
    FileFault::Resource(match refused.reason {
        Reason::NotAResource => "it has no resourceType",
        Reason::TooMany { .. } => {
            "more resources stand behind one Patient (1,000), or before the first (20,000), than are read together"
        }
        _ => "it is not JSON, or an element has another type than FHIR gives it",
    })
}

/// What keeps the resources of a child from being read together, as the fault of a row. What is on no list is named besides.
fn fault(refused: &Refused, sink: &mut impl RowSink) -> Fault {
    let (field, rule) = match &refused.reason {
        Reason::SaidTwice { column } => {
            let known = Profile::every_column().position(column);
            (known.map_or(Fault::ROW, |(_, column)| column.name), Rule::SaidTwice)
        }
        Reason::SeveralOwnNumbers => ("record_id", Rule::SaidTwice),
        Reason::Unresolved | Reason::OtherType | Reason::OtherRefused => (Fault::ROW, Rule::Reference),
        Reason::NoColumn { column, .. } => {
            sink.unread(Unread::Unpermitted(column));
            (Fault::ROW, Rule::Resource)
        }
        Reason::UnlistedResource(name) | Reason::UnlistedElement(name) => {
            sink.unread(Unread::Unpermitted(name.shown().unwrap_or_default()));
            (Fault::ROW, Rule::Resource)
        }
        _ => (Fault::ROW, Rule::Resource),
    };
    Fault { field, rule, length: 0 }
}
