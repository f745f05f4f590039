//! Who provides: Organization, Practitioner, PractitionerRole, HealthcareService.

use super::besides::{Besides, each};
use super::codes;
use super::datatypes::{
    Coding, Identifier, Reached, Reference, concepts, extensions, identifier, name, reached, reference,
};
use super::json::{items, text_of};
use super::lists::{HEALTHCARE_SERVICE, ORGANIZATION, PRACTITIONER, PRACTITIONER_ROLE};
use super::place::Place;
use super::refusal::Refused;

/// An organisation.
#[derive(Debug, Default)]
pub(super) struct Organization {
    pub(super) name: String,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) reached: Reached,
    /// The local authority in whose area it is.
    pub(super) authority: String,
}

impl Organization {
    pub(super) fn read<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Self, Refused> {
        let mut found = Self::default();
        each(text, &ORGANIZATION, at, besides, |element, value, at, besides| {
            match element {
                "name" => found.name = text_of(value, &at)?,
                "telecom" => found.reached = reached(value, &at, besides)?,
                "identifier" => {
                    for (item, at) in items(value, &at)? {
                        found.identifiers.push(identifier(item, &at, besides)?);
                    }
                }
                "extension" => {
                    for (_, stated, _) in extensions(value, &at, &[codes::AUTHORITY], besides)? {
                        found.authority = stated.text();
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// What a reference says of an organisation that did not come with it: its name and code.
    pub(super) fn of_reference(reference: &Reference) -> Self {
        Self {
            name: reference.display.clone(),
            identifiers: vec![reference.identifier.clone()],
            ..Self::default()
        }
    }

    /// Its code in a system that stood when its source knew this to be so. A code of no system counts, as one that a reference
    /// carries often has none.
    pub(super) fn code(&self, system: &str, known: &str) -> &str {
        let is_of = |code: &&Identifier| code.system == system || code.system.is_empty();
        let of = self.identifiers.iter().find(|code| is_of(code) && code.stands(known));
        of.map_or("", |code| code.value.as_str())
    }
}

/// Somebody to ask for.
#[derive(Debug, Default)]
pub(super) struct Practitioner {
    pub(super) name: String,
    pub(super) reached: Reached,
}

impl Practitioner {
    pub(super) fn read<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Self, Refused> {
        let mut found = Self::default();
        each(text, &PRACTITIONER, at, besides, |element, value, at, besides| {
            match element {
                "telecom" => found.reached = reached(value, &at, besides)?,
                "name" => {
                    if let Some((first, at)) = items(value, &at)?.into_iter().next() {
                        let name = name(first, &at, besides)?;
                        found.name = [name.given, name.family].join(" ").trim().to_owned();
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// Somebody to ask for at a place.
#[derive(Debug, Default)]
pub(super) struct PractitionerRole {
    pub(super) practitioner: Option<Reference>,
    pub(super) organization: Option<Reference>,
    pub(super) services: Vec<Reference>,
    pub(super) reached: Reached,
}

impl PractitionerRole {
    pub(super) fn read<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Self, Refused> {
        let mut found = Self::default();
        each(text, &PRACTITIONER_ROLE, at, besides, |element, value, at, besides| {
            match element {
                "practitioner" => found.practitioner = Some(reference(value, &at, besides)?),
                "organization" => found.organization = Some(reference(value, &at, besides)?),
                "telecom" => found.reached = reached(value, &at, besides)?,
                "healthcareService" => {
                    for (item, at) in items(value, &at)? {
                        found.services.push(reference(item, &at, besides)?);
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// A service of an organisation.
#[derive(Debug, Default)]
pub(super) struct HealthcareService {
    pub(super) provider: Option<Reference>,
    pub(super) kind: Vec<Coding>,
    pub(super) reached: Reached,
}

impl HealthcareService {
    pub(super) fn read<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Self, Refused> {
        let mut found = Self::default();
        each(text, &HEALTHCARE_SERVICE, at, besides, |element, value, at, besides| {
            match element {
                "providedBy" => found.provider = Some(reference(value, &at, besides)?),
                "type" => found.kind = concepts(value, &at, besides)?,
                "telecom" => found.reached = reached(value, &at, besides)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(found)
    }
}
