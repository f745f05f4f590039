//! One row of a result list (rule 7.8).

use super::{RecordView, ShieldedView};
use crate::age::Age;
use crate::child_number::ChildNumber;
use crate::line::Line;
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use jiff::civil::Date;
use serde::Serialize;

/// Name, age and town. A shielded child's row has no town and no badge: it reads like that of a child of whom no
/// town is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListRow {
    /// The number that opens the record.
    pub number: ChildNumber,
    /// The name in use.
    pub name: PersonName,
    /// The age today.
    pub age: Option<Age>,
    /// The town of the current or last known address.
    pub town: Option<Line>,
}

impl ListRow {
    pub(super) fn of_record(view: &RecordView, today: Date) -> Self {
        let address = view.whereabouts.as_ref().and_then(|whereabouts| whereabouts.value.address());
        Self {
            number: view.number.clone(),
            name: view.name.value.clone(),
            age: age(view.date_of_birth.as_ref().map(|born| born.value), today),
            town: address.and_then(|address| address.town.clone()),
        }
    }

    pub(super) fn of_shielded(view: &ShieldedView, today: Date) -> Self {
        Self {
            number: view.number.clone(),
            name: view.name.clone(),
            age: age(view.date_of_birth, today),
            town: None,
        }
    }

    /// The names of the fields shown, for the header of the audit entry. They are those of the list, not of the row: a
    /// row without a town must not show in the trail either (law 3).
    #[must_use]
    pub const fn fields_shown() -> [&'static str; 4] {
        ["number", "name", "age", "town"]
    }
}

fn age(born: Option<PartialDate>, today: Date) -> Option<Age> {
    born.and_then(|born| born.age_on(today))
}
