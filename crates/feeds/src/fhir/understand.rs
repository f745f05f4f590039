//! What entries say, once all of them were read.

use std::collections::HashSet;

use directory::SaidAt;

use super::besides::{Besides, Strict};
use super::patient::{Link, Patient};
use super::refusal::{Reason, Refused};
use super::requests::Ask;
use super::resources::{Content, Resource, Resources};
use super::statement::{How, Statement};
use super::{Discarded, Entry, Mapping, Received, Spoken, Whole};
use crate::check::dates;
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

/// What stands where an entry should.
pub(super) enum Found<'a> {
    /// An entry.
    Entry(Given<'a>),
    /// An older version of what stands in the same history.
    Older(Ask),
    /// A Patient that cannot be read, and by what others refer to it.
    Broken(String, Refused),
    /// Nothing of which anybody can tell what it is, or whose.
    Unknown(Refused),
}

/// Reads the resources, and then what they say together. `all` is where they are put: none stands there yet.
pub(super) fn understand(
    mut all: Resources,
    given: Vec<Found<'_>>,
    whole: Whole,
    known: &str,
    mapping: &Mapping,
    mut discarded: Discarded,
) -> Received {
    // Of an entry of which nobody can tell what it is it may be that it said something about any child.
    let mut in_doubt = false;
    let (mut asks, mut older) = (Vec::new(), HashSet::new());
    for (entry, found) in given.into_iter().enumerate() {
        asks.push(match found {
            Found::Entry(given) => {
                // What was asked is refused only after what came with it was read, so that nobody believes it complete.
                if let Some(text) = given.resource {
                    all.take(entry, text, given.expression, given.keys, &mut Strict(&mut discarded));
                }
                given.ask
            }
            Found::Older(ask) => {
                older.insert(entry);
                Ok(ask)
            }
            Found::Broken(key, refused) => {
                all.refuse_patient(entry, key, &refused);
                Err(refused)
            }
            Found::Unknown(refused) => {
                in_doubt = true;
                Err(refused)
            }
        });
    }
    let refused: Vec<bool> = asks.iter().map(Result::is_err).collect();
    let reading = Reading {
        statement: Statement { all: &all, how: How::of(mapping), known },
        mapping,
        in_doubt,
        refused: &refused,
    };
    let asks = asks.into_iter().enumerate();
    let entries = asks.map(|(entry, ask)| match ask {
        Ok(ask) if older.contains(&entry) => {
            Entry { ask: Some(ask), record: None, said: Ok(Spoken::Beside), further: Vec::new() }
        }
        ask => reading.entry(entry, ask, &mut discarded),
    });
    let mut entries: Vec<Entry> = entries.collect();
    say_merges_once(&mut entries);
    Received { whole, entries, discarded }
}

/// The most records that one Patient says it replaces.
const MOST_REPLACED: usize = 20;

struct Reading<'a> {
    statement: Statement<'a>,
    mapping: &'a Mapping,
    /// Something came of which nobody can tell whose it is.
    in_doubt: bool,
    /// The entries of which what they ask was refused.
    refused: &'a [bool],
}

