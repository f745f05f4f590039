//! The basis of a sensitive service: Consent, by its codes alone (rules 3.3 and 3.6). A document, a note or the name of whoever
//! consented is never read.

use super::besides::{Besides, each};
use super::codes;
use super::datatypes::{Coding, Period, Reference, code_of, concepts, day_of, extensions, period, reference};
use super::json::{items, text_of};
use super::lists::{CONSENT, DATA, PROVISION};
use super::place::Place;
use super::refusal::{Reason, Refused};

/// On what basis an involvement is named.
pub(super) struct Basis {
    pub(super) patient: Option<Reference>,
    pub(super) in_error: bool,
    /// The involvement.
    pub(super) about: Vec<Reference>,
    pub(super) basis: String,
    pub(super) consent: String,
    pub(super) asserted_by: Option<Reference>,
    pub(super) asserted_on: String,
    pub(super) withdrawn_on: String,
    pub(super) marker: String,
    pub(super) at: Place,
}

#[derive(Default)]
struct Provision {
    kind: String,
    period: Period,
    about: Vec<Reference>,
}

impl Basis {
    pub(super) fn read<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Self, Refused> {
        let mut found = Self {
            patient: None,
            in_error: false,
            about: Vec::new(),
            basis: String::new(),
            consent: String::new(),
            asserted_by: None,
            asserted_on: String::new(),
            withdrawn_on: String::new(),
            marker: String::new(),
            at: at.clone(),
        };
        let (mut status, mut category, mut allowed) = (String::new(), Vec::new(), Provision::default());
        each(text, &CONSENT, at, besides, |element, value, at, besides| {
            match element {
                "status" => status = text_of(value, &at)?,
                "category" => category = concepts(value, &at, besides)?,
                "patient" => found.patient = Some(reference(value, &at, besides)?),
                "dateTime" => found.asserted_on = day_of(&text_of(value, &at)?).to_owned(),
                "organization" => {
                    let first = items(value, &at)?.into_iter().next();
                    found.asserted_by = first.map(|(item, at)| reference(item, &at, besides)).transpose()?;
                }
                "provision" => allowed = provision(value, &at, besides)?,
                "extension" => {
                    for (_, stated, _) in extensions(value, &at, &[codes::MARKER], besides)? {
                        found.marker = stated.text();
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        found.decide(&status, &category, allowed, besides)?;
        Ok(found)
    }

    fn decide<B: Besides>(
        &mut self,
        status: &str,
        category: &[Coding],
        allowed: Provision,
        besides: &mut B,
    ) -> Result<(), Refused> {
        let provision = self.at.element("provision");
        let ends = allowed.period.last_day().to_owned();
        match (status, ends.is_empty()) {
            ("entered-in-error", _) => {
                self.in_error = true;
                besides.discard("Consent entered in error");
                return Ok(());
            }
            ("active", true) => {}
            ("active", false) => {
                let words = "a consent that stands has no end; send inactive once it is withdrawn";
                return Err(provision.element("period").refused(Reason::Meaning(words)));
            }
            ("inactive", false) => self.withdrawn_on = ends,
            ("inactive", true) => {
                let words = "a consent that was withdrawn names the day in provision.period.end";
                return Err(provision.refused(Reason::Missing(words)));
            }
            _ => {
                let words = "send a consent that was given (active) or withdrawn (inactive), and no other";
                return Err(self.at.element("status").refused(Reason::Meaning(words)));
            }
        }
        if !matches!(allowed.kind.as_str(), "" | "permit") {
            let words = "a basis permits; what is refused is not sent at all";
            return Err(provision.element("type").refused(Reason::Meaning(words)));
        }
        let at = self.at.element("category");
        code_of(category, codes::BASIS, &at)?.unwrap_or_default().clone_into(&mut self.basis);
        code_of(category, codes::CONSENT, &at)?.unwrap_or_default().clone_into(&mut self.consent);
        if self.basis.is_empty() {
            let words = "this names no basis of the list of bases (consent, significant_harm)";
            return Err(at.refused(Reason::Missing(words)));
        }
        if allowed.about.is_empty() {
            let words =
                "this does not say to which involvement; name its EpisodeOfCare in provision.data.reference";
            return Err(self.at.refused(Reason::Missing(words)));
        }
        self.about = allowed.about;
        Ok(())
    }
}

fn provision<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Provision, Refused> {
    let mut found = Provision::default();
    each(text, &PROVISION, at, besides, |element, value, at, besides| {
        match element {
            "type" => found.kind = text_of(value, &at)?,
            "period" => found.period = period(value, &at, besides)?,
            _ => {
                for (item, at) in items(value, &at)? {
                    each(item, &DATA, &at, besides, |_, value, at, besides| {
                        found.about.push(reference(value, &at, besides)?);
                        Ok(())
                    })?;
                }
            }
        }
        Ok(())
    })?;
    Ok(found)
}
