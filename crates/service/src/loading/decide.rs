//! The decision about each statement of a group, one after the other: later rows see what earlier ones were decided to
//! be, so that the end state does not depend on where groups begin and end.

use std::collections::{BTreeSet, HashMap, HashSet};

use directory::somebody_else::begins_to_speak_of_somebody_else;
use directory::{Content, Seal};
use guards::Guard;
use linkage::{
    ClusterCandidate, Contradiction, Evidence, Member, Outcome, Prepared, Question, Resolution, SourceRule,
    resolve,
};
use serde::{Deserialize, Serialize};
use store::Key16;
use store::source_records::RecordState;
use store::sources::SourceRow;
use uuid::Uuid;

use super::effects::Effects;
use super::group::{Existing, Incoming};
use super::neighbours::Neighbours;
use super::placed::Placed;
use super::told::{Told, counted};
use crate::Directory;
use crate::matching::{HomeKey, MatchKey, prepared};
use crate::records::OpenRecord;

/// What becomes of one statement.
pub(super) struct Decision {
    pub(super) child: Uuid,
    pub(super) is_new_child: bool,
    pub(super) outcome: Decided,
    /// The child it opens, or the known record it changes, stays unreadable until the protected desk has looked (rule
    /// 10.11, decision 11).
    pub(super) held: bool,
    /// What the known record said before goes on standing, and what it says now waits beside it.
    pub(super) beside: bool,
    /// It is held, or joins a child that an earlier row of this or the previous group opened as held: no search leads to
    /// it.
    pub(super) unfindable: bool,
    pub(super) questions: Vec<Asked>,
    /// Of what is held, or fits records that people keep apart: the children it may belong to, its own among them.
    pub(super) near: Vec<Uuid>,
    /// It fits records of which people said that they are not one child: a person says whose it is.
    pub(super) bridges: bool,
    /// What the authority's figures count it as; nothing of a known record.
    pub(super) told: Option<Told>,
}

/// The three outcomes, and the fourth case where there is nothing to decide.
pub(super) enum Decided {
    Linked {
        weight: f64,
        evidence: Box<Evidence>,
    },
    New,
    Review,
    Updated,
    /// Two people had placed its record with this child.
    Placed,
}

/// A question for a person: is the new record of this child?
#[derive(Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) candidate: Uuid,
    pub(crate) probability: f64,
    pub(crate) evidence: Evidence,
    pub(crate) contradictions: Vec<Contradiction>,
}

impl From<Question<Uuid>> for Asked {
    fn from(question: Question<Uuid>) -> Self {
        Self {
            candidate: question.cluster,
            probability: question.probability,
            evidence: question.evidence,
            contradictions: question.contradictions,
        }
    }
}

/// What earlier rows, of this group and of the one before it, have added.
#[derive(Default)]
struct Added<'a> {
    members: HashMap<Uuid, Vec<&'a Prepared>>,
    behind: HashMap<Key16, BTreeSet<Uuid>>,
    /// What became protected because a shielded child has it.
    protected: BTreeSet<Key16>,
    /// Children that were opened as held.
    held: BTreeSet<Uuid>,
    /// Records whose stored form no longer counts.
    replaced: HashSet<Uuid>,
    /// What sealed identities have begun to say.
    words: HashSet<Key16>,
}

impl<'a> Added<'a> {
    /// The index's rows of the group before are among the neighbours already.
    fn behind(before: &'a Effects) -> Self {
        Self {
            members: before
                .members
                .iter()
                .map(|(child, members)| (*child, members.iter().collect()))
                .collect(),
            behind: HashMap::new(),
            protected: BTreeSet::new(),
            held: before.held.clone(),
            replaced: before.records.keys().copied().collect(),
            words: HashSet::new(),
        }
    }
}

