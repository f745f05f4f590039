//! A Patient as the columns of docs/feeds.

use std::collections::BTreeMap;

use super::elements::{Element, elements, items, text_of, texts_of};
use super::{RowSink, each};
use crate::error::FileFault;

/// Elements of Patient that are clinical, free text, or tell more than the directory may hold.
const CLINICAL: [&str; 9] = [
    "text",
    "contained",
    "extension",
    "modifierExtension",
    "deceasedBoolean",
    "deceasedDateTime",
    "multipleBirthBoolean",
    "multipleBirthInteger",
    "communication",
];
/// Elements that say nothing about a child.
pub(super) const PASSED: [&str; 7] =
    ["resourceType", "implicitRules", "language", "active", "period", "rank", "managingOrganization"];

/// What one Patient, and the related persons after it, state.
#[derive(Default)]
pub(super) struct Child {
    values: BTreeMap<&'static str, String>,
    /// The logical id, by which related persons refer to it.
    pub(super) id: String,
    /// Carers so far.
    pub(super) carers: usize,
}

/// A person's name in parts.
#[derive(Default)]
pub(super) struct Name {
    pub(super) given: String,
    pub(super) family: String,
    is_old: bool,
}

/// Ways to reach a person.
#[derive(Default)]
pub(super) struct Reached {
    pub(super) telephone: String,
    pub(super) email: String,
}

impl Child {
    pub(super) fn value(&self, column: &str) -> &str {
        self.values.get(column).map_or("", String::as_str)
    }

