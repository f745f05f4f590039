//! A shielded child as everybody sees them (law 3).

use crate::child_number::ChildNumber;
use crate::child_record::{ChildRecord, Sourced};
use crate::gender::Gender;
use crate::partial_date::PartialDate;
use crate::person_name::PersonName;
use serde::Serialize;

/// Name, date of birth, gender and number: the narrower set of rule 2.7. There is no field for anything else, former
/// names and sources included. Only [`disclose`](super::disclose) makes one.
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

impl ShieldedView {
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