impl Directory {
    /// Decides the whole group, behind the group before it. `child_ids` gives the identifiers of children that are opened.
    pub(super) fn decide(
        &self,
        group: &[Incoming],
        neighbours: &Neighbours,
        before: Option<&Effects>,
        sources: &HashMap<Uuid, SourceRow>,
        source: &SourceRow,
        mut child_ids: impl FnMut() -> Uuid,
    ) -> Vec<Decision> {
        let source_rule = |id: Uuid| match sources.get(&id) {
            Some(row) if row.one_record_per_child => SourceRule::OneRecordPerChild,
            _ => SourceRule::Unrestricted,
        };
        let mut added = before.map(Added::behind).unwrap_or_default();
        let mut decisions = Vec::with_capacity(group.len());
        for incoming in group {
            let hashes: Vec<Key16> = incoming.matchable.keys.iter().flat_map(MatchKey::hashes).collect();
            // A record is not compared with what it said before.
            let known = incoming.existing.as_ref().filter(|existing| existing.child.is_some());
            let record = known.map(|existing| existing.record.row.record_id);
            let hides = record.filter(|record| added.replaced.insert(*record));
            let resolved = |record: &Prepared, clusters: &[ClusterCandidate<'_, Uuid, Uuid>]| {
                let asked = linkage::Incoming { record, source: source.source_id };
                resolve(&self.model, asked, clusters, &|_| true, &source_rule)
            };
            let near = |record: &Prepared| {
                resolved(record, &clusters(&hashes, neighbours, &added, source.source_id))
            };
            let profile = |child: &Uuid| neighbours.children.get(child).map(|known| &known.open.profile);
            let mut decision =
                match incoming.existing.as_ref().and_then(|existing| Some((existing, existing.child?))) {
                    Some((existing, child)) => {
                        // One that had ended was on no list when a shield was decided: it begins to be there. And what is
                        // withheld is not there until the desk has looked, however often it is said.
                        let old = match existing.record.row.state {
                            RecordState::Live => std::slice::from_ref(&existing.record),
                            RecordState::Ended | RecordState::Withheld => &[][..],
                        };
                        let speaks_of = self
                            .begins_to_speak_of_another(incoming, existing, child, neighbours, &added, near)
                            .or_else(|| becomes_somebody_else(incoming, existing, child, neighbours));
                        // One that begins to be where a shielded child is, or with whom (law 3).
                        let held = speaks_of.is_some()
                            || (!protected(&child, &added, neighbours)
                                && self.begins_to_meet(incoming, old, neighbours, &added));
                        // Where nothing of it was to be seen before, nothing stands.
                        let stands = existing.record.row.state == RecordState::Live
                            && profile(&child).is_some_and(|profile| !profile.held);
                        Decision {
                            child,
                            is_new_child: false,
                            outcome: Decided::Updated,
                            held,
                            beside: held && stands,
                            unfindable: false,
                            questions: Vec::new(),
                            near: speaks_of.unwrap_or_default(),
                            bridges: false,
                            told: None,
                        }
                    }
                    None => {
                        let says_foreign =
                            |child: &Uuid| self.says_another(*child, &incoming.content, neighbours, &added);
                        let record = &incoming.matchable.prepared;
                        let clusters = clusters(&hashes, neighbours, &added, source.source_id);
                        let resolution = resolved(record, &clusters);
                        let told = self.told(
                            incoming,
                            clusters,
                            &resolution,
                            neighbours,
                            source.source_id,
                            |clusters| resolved(record, clusters),
                        );
                        let settled = match &incoming.placed {
                            Some(placed) => placed_by_people(placed, profile, says_foreign, &mut child_ids),
                            None => {
                                let on_hold = neighbours.on_hold_behind(&incoming.matchable, &self.model);
                                let waits = !on_hold.is_empty();
                                let near = resolution.near.iter().map(|near| near.cluster);
                                let near: Vec<Uuid> = near.chain(on_hold).collect();
                                let known = match &resolution.outcome {
                                    Outcome::Link(question) => neighbours.children.get(&question.cluster),
                                    Outcome::Review(_) | Outcome::New => None,
                                };
                                let known = known.map_or(&[][..], |known| known.open.records.as_slice());
                                let meets = waits || self.begins_to_meet(incoming, known, neighbours, &added);
                                let protected = |child: &Uuid| protected(child, &added, neighbours);
                                let may =
                                    Guards { protected: &protected, says_foreign: &says_foreign, meets };
                                settle(resolution.outcome, near, neighbours, &may, &mut child_ids)
                            }
                        };
                        let told = counted(told, &settled.outcome);
                        Decision { told, ..settled }
                    }
                };
            if decision.beside {
                // What others are compared with is what stands.
                if let Some(record) = hides {
                    added.replaced.remove(&record);
                }
            } else {
                added.members.entry(decision.child).or_default().push(&incoming.matchable.prepared);
                for hash in hashes {
                    added.behind.entry(hash).or_default().insert(decision.child);
                }
            }
            if decision.held && decision.is_new_child {
                added.held.insert(decision.child);
            }
            decision.unfindable = decision.held || added.held.contains(&decision.child);
            if let Some(known) = neighbours.children.get(&decision.child).filter(|_| !decision.held) {
                added.words.extend(self.words_of(&known.open.profile, &incoming.content));
            }
            if neighbours.is_shielded(decision.child) {
                added.protected.extend(incoming.matchable.protections());
            }
            decisions.push(decision);
        }
        decisions
    }

