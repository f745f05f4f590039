//! What entries say, once all of them were read.

use super::besides::{Besides, Strict};
use super::patient::{Link, Patient};
use super::refusal::{Reason, Refused};
use super::requests::Ask;
use super::resources::{Content, Resources};
use super::statement::{How, Statement};
use super::{Discarded, Entry, Mapping, Received, Spoken, Whole};
use crate::said::Said;

/// An entry as it was given.
pub(super) struct Given<'a> {
    pub(super) ask: Result<Ask, Refused>,
    pub(super) resource: Option<&'a str>,
    /// Where the resource stands.
    pub(super) expression: String,
    /// By what others may refer to it.
    pub(super) keys: Vec<String>,
}

/// Reads the resources, and then what they say together.
pub(super) fn understand(
    given: Vec<Result<Given<'_>, Refused>>,
    whole: Whole,
    known: &str,
    mapping: &Mapping,
    mut discarded: Discarded,
) -> Received {
    let mut all = Resources::default();
    let mut asks = Vec::new();
    for (entry, given) in given.into_iter().enumerate() {
        asks.push(given.and_then(|given| {
            // What was asked is refused only after what came with it was read, so that nobody believes it complete.
            if let Some(text) = given.resource {
                all.take(entry, text, given.expression.clone(), given.keys, &mut Strict(&mut discarded));
            }
            given.ask
        }));
    }
    let reading = Reading { statement: Statement { all: &all, how: How::of(mapping), known }, mapping };
    // An entry of which nobody can tell whose it is leaves every statement of the Bundle in doubt.
    let in_doubt =
        asks.iter().enumerate().any(|(entry, ask)| ask.is_err() && !all.iter().any(|one| one.entry == entry));
    let mut entries: Vec<Entry> = asks
        .into_iter()
        .enumerate()
        .map(|(entry, ask)| reading.entry(entry, ask, in_doubt, &mut discarded))
        .collect();
    say_merges_once(&mut entries);
    Received { whole, entries, discarded }
}

struct Reading<'a> {
    statement: Statement<'a>,
    mapping: &'a Mapping,
}

