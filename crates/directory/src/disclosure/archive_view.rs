//! A record in the archive (rules 4.3, 12.5).

use super::ManagementView;
use crate::child_record::{ChildRecord, Sourced};
use crate::person_name::PersonName;
use crate::retention::{Due, DueReason, destruction_due};
use jiff::civil::Date;
use serde::Serialize;

/// The record as the data managers of its authority may still read it in the first year, hidden items included (rule 12.5): to
/// put right a record archived by mistake, and to answer the young person; and as it is read in the later years by who asked
/// for it in the disclosure register, once it was retrieved. Only [`disclose`](super::disclose) makes one:
///
/// ```compile_fail,E0639
/// fn forge(archived_on: jiff::civil::Date, why: directory::retention::DueReason, record: directory::ManagementView) {
///     let view = directory::ArchiveView { archived_on, why, destroyed_from: archived_on, record };
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ArchiveView {
    /// The day on which the record went to the archive.
    pub archived_on: Date,
    /// Why it did.
    pub why: DueReason,
    /// The day from which it is destroyed (rule 4.2).
    pub destroyed_from: Date,
    /// The record.
    pub record: ManagementView,
}

impl ArchiveView {
    pub(super) fn of(record: &ChildRecord, name: &Sourced<PersonName>, since: Due, today: Date) -> Self {
        Self {
            archived_on: since.date,
            why: since.why,
            destroyed_from: destruction_due(since, &record.periods).date,
            record: ManagementView::of(record, name, today),
        }
    }
}
