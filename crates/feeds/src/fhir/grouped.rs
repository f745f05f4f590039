//! Resources a line each, as a file has them: those before the first Patient support all, and what stands right behind a Patient
//! says something about it. So a file of any length is read a child at a time.

use super::besides::Besides;
use super::lists::resource as listed;
use super::patient::Patient;
use super::place::Place;
use super::refusal::{Reason, Refused};
use super::resources::{Content, Resources};
use super::statement::{How, Statement};
use crate::{Message, Profile};

/// The most resources that may stand before the first Patient.
pub(crate) const MOST_SHARED: usize = 20_000;
/// The most that may stand behind one.
pub(crate) const MOST_OF_A_CHILD: usize = 1000;

/// Why the resources of a child were not read together, and the source's own number of the child where its Patient says it.
pub(crate) struct Unread {
    pub(crate) refused: Refused,
    pub(crate) number: Option<String>,
}

/// The resources before the first Patient, then those of one Patient after the other.
pub(crate) struct Grouped<'a> {
    how: How<'a>,
    all: Resources,
    /// How many of them stand before the first Patient.
    shared: usize,
    /// The lines that were taken.
    entries: usize,
    /// The position of the Patient, once there is one.
    patient: Option<usize>,
}

impl<'a> Grouped<'a> {
    /// Of a source that numbers its patients in `own_system`, if that was agreed. `deaths` says whether it is a register of them.
    pub(crate) fn new(own_system: Option<&'a str>, deaths: bool) -> Self {
        let how = How { profile: Profile::every_column(), own_system, deaths };
        Self { how, all: Resources::of_lines(), shared: 0, entries: 0, patient: None }
    }

    /// Takes a line that is no Patient. What it names that is on no list is given back where it supports all: of what stands behind a
    /// Patient, [`Self::give`] says it.
    ///
    /// # Errors
    /// When it is no resource at all.
    pub(crate) fn take<B: Besides>(
        &mut self,
        kind: &str,
        text: &str,
        besides: &mut B,
    ) -> Result<Option<Refused>, Refused> {
        let (most, taken) = match self.patient {
            Some(_) => (MOST_OF_A_CHILD, self.all.len() - self.shared),
            None => (MOST_SHARED, self.all.len()),
        };
        if taken >= most {
            return Err(Place::of(kind).refused(Reason::TooMany { at_most: most }));
        }
        self.add(kind, text, besides)?;
        let mut new = self.all.iter().skip(taken).filter_map(|resource| resource.content.as_ref().err());
        let unlisted = new.find(|refused| refused.reason.is_about_the_lists());
        Ok(unlisted.filter(|_| self.patient.is_none()).cloned())
    }

    /// Takes a Patient: what follows is about it. What stood before it must have been given.
    ///
    /// # Errors
    /// When it is no resource at all.
    pub(crate) fn begin<B: Besides>(&mut self, text: &str, besides: &mut B) -> Result<(), Refused> {
        // What it contains stands before it.
        self.add("Patient", text, besides)?;
        self.patient = self.all.len().checked_sub(1);
        Ok(())
    }

    fn add<B: Besides>(&mut self, kind: &str, text: &str, besides: &mut B) -> Result<(), Refused> {
        let before = self.all.len();
        self.all.take(self.entries, text, kind.to_owned(), Vec::new(), besides);
        self.entries += 1;
        let mut new = self.all.iter().skip(before).filter_map(|resource| resource.content.as_ref().err());
        match new.find(|refused| refused.reason.is_about_the_shape()) {
            Some(refused) => Err(refused.clone()),
            None => Ok(()),
        }
    }

    /// What the Patient and the lines behind it say; `None` when there is none yet. Then they are forgotten, and what supports all
    /// is kept. `stray` is told of a resource that is about nobody, or about somebody else.
    pub(crate) fn give<B: Besides>(
        &mut self,
        besides: &mut B,
        mut stray: impl FnMut(&mut B, &'static str),
    ) -> Option<Result<Message, Unread>> {
        let position = self.patient.take();
        for resource in self.all.iter().skip(self.shared) {
            let Some(about) = resource.content.as_ref().ok().and_then(Content::about) else { continue };
            let of = about.and_then(|about| self.all.position(&about.to, resource.entry));
            if of.is_none() || of != position {
                stray(besides, listed(resource.at.name()).map_or("a resource", |(known, _)| known));
            }
        }
        let unread = |position, refused| Unread { refused, number: self.number(position) };
        let told = position
            .map(|position| self.read(position, besides).map_err(|refused| unread(position, refused)));
        match &told {
            Some(_) => self.all.truncate(self.shared),
            None => self.shared = self.all.len(),
        }
        told
    }

    fn patient_at(&self, position: usize) -> Option<&Patient> {
        match &self.all.get(position)?.content {
            Ok(Content::Patient(patient)) => Some(patient),
            _ => None,
        }
    }

    fn number(&self, position: usize) -> Option<String> {
        let statement = Statement { all: &self.all, how: self.how, known: "" };
        statement.own_number(position, self.patient_at(position)?, None).ok()
    }

    fn read<B: Besides>(&self, position: usize, besides: &mut B) -> Result<Message, Refused> {
        for resource in self.all.iter().skip(self.shared) {
            if let Err(refused) = &resource.content {
                return Err(refused.clone());
            }
        }
        let missing = || Place::of("Patient").refused(Reason::NotAResource);
        let patient = self.patient_at(position).ok_or_else(missing)?;
        for link in &patient.links {
            // Who goes on after a merge says so in every file; that the other record ended is no statement about this one.
            if link.kind == "replaced-by" {
                let words = "a merge is no statement of a file; send it as a message";
                return Err(link.at.refused(Reason::Meaning(words)));
            }
            besides.discard("Patient.link other");
        }
        patient.is_used()?;
        let statement = Statement { all: &self.all, how: self.how, known: "" };
        let number = match statement.own_number(position, patient, None) {
            // The column stays empty, and the row has the fault of an empty one.
            Err(Refused { reason: Reason::NoOwnNumber, .. }) => String::new(),
            number => number?,
        };
        statement.of(position, patient, &number, besides)
    }
}