impl Reading<'_> {
    fn entry(
        &self,
        nth: usize,
        ask: Result<Ask, Refused>,
        in_doubt: bool,
        discarded: &mut Discarded,
    ) -> Entry {
        let ask = match ask {
            Ok(ask) => ask,
            Err(refused) => return Entry { ask: None, record: None, said: Err(refused) },
        };
        if ask.ends() {
            let record = ask.record().unwrap_or_default().to_owned();
            return Entry {
                ask: Some(ask),
                record: Some(record.clone()),
                said: Ok(Spoken::Said(self.mapping.ends(record))),
            };
        }
        // The last of an entry is its own resource: what it contains was read before it.
        let all = self.statement.all;
        let found = all.iter().enumerate().rfind(|(_, resource)| resource.entry == nth);
        let Some((position, resource)) = found else {
            let refused = Refused { expression: format!("entry[{nth}]"), reason: Reason::NotAResource };
            return Entry { ask: Some(ask), record: None, said: Err(refused) };
        };
        let mut record = None;
        let said = match &resource.content {
            Err(refused) => Err(refused.clone()),
            Ok(Content::Discarded) => Ok(Spoken::Discarded),
            Ok(Content::Patient(patient)) => {
                self.statement.how.own_number(patient, ask.record()).and_then(|number| {
                    record = Some(number.clone());
                    if in_doubt || self.lost(position) {
                        return Err(resource.at.refused(Reason::OtherRefused));
                    }
                    self.patient(position, patient, &number, discarded).map(Spoken::Said)
                })
            }
            Ok(content) => match content.about() {
                Some(reference) => {
                    self.statement.all.patient(reference, nth, &resource.at).map(|_| Spoken::Beside)
                }
                None => Ok(Spoken::Beside),
            },
        };
        Entry { ask: Some(ask), record, said }
    }

    /// Whether something that says something about this Patient, or may, was refused: without it the statement would be another.
    fn lost(&self, patient: usize) -> bool {
        let all = self.statement.all;
        all.iter().any(|resource| {
            if let Some(lost) = &resource.lost {
                let of = lost.as_ref().and_then(|reference| all.position(&reference.to, resource.entry));
                return of.is_none_or(|of| of == patient);
            }
            match resource.content.as_ref().ok().and_then(Content::about) {
                Some(reference) => all.patient(reference, resource.entry, &resource.at).is_err(),
                None => false,
            }
        })
    }

    fn patient(
        &self,
        position: usize,
        patient: &Patient,
        number: &str,
        discarded: &mut Discarded,
    ) -> Result<Said, Refused> {
        let mut besides = Strict(discarded);
        let mut merges = Vec::new();
        for link in &patient.links {
            match link.kind.as_str() {
                "replaces" | "replaced-by" => merges.push(link),
                _ => besides.discard("Patient.link other"),
            }
        }
        let merge = match merges.as_slice() {
            [] => None,
            [link] => Some((*link, self.other(link, position)?)),
            [_, second, ..] => {
                let words = "this Patient is part of more than one merge; send one merge a Patient";
                return Err(second.at.refused(Reason::Meaning(words)));
            }
        };
        match merge {
            None => Ok(Said::Statement(self.statement.of(position, patient, number, &mut besides)?)),
            Some((link, other)) if other == number => Err(link.at.refused(Reason::SameRecord)),
            Some((link, other)) if link.kind == "replaced-by" => {
                Ok(Said::Merge { surviving: other, ended: number.to_owned(), statement: None })
            }
            Some((_, other)) => {
                let statement = match patient.names.is_empty() {
                    true => None,
                    false => Some(self.statement.of(position, patient, number, &mut besides)?),
                };
                Ok(Said::Merge { surviving: number.to_owned(), ended: other, statement })
            }
        }
    }

    /// The number of the other record of a merge.
    fn other(&self, link: &Link, position: usize) -> Result<String, Refused> {
        let missing = || link.at.refused(Reason::Missing("this link names no other record"));
        let other = link.other.as_ref().ok_or_else(missing)?;
        if other.identifier.system == self.mapping.system() && !other.identifier.value.is_empty() {
            return Ok(other.identifier.value.clone());
        }
        let all = self.statement.all;
        let entry = all.get(position).map_or(0, |resource| resource.entry);
        match all.follow(other, entry)? {
            Some((_, Content::Patient(patient))) => self.statement.how.own_number(patient, None),
            Some(_) => Err(other.at.refused(Reason::OtherType)),
            None => match other.to.strip_prefix("Patient/") {
                Some(id) if self.mapping.own_system.is_none() && !id.is_empty() => {
                    Ok(id.split("/_history/").next().unwrap_or_default().to_owned())
                }
                _ => Err(other.at.refused(Reason::NoOwnNumber)),
            },
        }
    }
}

/// A merge is told from one side or from both; it is said once, with the statement where there is one.
fn say_merges_once(entries: &mut [Entry]) {
    let pair = |entry: &Entry| match &entry.said {
        Ok(Spoken::Said(Said::Merge { surviving, ended, statement })) => {
            Some((surviving.clone(), ended.clone(), statement.is_some()))
        }
        _ => None,
    };
    let pairs: Vec<_> = entries.iter().map(pair).collect();
    for (nth, entry) in entries.iter_mut().enumerate() {
        let Some(Some((surviving, ended, stated))) = pairs.get(nth) else { continue };
        let told_elsewhere = pairs.iter().enumerate().any(|(other, pair)| {
            pair.as_ref().is_some_and(|(goes_on, ends, better)| {
                other != nth
                    && (goes_on, ends) == (surviving, ended)
                    && (*better && !*stated || *better == *stated && other < nth)
            })
        });
        if told_elsewhere {
            entry.said = Ok(Spoken::Beside);
        }
    }
}