    /// The children of whom a known record begins to speak, or may, although it is not theirs: of the other of two sealed
    /// identities, or, where it is an ordinary child's, of one that is closed. Such a statement is withheld (law 5). What it
    /// already said keeps nobody waiting.
    fn begins_to_speak_of_another(
        &self,
        incoming: &Incoming,
        existing: &Existing,
        child: Uuid,
        neighbours: &Neighbours,
        added: &Added<'_>,
        near: impl Fn(&Prepared) -> Resolution<Uuid>,
    ) -> Option<Vec<Uuid>> {
        let profile = neighbours.children.get(&child).map(|known| &known.open.profile)?;
        let is_another = |other: &Uuid| match profile.seal {
            Seal::None => *other != child && neighbours.is_former(*other),
            Seal::FormerIdentity | Seal::NewIdentity => neighbours.is_barred(*other, child),
        };
        let undecided = incoming.placed.as_ref().is_some_and(|placed| placed.child.is_none());
        let says_foreign = self.says_another(child, &incoming.content, neighbours, added);
        if !undecided && !says_foreign && !neighbours.children.keys().any(is_another) {
            return None;
        }
        let all_near = |record: &Prepared| -> Vec<Uuid> {
            near(record).near.into_iter().map(|near| near.cluster).collect()
        };
        let now = all_near(&incoming.matchable.prepared);
        let begins = || {
            let was_heard = existing.record.row.state == RecordState::Live;
            let before = match was_heard && now.iter().any(is_another) {
                true => all_near(&prepared(&self.model, &existing.record.content)),
                false => Vec::new(),
            };
            now.iter().any(|other| is_another(other) && !before.contains(other))
        };
        (undecided || says_foreign || begins()).then(|| {
            let placed = incoming.placed.iter().flat_map(|placed| placed.could_be.iter().copied());
            let sealed = now.iter().copied().filter(|other| neighbours.is_sealed(*other));
            let mut could_be: Vec<Uuid> = sealed.chain(placed).chain([child]).collect();
            could_be.sort_unstable();
            could_be.dedup();
            could_be
        })
    }

    /// Whether a statement says what belongs to the identity from which this child is kept apart: what told the other one when
    /// they were sealed, or what it has begun to say since (law 5).
    fn says_another(&self, child: Uuid, said: &Content, neighbours: &Neighbours, added: &Added<'_>) -> bool {
        neighbours.children.get(&child).is_some_and(|known| {
            let stands = |token: &Key16| neighbours.words.contains(token) || added.words.contains(token);
            self.says_foreign(&known.open.profile, said) || self.says_gained(&known.open, said, stands)
        })
    }

