//! A shielded child as everybody sees them (law 3).

use super::is_nobody;
use crate::child_number::ChildNumber;
use crate::child_record::{ChildRecord, Sourced};
use crate::gender::Gender;
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use crate::retention::{Stage, stage};
use jiff::civil::Date;
use serde::Serialize;

/// Name, date of birth, gender and number: the narrower set of rule 2.7. There is no field for anything else, former
/// names and sources included. Only [`disclose`](super::disclose) and [`disclose_at_shield_desk`] make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ShieldedView {
    /// The name in use.
    pub name: PersonName,
    /// Date of birth.
    pub date_of_birth: Option<PartialDate>,
    /// Gender.
    pub gender: Gender,
    /// The identifying number.
    pub number: ChildNumber,
}

/// Decides what the desk that shields and hands on protected children sees of any child, shielded or not: what a shield leaves.
/// A child that is held is shown too, because a household is decided whole; a former identity and an archived child are not.
#[must_use]
pub fn disclose_at_shield_desk(record: &ChildRecord, today: Date) -> Option<ShieldedView> {
    let name = record.name.as_ref()?;
    let live = stage(&record.life_facts(), &record.periods, today) == Stage::Live;
    (live && !is_nobody(record)).then(|| ShieldedView::of(record, name))
}

impl ShieldedView {
    /// The names of every field it may show.
    pub const FIELDS: [&'static str; 4] = ["name", "date_of_birth", "gender", "number"];

    pub(super) fn of(record: &ChildRecord, name: &Sourced<PersonName>) -> Self {
        Self {
            name: name.value.clone(),
            date_of_birth: record.date_of_birth.as_ref().map(|born| born.value),
            gender: record.gender.as_ref().map_or(Gender::NotSpecified, |gender| gender.value),
            number: record.profile.number.clone(),
        }
    }

    pub(super) fn fields_shown(&self) -> Vec<&'static str> {
        let mut fields = vec!["name"];
        fields.extend(self.date_of_birth.map(|_| "date_of_birth"));
        fields.extend(["gender", "number"]);
        fields
    }
}
