//! The resources that came together, and how they refer to each other. Nothing that came earlier is ever looked up.

use std::collections::HashMap;

use super::Discarded;
use super::besides::{Besides, Strict};
use super::consent::Basis;
use super::datatypes::{self, Reference};
use super::involvement::{self, Care};
use super::json::{elements, items, text_of};
use super::lists::{self, Part};
use super::patient::Patient;
use super::person::{self, Person};
use super::place::Place;
use super::refusal::{Reason, Refused, UnlistedName};
use super::supporting::{HealthcareService, Organization, Practitioner, PractitionerRole};

/// What a resource says.
pub(super) enum Content {
    Patient(Box<Patient>),
    Related(Box<Person>),
    Organization(Organization),
    Practitioner(Practitioner),
    Role(Box<PractitionerRole>),
    Service(HealthcareService),
    Care(Care),
    Basis(Box<Basis>),
    /// It was discarded unread.
    Discarded,
}

/// One resource, an entry or contained in one.
pub(super) struct Resource {
    /// By what others may refer to it.
    keys: Vec<String>,
    /// The entry that it is or stands in.
    pub(super) entry: usize,
    pub(super) content: Result<Content, Refused>,
    /// Of a resource that could not be read and may say something about a child: whose, as far as that can be told.
    pub(super) lost: Option<Option<Reference>>,
    /// When its server last changed it; empty where that is not said.
    pub(super) last_updated: String,
    pub(super) at: Place,
}

/// All that came together.
#[derive(Default)]
pub(super) struct Resources {
    all: Vec<Resource>,
    /// The position of the first that is called so.
    called: HashMap<String, usize>,
    /// They came a line each, and so without an address of which a whole reference could be.
    are_lines: bool,
}

/// The type of a resource.
pub(crate) fn type_of(text: &str, at: &Place) -> Result<String, Refused> {
    let parts = elements(text, at)?;
    let kind = parts.iter().find(|part| part.name == "resourceType");
    text_of(kind.ok_or_else(|| at.refused(Reason::NotAResource))?.value, at)
}

/// When its server last changed a resource; empty where that is not said.
pub(super) fn stamp_of(text: &str, at: &Place) -> String {
    let parts = elements(text, at).unwrap_or_default();
    let meta = parts.iter().find(|part| part.name == "meta");
    meta.and_then(|meta| last_updated(meta.value, at)).unwrap_or_default()
}

/// What `meta` says, if it is one.
fn last_updated(meta: &str, at: &Place) -> Option<String> {
    let parts = elements(meta, at).ok()?;
    let stamp = parts.iter().find(|part| part.name == "lastUpdated")?;
    text_of(stamp.value, at).ok()
}

impl Resource {
    /// Whether it is a Patient, though one that was refused.
    pub(super) fn is_a_patient(&self) -> bool {
        matches!(self.content, Ok(Content::Patient(_)))
            || self.content.is_err() && self.at.name() == "Patient"
    }
}

