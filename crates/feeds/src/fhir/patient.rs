//! A Patient: the child as one source knows it.

use super::besides::{Besides, each};
use super::codes;
use super::datatypes::{
    Address, Identifier, Name, Reference, Stated, address, extensions, identifier, name, reference,
};
use super::json::{boolean_of, items, text_of};
use super::lists::{LINK, META, PATIENT};
use super::person::{self, Person};
use super::place::Place;
use super::refusal::{Reason, Refused};

/// What a Patient states, before anything is decided about it.
pub(crate) struct Patient {
    /// The logical id; empty when there is none.
    pub(crate) id: String,
    pub(crate) last_updated: String,
    /// Where the sender says that it uses the record no more.
    pub(crate) inactive: Option<Place>,
    pub(crate) identifiers: Vec<(Identifier, Place)>,
    pub(crate) names: Vec<(Name, Place)>,
    pub(crate) birth_date: String,
    pub(crate) gender: String,
    /// When the child died, as a register of deaths says it.
    pub(crate) deceased: Option<(String, Place)>,
    pub(crate) addresses: Vec<(Address, Place)>,
    pub(crate) contacts: Vec<Person>,
    pub(crate) practices: Vec<Reference>,
    pub(crate) links: Vec<Link>,
    pub(crate) extensions: Vec<(&'static str, Stated, Place)>,
    pub(crate) at: Place,
}

/// A link to another record.
pub(crate) struct Link {
    pub(crate) other: Option<Reference>,
    pub(crate) kind: String,
    pub(crate) at: Place,
}

impl Patient {
    /// Reads one.
    pub(crate) fn read<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Self, Refused> {
        let mut found = Self {
            id: String::new(),
            last_updated: String::new(),
            inactive: None,
            identifiers: Vec::new(),
            names: Vec::new(),
            birth_date: String::new(),
            gender: String::new(),
            deceased: None,
            addresses: Vec::new(),
            contacts: Vec::new(),
            practices: Vec::new(),
            links: Vec::new(),
            extensions: Vec::new(),
            at: at.clone(),
        };
        each(text, &PATIENT, at, besides, |element, value, at, besides| {
            found.take(element, value, &at, besides)
        })?;
        Ok(found)
    }

    fn take<B: Besides>(
        &mut self,
        element: &str,
        value: &str,
        at: &Place,
        besides: &mut B,
    ) -> Result<(), Refused> {
        match element {
            "id" => self.id = text_of(value, at)?,
            "meta" => self.last_updated = last_updated(value, at, besides)?,
            "active" => self.inactive = (!boolean_of(value, at)?).then(|| at.clone()),
            "birthDate" => self.birth_date = text_of(value, at)?,
            "gender" => self.gender = text_of(value, at)?,
            "deceasedDateTime" => self.deceased = Some((text_of(value, at)?, at.clone())),
            "extension" => {
                let known = [codes::ADDRESS_KIND, codes::EDUCATION, codes::ASSESSMENT, codes::DEATH_ENTRY];
                self.extensions = extensions(value, at, &known, besides)?;
            }
            "identifier" => {
                for (item, at) in items(value, at)? {
                    self.identifiers.push((identifier(item, &at, besides)?, at));
                }
            }
            "name" => {
                for (item, at) in items(value, at)? {
                    self.names.push((name(item, &at, besides)?, at));
                }
            }
            "address" => {
                for (item, at) in items(value, at)? {
                    self.addresses.push((address(item, &at, besides)?, at));
                }
            }
            "contact" => {
                for (item, at) in items(value, at)? {
                    self.contacts.push(person::contact(item, &at, besides)?);
                }
            }
            "generalPractitioner" => {
                for (item, at) in items(value, at)? {
                    self.practices.push(reference(item, &at, besides)?);
                }
            }
            "link" => {
                for (item, at) in items(value, at)? {
                    self.links.push(link(item, &at, besides)?);
                }
            }
            // What it contains is read as resources of their own.
            _ => {}
        }
        Ok(())
    }
}

impl Patient {
    /// A record that its sender uses no more is none that stands: which of the ways in which it ends was meant, it must say.
    pub(crate) fn is_used(&self) -> Result<(), Refused> {
        let words = "this says that the record is not used any more (active is false); end it by DELETE, or by a link of the type \
                     replaced-by where another record goes on, and leave it out of a file";
        match &self.inactive {
            Some(at) => Err(at.refused(Reason::Meaning(words))),
            None => Ok(()),
        }
    }

    /// Whether another record goes on in its place.
    pub(crate) fn is_replaced(&self) -> bool {
        self.links.iter().any(|link| link.kind == "replaced-by")
    }

    /// What the register says of its own entry: that it stands, where it says nothing.
    pub(crate) fn death_entry(&self) -> String {
        let said = self.extensions.iter().find(|(address, ..)| *address == codes::DEATH_ENTRY);
        said.map_or_else(|| "registered".to_owned(), |(_, stated, _)| stated.text())
    }
}

fn last_updated<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<String, Refused> {
    let mut found = String::new();
    each(text, &META, at, besides, |_, value, at, _| {
        found = text_of(value, &at)?;
        Ok(())
    })?;
    Ok(found)
}

fn link<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Link, Refused> {
    let mut found = Link { other: None, kind: String::new(), at: at.clone() };
    each(text, &LINK, at, besides, |element, value, at, besides| {
        match element {
            "other" => found.other = Some(reference(value, &at, besides)?),
            _ => found.kind = text_of(value, &at)?,
        }
        Ok(())
    })?;
    Ok(found)
}

/// A gender by the codes of docs/feeds. Whatever else it is stays as it is, so that the check of codes finds it.
pub(crate) fn gender(code: &str) -> &str {
    match code {
        "female" => "F",
        "male" => "M",
        "other" | "unknown" => "N",
        other => other,
    }
}
