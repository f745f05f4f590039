//! Parents and carers: a Patient's contacts, and RelatedPerson.

use super::besides::{Besides, each};
use super::codes;
use super::datatypes::{
    Coding, Name, Period, Reached, Reference, concepts, extensions, name, period, reached, reference,
};
use super::json::{boolean_of, items};
use super::lists::{CONTACT, RELATED_PERSON, Shape};
use super::place::Place;
use super::refusal::Refused;

/// A person around the child.
pub(crate) struct Person {
    /// Of a RelatedPerson: whose.
    pub(crate) patient: Option<Reference>,
    pub(crate) name: Name,
    pub(crate) relationship: Vec<Coding>,
    pub(crate) reached: Reached,
    /// Parental responsibility, where it is said.
    pub(crate) responsibility: String,
    /// Whether the relationship is said to stand no longer.
    pub(crate) has_ended: bool,
    /// From when to when it stands.
    pub(crate) period: Period,
    pub(crate) at: Place,
}

/// Reads a RelatedPerson.
pub(crate) fn related<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Person, Refused> {
    person(text, &RELATED_PERSON, at, besides)
}

/// Reads a contact of a Patient.
pub(crate) fn contact<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Person, Refused> {
    person(text, &CONTACT, at, besides)
}

fn person<B: Besides>(text: &str, shape: &Shape, at: &Place, besides: &mut B) -> Result<Person, Refused> {
    let mut found = Person {
        patient: None,
        name: Name::default(),
        relationship: Vec::new(),
        reached: Reached::default(),
        responsibility: String::new(),
        has_ended: false,
        period: Period::default(),
        at: at.clone(),
    };
    each(text, shape, at, besides, |element, value, at, besides| {
        match element {
            "patient" => found.patient = Some(reference(value, &at, besides)?),
            "relationship" => found.relationship = concepts(value, &at, besides)?,
            "telecom" => found.reached = reached(value, &at, besides)?,
            "active" => found.has_ended = !boolean_of(value, &at)?,
            "period" => found.period = period(value, &at, besides)?,
            // A contact has one name, a RelatedPerson a list of them.
            "name" if value.trim_start().starts_with('[') => {
                if let Some((first, at)) = items(value, &at)?.into_iter().next() {
                    found.name = name(first, &at, besides)?;
                }
            }
            "name" => found.name = name(value, &at, besides)?,
            "extension" => {
                for (_, stated, _) in extensions(value, &at, &[codes::RESPONSIBILITY], besides)? {
                    found.responsibility = stated.text();
                }
            }
            // Their own id and meta, and what they contain, say nothing about the child.
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}
