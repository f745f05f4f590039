//! From the directory's words to the matcher's: which fields of a statement the children's model compares.

use directory::source_record::{Content, Identifier};
use linkage::{BlockingKey, Model, Prepared, RawRecord};

/// A statement as the children's model reads it.
pub(crate) fn raw_record(content: &Content) -> RawRecord {
    let mut raw = RawRecord::new();
    for (position, name) in content.names.iter().enumerate() {
        let (forenames, surname) =
            if position == 0 { ("forenames", "surname") } else { ("alias_forenames", "alias_surname") };
        raw.push(forenames, name.forenames());
        raw.push(surname, name.surname());
    }
    if let Some(born) = content.date_of_birth {
        raw.push("date_of_birth", born.to_string());
    }
    raw.push("gender", content.gender.code());
    let current = content.whereabouts.as_ref().and_then(|whereabouts| whereabouts.address());
    for address in current.into_iter().chain(&content.previous_addresses) {
        raw.push("postcode", address.postcode.as_ref().map_or_else(String::new, ToString::to_string));
        let lines: Vec<&str> = address.lines.iter().map(directory::Line::as_str).collect();
        raw.push("address", lines.join(", "));
    }
    for identifier in &content.identifiers {
        let field = match identifier {
            Identifier::NhsNumber(_) => "nhs_number",
            Identifier::Upn(_) => "upn",
            Identifier::BirthRegistration(_) => "birth_registration",
            Identifier::ChildBenefit(_) => "child_benefit_number",
        };
        raw.push(field, identifier.value());
    }
    for carer in &content.carers {
        raw.push("carer_name", format!("{} {}", carer.name.forenames(), carer.name.surname()));
    }
    raw
}

/// A statement in the form that is compared, with the keys it is found by.
pub(crate) struct Matchable {
    pub(crate) prepared: Prepared,
    pub(crate) keys: Vec<BlockingKey>,
}

impl Matchable {
    pub(crate) fn of(model: &Model, content: &Content) -> Self {
        let prepared = model.prepare(&raw_record(content));
        let keys = model.blocking_keys(&prepared);
        Self { prepared, keys }
    }
}