    /// Whether a statement shares a place or a carer with a shielded child, or names a protected place, and these records of
    /// its own child do not already: of a child who lives there the decision about the shield has spoken.
    fn begins_to_meet(
        &self,
        incoming: &Incoming,
        known: &[OpenRecord],
        neighbours: &Neighbours,
        added: &Added<'_>,
    ) -> bool {
        let met: Vec<Key16> = incoming
            .matchable
            .protections()
            .filter(|hash| neighbours.protected.contains_key(hash) || added.protected.contains(hash))
            .collect();
        if met.is_empty() || !Guard::Holds.stands() {
            return false;
        }
        let before: HashSet<Key16> = known
            .iter()
            .flat_map(|record| HomeKey::all_of(&self.keys.matching, &record.content))
            .flat_map(|key| key.protected.hashes().collect::<Vec<_>>())
            .collect();
        met.iter().any(|hash| !before.contains(hash))
    }
}

/// The child of whom a known record speaks no longer, as far as can be told: a source may go on with one record through an
/// adoption that nobody declared, or use a number again (rule 10.12). Two people look; meanwhile what it said stands.
fn becomes_somebody_else(
    incoming: &Incoming,
    existing: &Existing,
    child: Uuid,
    neighbours: &Neighbours,
) -> Option<Vec<Uuid>> {
    let known = neighbours.children.get(&child)?;
    let is_heard = existing.record.row.state == RecordState::Live && incoming.placed.is_none();
    if !is_heard || known.open.profile.seal != Seal::None {
        return None;
    }
    let is_other = |record: &&OpenRecord| {
        record.row.record_id != existing.record.row.record_id && record.row.state == RecordState::Live
    };
    let others = known.open.records.iter().filter(is_other).map(|record| &record.content);
    begins_to_speak_of_somebody_else(&existing.record.content, &incoming.content, others).then(|| vec![child])
}

/// Whether this child is a matter for the protected desk.
fn protected(child: &Uuid, added: &Added<'_>, neighbours: &Neighbours) -> bool {
    let protected = added.held.contains(child)
        || neighbours.children.get(child).is_some_and(|known| known.open.profile.needs_the_protected_desk());
    protected && Guard::Holds.stands()
}

/// A record that its source sends for the first time, as far as is known here, and that two people had placed.
fn placed_by_people<'a>(
    placed: &Placed,
    profile: impl Fn(&Uuid) -> Option<&'a directory::ChildProfile>,
    says_foreign: impl Fn(&Uuid) -> bool,
    child_ids: &mut impl FnMut() -> Uuid,
) -> Decision {
    match placed.child.filter(|child| profile(child).is_some() && !says_foreign(child)) {
        Some(child) => Decision {
            child,
            is_new_child: false,
            outcome: Decided::Placed,
            held: false,
            beside: false,
            unfindable: false,
            questions: Vec::new(),
            near: Vec::new(),
            bridges: false,
            told: None,
        },
        None => Decision {
            child: child_ids(),
            is_new_child: true,
            outcome: Decided::Review,
            held: true,
            beside: false,
            unfindable: true,
            questions: Vec::new(),
            near: placed.could_be.clone(),
            bridges: false,
            told: None,
        },
    }
}

/// What may keep a record apart although the matcher would link it.
struct Guards<'g> {
    /// Whether a child is a matter for the protected desk.
    protected: &'g dyn Fn(&Uuid) -> bool,
    /// Whether the statement says what belongs to the identity from which this child is kept apart (law 5).
    says_foreign: &'g dyn Fn(&Uuid) -> bool,
    /// Whether it meets the place or the carer of a shielded child, or may speak of a child under a legal hold (law 3).
    meets: bool,
}