    /// The columns that have a value.
    pub(super) fn filled(&self) -> impl Iterator<Item = &'static str> {
        self.values.keys().copied()
    }

    pub(super) fn set(&mut self, column: &'static str, value: String) {
        if !value.is_empty() {
            self.values.insert(column, value);
        }
    }

    pub(super) fn read(resource: &[Element<'_>], sink: &mut impl RowSink) -> Result<Self, FileFault> {
        let mut child = Self::default();
        let mut nested = Vec::new();
        each(resource, "Patient", &CLINICAL, &PASSED, sink, |name, value| {
            match name {
                "id" => {
                    child.id = text_of(value)?;
                    child.set("record_id", child.id.clone());
                }
                "birthDate" => child.set("date_of_birth", text_of(value)?),
                "gender" => child.set("gender", gender(&text_of(value)?).to_owned()),
                "meta" | "name" | "identifier" | "address" | "contact" | "generalPractitioner" => {
                    nested.push((name.to_owned(), value));
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        for (name, value) in nested {
            match name.as_str() {
                "meta" => child.meta(value, sink)?,
                "name" => child.names(value, sink)?,
                "identifier" => child.identifiers(value, sink)?,
                "address" => child.addresses(value, sink)?,
                "contact" => child.contacts(value, sink)?,
                _ => child.practice(value, sink)?,
            }
        }
        Ok(child)
    }

    fn meta(&mut self, value: &str, sink: &mut impl RowSink) -> Result<(), FileFault> {
        let passed = ["versionId", "source", "profile", "security", "tag"];
        each(&elements(value)?, "Patient.meta", &[], &passed, sink, |name, value| {
            if name == "lastUpdated" {
                self.set("effective_at", text_of(value)?);
            }
            Ok(name == "lastUpdated")
        })
    }

    /// The first current name is the name, the next two are aliases.
    fn names(&mut self, value: &str, sink: &mut impl RowSink) -> Result<(), FileFault> {
        let mut names = Vec::new();
        for item in items(value)? {
            names.push(name_of(item, "Patient.name", sink)?);
        }
        // Stable: among current names the first stays first.
        names.sort_by_key(|name| name.is_old);
        let places = [
            ("forenames", "surname"),
            ("alias_1_forenames", "alias_1_surname"),
            ("alias_2_forenames", "alias_2_surname"),
        ];
        for ((given, family), name) in places.into_iter().zip(names) {
            self.set(given, name.given);
            self.set(family, name.family);
        }
        Ok(())
    }

    fn identifiers(&mut self, value: &str, sink: &mut impl RowSink) -> Result<(), FileFault> {
        for item in items(value)? {
            let (mut system, mut number) = (String::new(), String::new());
            let passed = ["use", "period", "assigner", "extension"];
            each(&elements(item)?, "Patient.identifier", &[], &passed, sink, |name, value| {
                match name {
                    "system" => system = text_of(value)?,
                    "value" => number = text_of(value)?,
                    _ => return Ok(name == "type"),
                }
                Ok(true)
            })?;
            match column_of(&system) {
                Some(column) => self.set(column, number),
                None => sink.unread(super::Unread::Unpermitted("Patient.identifier of another system")),
            }
        }
        Ok(())
    }

    /// The first address that is not an old one; else the first, as the last one known.
    fn addresses(&mut self, value: &str, sink: &mut impl RowSink) -> Result<(), FileFault> {
        let mut all = Vec::new();
        for item in items(value)? {
            let mut address = Address::default();
            let passed = ["type", "country", "period", "district", "state"];
            each(&elements(item)?, "Patient.address", &[], &passed, sink, |name, value| {
                match name {
                    "use" => address.is_old = text_of(value)? == "old",
                    "line" => address.lines = texts_of(value)?,
                    "city" => address.town = text_of(value)?,
                    "postalCode" => address.postcode = text_of(value)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
            all.push(address);
        }
        all.sort_by_key(|address| address.is_old);
        let Some(address) = all.into_iter().next() else { return Ok(()) };
        self.set("address_kind", if address.is_old { "last_known" } else { "current" }.to_owned());
        let mut lines = address.lines.into_iter();
        self.set("address_line_1", lines.next().unwrap_or_default());
        self.set("address_line_2", lines.collect::<Vec<_>>().join(", "));
        self.set("town", address.town);
        self.set("postcode", address.postcode);
        Ok(())
    }

    fn contacts(&mut self, value: &str, sink: &mut impl RowSink) -> Result<(), FileFault> {
        for item in items(value)? {
            super::related::contact(item, "Patient.contact", self, sink)?;
        }
        Ok(())
    }

    fn practice(&mut self, value: &str, sink: &mut impl RowSink) -> Result<(), FileFault> {
        let Some(first) = items(value)?.into_iter().next() else { return Ok(()) };
        let passed = ["reference", "type"];
        each(&elements(first)?, "Patient.generalPractitioner", &[], &passed, sink, |name, value| {
            match name {
                "display" => self.set("practice_name", text_of(value)?),
                "identifier" => {
                    let of = elements(value)?;
                    if let Some(code) = of.iter().find(|element| element.name == "value") {
                        self.set("practice_code", text_of(code.value)?);
                    }
                }
                _ => return Ok(false),
            }
            Ok(true)
        })
    }
}

#[derive(Default)]
struct Address {
    lines: Vec<String>,
    town: String,
    postcode: String,
    is_old: bool,
}

/// A HumanName.
pub(super) fn name_of(item: &str, path: &str, sink: &mut impl RowSink) -> Result<Name, FileFault> {
    let mut found = Name::default();
    let passed = ["text", "prefix", "suffix", "period"];
    each(&elements(item)?, path, &[], &passed, sink, |name, value| {
        match name {
            "use" => {
                found.is_old = matches!(text_of(value)?.as_str(), "old" | "maiden" | "nickname" | "anonymous")
            }
            "family" => found.family = text_of(value)?,
            "given" => found.given = texts_of(value)?.join(" "),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(found)
}

/// The first telephone number and the first e-mail address.
pub(super) fn reached(value: &str, path: &str, sink: &mut impl RowSink) -> Result<Reached, FileFault> {
    let mut found = Reached::default();
    for item in items(value)? {
        let (mut system, mut address) = (String::new(), String::new());
        each(&elements(item)?, path, &[], &["use", "rank", "period"], sink, |name, value| {
            match name {
                "system" => system = text_of(value)?,
                "value" => address = text_of(value)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let place = match system.as_str() {
            "phone" | "sms" => &mut found.telephone,
            "email" => &mut found.email,
            _ => continue,
        };
        if place.is_empty() {
            *place = address;
        }
    }
    Ok(found)
}

fn gender(code: &str) -> &str {
    match code {
        "female" => "F",
        "male" => "M",
        "other" | "unknown" => "N",
        // Whatever else it is stays as it is, so that the check of codes finds it.
        other => other,
    }
}

fn column_of(system: &str) -> Option<&'static str> {
    match system {
        "https://fhir.nhs.uk/Id/nhs-number" | "urn:contactpoint:nhs_number" => Some("nhs_number"),
        "urn:contactpoint:upn" => Some("upn"),
        "urn:contactpoint:birth_registration" => Some("birth_registration"),
        "urn:contactpoint:child_benefit_number" => Some("child_benefit_number"),
        _ => None,
    }
}