impl Reading<'_> {
    fn entry(&self, nth: usize, ask: Result<Ask, Refused>, discarded: &mut Discarded) -> Entry {
        let ask = match ask {
            Ok(ask) => ask,
            Err(refused) => {
                return Entry { ask: None, record: None, said: Err(refused), further: Vec::new() };
            }
        };
        if ask.ends() {
            let record = ask.record().unwrap_or_default().to_owned();
            return Entry {
                ask: Some(ask),
                record: Some(record.clone()),
                said: Ok(Spoken::Said(self.mapping.ends(record, self.bundled_at()))),
                further: Vec::new(),
            };
        }
        // The last of an entry is its own resource: what it contains was read before it.
        let all = self.statement.all;
        let found = all.iter().enumerate().rfind(|(_, resource)| resource.entry == nth);
        let Some((position, resource)) = found else {
            let refused = Refused { expression: format!("entry[{nth}]"), reason: Reason::NotAResource };
            return Entry { ask: Some(ask), record: None, said: Err(refused), further: Vec::new() };
        };
        let (mut record, mut further) = (None, Vec::new());
        let said = match &resource.content {
            Err(refused) => Err(refused.clone()),
            Ok(Content::Discarded) => Ok(Spoken::Discarded),
            Ok(Content::Patient(patient)) => {
                self.statement.own_number(position, patient, ask.record()).and_then(|number| {
                    record = Some(number.clone());
                    if self.in_doubt || self.lost(position) {
                        return Err(resource.at.refused(Reason::OtherRefused));
                    }
                    let (said, merges) = self.patient(position, patient, &number, discarded)?;
                    further = merges;
                    Ok(Spoken::Said(said))
                })
            }
            Ok(content) => match content.about() {
                Some(reference) => all.patient(reference, nth, &resource.at).and_then(|patient| {
                    if all.get(patient).is_some_and(|patient| self.was_refused(patient)) {
                        return Err(resource.at.refused(Reason::OtherRefused));
                    }
                    Ok(Spoken::Beside)
                }),
                None => Ok(Spoken::Beside),
            },
        };
        Entry { ask: Some(ask), record, said, further }
    }

    fn was_refused(&self, resource: &Resource) -> bool {
        self.refused.get(resource.entry).copied().unwrap_or(true)
    }

    /// Whether something that says something about this Patient, or may, was refused: without it the statement would be another,
    /// and what a statement lacks has ended.
    fn lost(&self, patient: usize) -> bool {
        let all = self.statement.all;
        all.iter().any(|resource| {
            let read = resource.content.as_ref().ok().and_then(Content::about);
            let (about, refused) = match (&resource.lost, read) {
                (Some(lost), _) => (lost.as_ref(), true),
                (None, Some(about)) => (about, self.was_refused(resource)),
                (None, None) => return false,
            };
            match about.and_then(|reference| all.position(&reference.to, resource.entry)) {
                Some(of) if of == patient => refused,
                // Of another child, though that one may be refused.
                Some(of) => !all.get(of).is_some_and(Resource::is_a_patient),
                None => true,
            }
        })
    }

    /// What a Patient says, and the further merges of one that replaces several records.
    fn patient(
        &self,
        position: usize,
        patient: &Patient,
        number: &str,
        discarded: &mut Discarded,
    ) -> Result<(Said, Vec<Said>), Refused> {
        let mut besides = Strict(discarded);
        let mut merges = Vec::new();
        for link in &patient.links {
            match link.kind.as_str() {
                "replaces" | "replaced-by" => merges.push(link),
                _ => besides.discard("Patient.link other"),
            }
        }
        let [first, further @ ..] = merges.as_slice() else {
            patient.is_used()?;
            let statement = self.statement.of(position, patient, number, &mut besides)?;
            return Ok((Said::Statement(statement), Vec::new()));
        };
        let is_replaced = patient.is_replaced();
        if let Some(second) = further.iter().find(|_| is_replaced || merges.len() > MOST_REPLACED) {
            let words = "this Patient is replaced and part of another merge too, or replaces more than 20 records; send one \
                         merge a Patient";
            return Err(second.at.refused(Reason::Meaning(words)));
        }
        let said = self.bundled_at();
        let other = self.merged(first, position, number)?;
        if is_replaced {
            let ended = number.to_owned();
            return Ok((Said::Merge { surviving: other, ended, statement: None, said }, Vec::new()));
        }
        let merge = |ended, statement| Said::Merge { surviving: number.to_owned(), ended, statement, said };
        let further = further.iter().map(|link| Ok(merge(self.merged(link, position, number)?, None)));
        let further = further.collect::<Result<Vec<_>, Refused>>()?;
        let statement = match patient.names.is_empty() {
            true => None,
            false => Some(self.statement.of(position, patient, number, &mut besides)?),
        };
        Ok((merge(other, statement), further))
    }

    /// The number of the other record of a merge, which is another one.
    fn merged(&self, link: &Link, position: usize, number: &str) -> Result<String, Refused> {
        let other = self.other(link, position)?;
        if other == number { Err(link.at.refused(Reason::SameRecord)) } else { Ok(other) }
    }

    /// When the Bundle was put together; nothing where it does not say: then it counts when it came.
    fn bundled_at(&self) -> Option<SaidAt> {
        let known = self.statement.known;
        let stamp = (known != self.mapping.received_at()).then_some(known)?;
        dates::moment(stamp).ok().map(SaidAt::of)
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
            Some((at, Content::Patient(replaced))) if link.kind == "replaces" => {
                self.statement.number_of_replaced(at, replaced)
            }
            Some((at, Content::Patient(patient))) => self.statement.own_number(at, patient, None),
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
    let merged = |said: &Said| match said {
        Said::Merge { surviving, ended, .. } => Some((surviving.clone(), ended.clone())),
        _ => None,
    };
    let pair = |entry: &Entry| match &entry.said {
        Ok(Spoken::Said(said)) => {
            merged(said).map(|(goes_on, ends)| (goes_on, ends, said.message().is_some()))
        }
        _ => None,
    };
    let pairs: Vec<_> = entries.iter().map(pair).collect();
    let further: HashSet<_> = entries.iter().flat_map(|entry| &entry.further).filter_map(merged).collect();
    for (nth, entry) in entries.iter_mut().enumerate() {
        let Some(Some((surviving, ended, stated))) = pairs.get(nth) else { continue };
        let told_elsewhere = pairs.iter().enumerate().any(|(other, pair)| {
            pair.as_ref().is_some_and(|(goes_on, ends, better)| {
                other != nth
                    && (goes_on, ends) == (surviving, ended)
                    && (*better && !*stated || *better == *stated && other < nth)
            })
        });
        if told_elsewhere || (!stated && further.contains(&(surviving.clone(), ended.clone()))) {
            entry.said = Ok(Spoken::Beside);
        }
    }
}