/// Whether a record fits two records of which people said that they are not one child: whichever it joined would be half
/// wrong, so people say (law 8).
pub(super) fn bridges(near: &[Uuid], neighbours: &Neighbours) -> bool {
    near.iter().enumerate().any(|(at, a)| near.iter().skip(at + 1).any(|b| neighbours.are_apart(*a, *b)))
}

/// Turns the matcher's outcome into what is done. Six things keep a record apart although the matcher might link it:
/// a neighbour that is protected, two neighbours between which there is a barrier or a word that belongs behind one (law 5),
/// that it meets the place or the carer of a shielded child (law 3), two neighbours that people keep apart (law 8), and that it
/// may be the record of a child under a legal hold, whom nobody can read: then it waits, as unreadable, for the end of the hold.
fn settle(
    outcome: Outcome<Uuid>,
    near: Vec<Uuid>,
    neighbours: &Neighbours,
    guards: &Guards<'_>,
    child_ids: &mut impl FnMut() -> Uuid,
) -> Decision {
    let Guards { protected, says_foreign, meets } = guards;
    let bridging =
        near.iter().enumerate().any(|(at, a)| near.iter().skip(at + 1).any(|b| neighbours.is_barred(*a, *b)));
    let held_anyway = bridging || *meets || near.iter().any(protected);
    let bridges = bridges(&near, neighbours);
    let apart =
        |held: bool, outcome, questions, near: Vec<Uuid>, child_ids: &mut dyn FnMut() -> Uuid| Decision {
            child: child_ids(),
            is_new_child: true,
            outcome,
            held,
            beside: false,
            unfindable: held,
            questions,
            near: if held || bridges { near } else { Vec::new() },
            bridges,
            told: None,
        };
    match outcome {
        Outcome::Link(question) => {
            let beside_a_protected_child =
                near.iter().any(|child| *child != question.cluster && protected(child))
                    && !protected(&question.cluster);
            let at_a_protected_place = *meets && !protected(&question.cluster);
            let of_another = bridging || says_foreign(&question.cluster);
            if of_another || beside_a_protected_child || at_a_protected_place {
                return apart(true, Decided::Review, vec![question.into()], near, child_ids);
            }
            if bridges {
                return apart(false, Decided::Review, vec![question.into()], near, child_ids);
            }
            Decision {
                child: question.cluster,
                is_new_child: false,
                outcome: Decided::Linked { weight: question.weight, evidence: Box::new(question.evidence) },
                held: false,
                beside: false,
                unfindable: false,
                questions: Vec::new(),
                near: Vec::new(),
                bridges: false,
                told: None,
            }
        }
        Outcome::Review(questions) => {
            let questions = questions.into_iter().map(Asked::from).collect();
            apart(held_anyway, Decided::Review, questions, near, child_ids)
        }
        Outcome::New => apart(held_anyway, Decided::New, Vec::new(), near, child_ids),
    }
}

/// The children behind these keys, each with all its records as they stand now.
fn clusters<'a>(
    hashes: &[Key16],
    neighbours: &'a Neighbours,
    added: &Added<'a>,
    source: Uuid,
) -> Vec<ClusterCandidate<'a, Uuid, Uuid>> {
    let mut children: BTreeSet<Uuid> = BTreeSet::new();
    for hash in hashes {
        children.extend(neighbours.behind.get(hash).into_iter().flatten());
        children.extend(added.behind.get(hash).into_iter().flatten());
    }
    children
        .into_iter()
        .map(|child| {
            let stored = neighbours.children.get(&child).into_iter().flat_map(|neighbour| {
                neighbour.open.records.iter().zip(&neighbour.prepared).filter_map(|(record, prepared)| {
                    (!added.replaced.contains(&record.row.record_id))
                        .then_some(Member { record: prepared, source: record.row.source_id })
                })
            });
            let new = added.members.get(&child).into_iter().flatten().map(|record| Member { record, source });
            ClusterCandidate { cluster: child, members: stored.chain(new).collect() }
        })
        .collect()
}
