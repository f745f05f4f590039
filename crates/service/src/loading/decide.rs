//! The decision about each statement of a group, one after the other: later rows see what earlier ones were decided to
//! be, so that the end state does not depend on where groups begin and end.

use std::collections::{BTreeSet, HashMap, HashSet};

use guards::Guard;
use linkage::{
    ClusterCandidate, Contradiction, Evidence, Member, Outcome, Prepared, Question, SourceRule, resolve,
};
use serde::Serialize;
use store::Key16;
use store::sources::SourceRow;
use uuid::Uuid;

use super::effects::Effects;
use super::group::Incoming;
use super::neighbours::Neighbours;
use crate::Directory;
use crate::matching::{HomeKey, MatchKey};
use crate::records::OpenRecord;

/// What becomes of one statement.
pub(super) struct Decision {
    pub(super) child: Uuid,
    pub(super) is_new_child: bool,
    pub(super) outcome: Decided,
    /// The child it opens, or the known record it changes, stays unreadable until the protected desk has looked (rule
    /// 10.11, decision 11).
    pub(super) held: bool,
    /// It is held, or joins a child that an earlier row of this or the previous group opened as held: no search leads to
    /// it.
    pub(super) unfindable: bool,
    pub(super) questions: Vec<Asked>,
}

/// The three outcomes, and the fourth case where there is nothing to decide.
pub(super) enum Decided {
    Linked { weight: f64, evidence: Box<Evidence> },
    New,
    Review,
    Updated,
}

/// A question for a person: is the new record of this child?
#[derive(Serialize)]
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
            let mut decision =
                match incoming.existing.as_ref().and_then(|existing| Some((existing, existing.child?))) {
                    Some((existing, child)) => {
                        added.replaced.insert(existing.record.row.record_id);
                        // A known record of a sealed identity that begins to speak of the other one is withheld (law 5).
                        let sealed = neighbours
                            .children
                            .get(&child)
                            .is_some_and(|n| n.open.profile.seal != directory::Seal::None);
                        let old = std::slice::from_ref(&existing.record);
                        let bridges = sealed && {
                            let clusters = clusters(&hashes, neighbours, &added, source.source_id);
                            let asked = linkage::Incoming {
                                record: &incoming.matchable.prepared,
                                source: source.source_id,
                            };
                            let near = resolve(&self.model, asked, &clusters, &|_| true, &source_rule).near;
                            near.iter().any(|near| neighbours.is_barred(near.cluster, child))
                        };
                        // One that begins to be where a shielded child is, or with whom (law 3).
                        let held = bridges
                            || (!protected(&child, &added, neighbours)
                                && self.begins_to_meet(incoming, old, neighbours, &added));
                        Decision {
                            child,
                            is_new_child: false,
                            outcome: Decided::Updated,
                            held,
                            unfindable: false,
                            questions: Vec::new(),
                        }
                    }
                    None => {
                        let clusters = clusters(&hashes, neighbours, &added, source.source_id);
                        let asked = linkage::Incoming {
                            record: &incoming.matchable.prepared,
                            source: source.source_id,
                        };
                        let resolution = resolve(&self.model, asked, &clusters, &|_| true, &source_rule);
                        let near: Vec<Uuid> = resolution.near.iter().map(|near| near.cluster).collect();
                        let known = match &resolution.outcome {
                            Outcome::Link(question) => neighbours.children.get(&question.cluster),
                            Outcome::Review(_) | Outcome::New => None,
                        };
                        let known = known.map_or(&[][..], |known| known.open.records.as_slice());
                        let meets = self.begins_to_meet(incoming, known, neighbours, &added);
                        let protected = |child: &Uuid| protected(child, &added, neighbours);
                        settle(resolution.outcome, &near, neighbours, protected, meets, &mut child_ids)
                    }
                };
            added.members.entry(decision.child).or_default().push(&incoming.matchable.prepared);
            if decision.held && decision.is_new_child {
                added.held.insert(decision.child);
            }
            decision.unfindable = decision.held || added.held.contains(&decision.child);
            if neighbours.is_shielded(decision.child) {
                added.protected.extend(incoming.matchable.protections());
            }
            for hash in hashes {
                added.behind.entry(hash).or_default().insert(decision.child);
            }
            decisions.push(decision);
        }
        decisions
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

/// Whether this child is a matter for the protected desk.
fn protected(child: &Uuid, added: &Added<'_>, neighbours: &Neighbours) -> bool {
    let protected = added.held.contains(child)
        || neighbours.children.get(child).is_some_and(|known| known.open.profile.needs_the_protected_desk());
    protected && Guard::Holds.stands()
}

/// Turns the matcher's outcome into what is done. Three things keep a record apart although the matcher might link it:
/// a neighbour that is protected, two neighbours between which there is a barrier (law 5), and that it `meets` the place or
/// the carer of a shielded child (law 3).
fn settle(
    outcome: Outcome<Uuid>,
    near: &[Uuid],
    neighbours: &Neighbours,
    protected: impl Fn(&Uuid) -> bool,
    meets: bool,
    child_ids: &mut impl FnMut() -> Uuid,
) -> Decision {
    let bridging =
        near.iter().enumerate().any(|(at, a)| near.iter().skip(at + 1).any(|b| neighbours.is_barred(*a, *b)));
    let apart = |held, outcome, questions, child_ids: &mut dyn FnMut() -> Uuid| Decision {
        child: child_ids(),
        is_new_child: true,
        outcome,
        held,
        unfindable: held,
        questions,
    };
    match outcome {
        Outcome::Link(question) => {
            let beside_a_protected_child =
                near.iter().any(|child| *child != question.cluster && protected(child))
                    && !protected(&question.cluster);
            let at_a_protected_place = meets && !protected(&question.cluster);
            if bridging || beside_a_protected_child || at_a_protected_place {
                return apart(true, Decided::Review, vec![question.into()], child_ids);
            }
            Decision {
                child: question.cluster,
                is_new_child: false,
                outcome: Decided::Linked { weight: question.weight, evidence: Box::new(question.evidence) },
                held: false,
                unfindable: false,
                questions: Vec::new(),
            }
        }
        Outcome::Review(questions) => {
            let held = bridging || meets || near.iter().any(protected);
            apart(held, Decided::Review, questions.into_iter().map(Asked::from).collect(), child_ids)
        }
        Outcome::New => {
            apart(bridging || meets || near.iter().any(protected), Decided::New, Vec::new(), child_ids)
        }
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
