//! A shielded child as whoever overrides the shield sees them (rule 2.9).

use super::{Purpose, RecordView};
use crate::child_record::{ChildRecord, Sourced};
use crate::person_name::PersonName;
use jiff::civil::Date;
use serde::Serialize;

/// What an ordinary viewer would see of the same child without the shield, and nothing of what management sees: there is
/// no room for a sensitive service. A type of its own, so that what was seen by an override is not taken for what
/// everybody sees. Only [`disclose`](super::disclose) makes one:
///
/// ```compile_fail,E0639
/// fn forge(record: directory::RecordView) -> directory::OverrideView {
///     directory::OverrideView { record }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OverrideView {
    /// The record behind the shield.
    pub record: RecordView,
}

impl OverrideView {
    pub(super) fn of(record: &ChildRecord, name: &Sourced<PersonName>, today: Date) -> Self {
        Self { record: RecordView::of(record, name, Purpose::OpenRecord, today) }
    }
}