impl Resources {
    /// Those of a file, or of a body of lines.
    pub(super) fn of_lines() -> Self {
        Self { are_lines: true, ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, position: usize) -> Option<&Resource> {
        self.all.get(position)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Resource> + ExactSizeIterator {
        self.all.iter()
    }

    /// Forgets those from `length` on.
    pub(super) fn truncate(&mut self, length: usize) {
        for resource in self.all.drain(length.min(self.all.len())..) {
            for key in &resource.keys {
                if self.called.get(key).is_some_and(|position| *position >= length) {
                    self.called.remove(key);
                }
            }
        }
    }

    fn push(&mut self, resource: Resource) {
        for key in &resource.keys {
            self.called.entry(key.clone()).or_insert(self.all.len());
        }
        self.all.push(resource);
    }

    /// Notes a Patient that could not be read, so that what is about it is refused with it and puts no other child in doubt.
    pub(super) fn refuse_patient(&mut self, entry: usize, key: String, refused: &Refused) {
        let at = Place::of("Patient");
        self.push(Resource {
            keys: vec![key],
            entry,
            content: Err(refused.clone()),
            lost: None,
            last_updated: String::new(),
            at,
        });
    }

    /// Takes the resource of an entry, and what it contains.
    pub(super) fn take<B: Besides>(
        &mut self,
        entry: usize,
        text: &str,
        expression: String,
        mut keys: Vec<String>,
        besides: &mut B,
    ) {
        let at = Place::inside("Resource", expression.clone());
        let kind = type_of(text, &at);
        let name = kind.clone().unwrap_or_default();
        let name = name.as_str();
        let at = Place::inside(if lists::resource(name).is_some() { name } else { "Resource" }, expression);
        let parts = elements(text, &at).unwrap_or_default();
        let part = |name: &str| parts.iter().find(|part| part.name == name).map(|part| part.value);
        if let Some(id) = part("id").and_then(|id| text_of(id, &at).ok()) {
            keys.push(format!("{name}/{id}"));
        }
        keys.push(format!("{entry}#"));
        keys.sort_unstable();
        keys.dedup();
        let mut content = kind.and_then(|kind| content(&kind, text, &at, besides));
        if keys.iter().any(|key| self.called.contains_key(key)) {
            let words = "another entry is called the same; a resource stands once in a Bundle";
            content = Err(at.refused(Reason::Meaning(words)));
        }
        if !matches!(content, Ok(Content::Discarded))
            && let Some(contained) = part("contained")
            && let Err(refused) = self.contained(entry, contained, &at.element("contained"), besides)
        {
            content = content.and(Err(refused));
        }
        let lost = content.is_err().then(|| {
            let of = part("patient").or_else(|| part("subject"))?;
            datatypes::reference(of, &at, &mut Strict(&mut Discarded::new())).ok()
        });
        // Of those that support, whoever refers to them is told.
        let supports = ["Patient", "Organization", "Practitioner", "PractitionerRole", "HealthcareService"];
        let lost = lost.filter(|_| !supports.contains(&name));
        let last_updated = part("meta").and_then(|meta| last_updated(meta, &at)).unwrap_or_default();
        self.push(Resource { keys, entry, content, lost, last_updated, at });
    }

    fn contained<B: Besides>(
        &mut self,
        entry: usize,
        text: &str,
        at: &Place,
        besides: &mut B,
    ) -> Result<(), Refused> {
        for (item, at) in items(text, at)? {
            let kind = type_of(item, &at)?;
            let parts = elements(item, &at)?;
            let id = parts.iter().find(|part| part.name == "id");
            let id = id.ok_or_else(|| at.refused(Reason::Missing("a contained resource has an id")))?;
            let key = format!("{entry}#{}", text_of(id.value, &at)?);
            if parts.iter().any(|part| part.name == "contained") {
                return Err(at.element("contained").refused(Reason::Shape));
            }
            if kind == "Patient" {
                let words = "a child is no contained resource; send the Patient itself";
                return Err(at.refused(Reason::NotHere(words)));
            }
            let at = match lists::resource(&kind) {
                Some((known, _)) => Place::inside(known, at.expression().to_owned()),
                None => at,
            };
            let content = content(&kind, item, &at, besides)?;
            // It stands inside another, and changes with it.
            let last_updated = String::new();
            self.push(Resource {
                keys: vec![key],
                entry,
                content: Ok(content),
                lost: None,
                last_updated,
                at,
            });
        }
        Ok(())
    }

    /// The position of what a reference in an entry means; `None` when it did not come with it.
    pub(super) fn position(&self, reference: &str, entry: usize) -> Option<usize> {
        let key = match reference.strip_prefix('#') {
            Some(_) => format!("{entry}{reference}"),
            None => reference.split("/_history/").next().unwrap_or_default().to_owned(),
        };
        let found = self.called.get(&key);
        let relative = || relative(&key).filter(|_| self.are_lines);
        found.or_else(|| self.called.get(relative()?)).copied()
    }

    /// What a reference means.
    pub(super) fn follow(
        &self,
        reference: &Reference,
        entry: usize,
    ) -> Result<Option<(usize, &Content)>, Refused> {
        let Some(position) = self.position(&reference.to, entry) else { return Ok(None) };
        match self.all.get(position).map(|resource| &resource.content) {
            Some(Ok(content)) => Ok(Some((position, content))),
            _ => Err(reference.at.refused(Reason::OtherRefused)),
        }
    }

    /// The position of the Patient that a resource is about.
    pub(super) fn patient(
        &self,
        reference: Option<&Reference>,
        entry: usize,
        at: &Place,
    ) -> Result<usize, Refused> {
        let reference = reference
            .ok_or_else(|| at.refused(Reason::Missing("this does not say about which Patient it is")))?;
        let position = self.position(&reference.to, entry);
        let position = position.ok_or_else(|| reference.at.refused(Reason::Unresolved))?;
        match self.all.get(position).map(|resource| &resource.content) {
            Some(Ok(Content::Patient(_))) => Ok(position),
            Some(Err(_)) | None => Err(reference.at.refused(Reason::OtherRefused)),
            Some(Ok(_)) => Err(reference.at.refused(Reason::OtherType)),
        }
    }
}

/// The last two parts of a whole address, as relative references are written.
fn relative(address: &str) -> Option<&str> {
    let (_, path) = address.split_once("://")?;
    let (before, _) = path.rsplit_once('/')?;
    let (base, _) = before.rsplit_once('/')?;
    path.get(base.len() + 1..)
}

impl Content {
    /// Whose it is, of what says something about a child; `None` of what supports, never was, or has not begun.
    pub(super) fn about(&self) -> Option<Option<&Reference>> {
        match self {
            Self::Related(person) => Some(person.patient.as_ref()),
            Self::Care(care) => (!care.is_left_out).then_some(care.patient.as_ref()),
            Self::Basis(basis) => (!basis.in_error).then_some(basis.patient.as_ref()),
            _ => None,
        }
    }
}

fn content<B: Besides>(kind: &str, text: &str, at: &Place, besides: &mut B) -> Result<Content, Refused> {
    Ok(match lists::resource(kind) {
        Some((known, Part::Passed | Part::Discarded)) => {
            besides.discard(known);
            Content::Discarded
        }
        None => return Err(at.refused(Reason::UnlistedResource(UnlistedName::of(kind)))),
        Some((known, Part::Taken)) => match known {
            "Patient" => Content::Patient(Box::new(Patient::read(text, at, besides)?)),
            "RelatedPerson" => Content::Related(Box::new(person::related(text, at, besides)?)),
            "Organization" => Content::Organization(Organization::read(text, at, besides)?),
            "Practitioner" => Content::Practitioner(Practitioner::read(text, at, besides)?),
            "PractitionerRole" => Content::Role(Box::new(PractitionerRole::read(text, at, besides)?)),
            "HealthcareService" => Content::Service(HealthcareService::read(text, at, besides)?),
            "EpisodeOfCare" => Content::Care(involvement::episode(text, at, besides)?),
            "CareTeam" => Content::Care(involvement::team(text, at, besides)?),
            _ => Content::Basis(Box::new(Basis::read(text, at, besides)?)),
        },
    })
}
