//! A Patient and its parents and carers as the columns of docs/feeds.

use std::collections::BTreeMap;

use super::{RowSink, Unread};
use crate::fhir::{Identifier, Name, Patient, Person, Reference, day_of, gender, relationship};

/// The columns of docs/feeds that a Patient can fill.
pub const COLUMNS: [&str; 35] = [
    "record_id",
    "effective_at",
    "forenames",
    "surname",
    "date_of_birth",
    "gender",
    "date_of_death",
    "entry",
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

/// More carers than the columns have are counted as unattached.
const MOST: usize = 2;

/// What one Patient, and the related persons after it, state.
#[derive(Default)]
pub(super) struct Child {
    values: BTreeMap<&'static str, String>,
    /// The logical id, by which related persons refer to it.
    pub(super) id: String,
    /// Carers so far.
    carers: usize,
}

impl Child {
    pub(super) fn value(&self, column: &str) -> &str {
        self.values.get(column).map_or("", String::as_str)
    }

    /// The columns that have a value.
    pub(super) fn filled(&self) -> impl Iterator<Item = &'static str> {
        self.values.keys().copied()
    }

    fn set(&mut self, column: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.values.insert(column, value);
        }
    }

    /// What a Patient states; a death only where the file is a register of deaths.
    pub(super) fn of(patient: Patient, tells_deaths: bool, sink: &mut impl RowSink) -> Self {
        let mut child = Self { id: patient.id.clone(), ..Self::default() };
        match &patient.deceased {
            Some((died, _)) if tells_deaths => {
                child.set("date_of_death", day_of(died));
                child.set("entry", patient.death_entry());
            }
            Some(_) => sink.unread(Unread::Clinical("Patient.deceasedDateTime")),
            None => {}
        }
        child.set("record_id", patient.id);
        child.set("effective_at", patient.last_updated);
        child.set("date_of_birth", patient.birth_date);
        child.set("gender", gender(&patient.gender));
        child.names(patient.names.into_iter().map(|(name, _)| name).collect());
        for (identifier, _) in patient.identifiers {
            child.number(identifier, sink);
        }
        let mut addresses: Vec<_> = patient.addresses.into_iter().map(|(address, _)| address).collect();
        // The first that is not an old one; else the first, as the last one known.
        addresses.sort_by_key(|address| address.usage == "old");
        if let Some(address) = addresses.into_iter().next() {
            child.set("address_kind", if address.usage == "old" { "last_known" } else { "current" });
            let mut lines = address.lines.into_iter();
            child.set("address_line_1", lines.next().unwrap_or_default());
            child.set("address_line_2", lines.collect::<Vec<_>>().join(", "));
            child.set("town", address.town);
            child.set("postcode", address.postcode);
        }
        for contact in &patient.contacts {
            child.person(contact, sink);
        }
        if let Some(practice) = patient.practices.into_iter().next() {
            child.practice(practice);
        }
        child
    }

    /// The first current name is the name, the next two are aliases.
    fn names(&mut self, mut names: Vec<Name>) {
        let is_old = |name: &Name| matches!(name.usage.as_str(), "old" | "maiden" | "nickname" | "anonymous");
        // Stable: among current names the first stays first.
        names.sort_by_key(is_old);
        let places = [
            ("forenames", "surname"),
            ("alias_1_forenames", "alias_1_surname"),
            ("alias_2_forenames", "alias_2_surname"),
        ];
        for ((given, family), name) in places.into_iter().zip(names) {
            self.set(given, name.given);
            self.set(family, name.family);
        }
    }

    fn number(&mut self, identifier: Identifier, sink: &mut impl RowSink) {
        match identifier.column() {
            Some(column) => self.set(column, identifier.value),
            None => sink.unread(Unread::Unpermitted("Patient.identifier of another system")),
        }
    }

    fn practice(&mut self, practice: Reference) {
        self.set("practice_name", practice.display);
        self.set("practice_code", practice.identifier.value);
    }

    /// A parent or carer; whoever has a relationship that no feed knows is another person with responsibility or care.
    pub(super) fn person(&mut self, person: &Person, sink: &mut impl RowSink) {
        if self.carers >= MOST {
            sink.unread(Unread::Unattached("a third parent or carer"));
            return;
        }
        self.carers += 1;
        let columns = match self.carers {
            1 => [
                "carer_1_forenames",
                "carer_1_surname",
                "carer_1_relationship",
                "carer_1_telephone",
                "carer_1_email",
            ],
            _ => [
                "carer_2_forenames",
                "carer_2_surname",
                "carer_2_relationship",
                "carer_2_telephone",
                "carer_2_email",
            ],
        };
        let [given, family, kind, telephone, email] = columns;
        self.set(given, person.name.given.as_str());
        self.set(family, person.name.family.as_str());
        if !person.relationship.is_empty() {
            self.set(kind, relationship(&person.relationship).unwrap_or("other"));
        }
        self.set(telephone, person.reached.telephone.as_str());
        self.set(email, person.reached.email.as_str());
    }
}
