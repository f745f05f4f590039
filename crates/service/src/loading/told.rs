//! What a first sighting is counted as in the figures that its authority is told (rules 10.7, 13.3, decision 16).
//!
//! A count must not tell whether a guess about somebody hidden is right, nor that a place is protected. So it follows from what is
//! hidden from nobody and from what the same source sent: a legal hold, a protected place or a desk that has to look first changes
//! no count, and none of them is missing from the sum of what its source knows that it sent. What would be near a shielded child if
//! everything of it that the shield hides were guessed rightly is counted as nothing, right or wrong: that there is such a child, by
//! its name and birth, is told to whoever searches.

use std::collections::BTreeSet;

use directory::source_record::Content;
use directory::{ChildProfile, Seal};
use guards::Guard;
use linkage::{BlockingKey, ClusterCandidate, Outcome, Prepared, Resolution};
use store::Key16;
use uuid::Uuid;

use super::decide::{Decided, bridges};
use super::group::Incoming;
use super::neighbours::{Neighbour, Neighbours};
use crate::Directory;
use crate::matching::{MatchKey, prepared};

/// What a first sighting is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Linked to a child.
    Linked,
    /// Opened a child.
    New,
    /// Waits for a person.
    Review,
}

impl Directory {
    /// What a first sighting is counted as of which the matcher said this among these children; `resolved` asks it once more.
    pub(super) fn told<'a>(
        &self,
        incoming: &Incoming,
        mut clusters: Vec<ClusterCandidate<'a, Uuid, Uuid>>,
        resolution: &Resolution<Uuid>,
        neighbours: &Neighbours,
        source: Uuid,
        resolved: impl FnOnce(&[ClusterCandidate<'a, Uuid, Uuid>]) -> Resolution<Uuid>,
    ) -> Option<Told> {
        let profile = |child: Uuid| neighbours.children.get(&child).map(|known| &known.open.profile);
        if !clusters.iter().any(|one| profile(one.cluster).is_some_and(is_hidden)) {
            return Some(of(resolution, neighbours));
        }
        if self.could_be_shielded(incoming, neighbours, source) {
            return None;
        }
        for one in &mut clusters {
            if profile(one.cluster).is_some_and(is_hidden) {
                one.members.retain(|member| member.source == source);
                // What other sources say leads to nobody here.
                if !one.members.iter().any(|member| self.shares_a_key(incoming, member.record)) {
                    one.members.clear();
                }
            }
        }
        clusters.retain(|one| !one.members.is_empty());
        Some(of(&resolved(&clusters), neighbours))
    }

    fn shares_a_key(&self, incoming: &Incoming, record: &Prepared) -> bool {
        let theirs = self.model.blocking_keys(record);
        incoming.matchable.keys.iter().any(|key| theirs.iter().any(|their| is_the_same(their, key)))
    }

    /// Whether it would be near a shielded child, as others than its source tell of it, if all that the shield hides were as it says.
    fn could_be_shielded(&self, incoming: &Incoming, neighbours: &Neighbours, source: Uuid) -> bool {
        let keys = &incoming.matchable.keys;
        let hashes = keys.iter().flat_map(MatchKey::hashes);
        let behind: BTreeSet<&Uuid> =
            hashes.filter_map(|hash| neighbours.behind.get(&hash)).flatten().collect();
        let shielded = behind.into_iter().filter_map(|child| neighbours.children.get(child));
        let mut shielded = shielded.filter(|known| is_told_of_by_search(&known.open.profile));
        // It is looked up by what is open alone: whether anything else leads to it is not to be told either.
        let leads = |open: &Content, child: Uuid| {
            let of_open = self.model.blocking_keys(&prepared(&self.model, open));
            let stands = |hash: Key16| neighbours.behind.get(&hash).is_some_and(|all| all.contains(&child));
            let shared = keys.iter().filter(|key| of_open.iter().any(|open| is_the_same(open, key)));
            shared.flat_map(MatchKey::hashes).any(stands)
        };
        let said = &incoming.content;
        shielded.any(|known: &Neighbour| {
            let of_others = known.open.records.iter().filter(|record| record.row.source_id != source);
            of_others.map(|record| &record.content).any(|record| {
                let guessed = Content {
                    names: record.names.iter().take(1).chain(said.names.iter().skip(1)).cloned().collect(),
                    date_of_birth: record.date_of_birth,
                    gender: record.gender,
                    ..said.clone()
                };
                let open = Content {
                    names: record.names.iter().take(1).cloned().collect(),
                    whereabouts: None,
                    previous_addresses: Vec::new(),
                    identifiers: Vec::new(),
                    carers: Vec::new(),
                    ..guessed.clone()
                };
                let weight = self.model.score(&incoming.matchable.prepared, &prepared(&self.model, &guessed));
                self.model.probability(weight) >= self.model.hold_threshold()
                    && leads(&open, known.open.row.child_id)
            })
        })
    }
}

fn is_the_same(key: &BlockingKey, other: &MatchKey) -> bool {
    key.rule == other.rule && key.value == other.value
}

/// Whether where a child is, or that there is one, is hidden. Of two identities the present one is an ordinary child to everybody.
fn is_hidden(profile: &ChildProfile) -> bool {
    profile.is_shielded() || profile.seal == Seal::FormerIdentity
}

/// Whether a shield leaves its name and birth in the open. A former identity is nobody to everybody.
fn is_told_of_by_search(profile: &ChildProfile) -> bool {
    profile.is_shielded() && profile.seal != Seal::FormerIdentity
}

/// What a record is counted as of which the matcher says this.
fn of(resolution: &Resolution<Uuid>, neighbours: &Neighbours) -> Told {
    let near: Vec<Uuid> = resolution.near.iter().map(|near| near.cluster).collect();
    match resolution.outcome {
        Outcome::Link(_) if bridges(&near, neighbours) => Told::Review,
        Outcome::Link(_) => Told::Linked,
        Outcome::Review(_) => Told::Review,
        Outcome::New => Told::New,
    }
}

/// What a decision is counted as.
pub(super) fn counted(told: Option<Told>, became: &Decided) -> Option<Told> {
    if Guard::ProtectedUncounted.stands() {
        return told;
    }
    match became {
        Decided::Linked { .. } | Decided::Placed => Some(Told::Linked),
        Decided::New => Some(Told::New),
        Decided::Review => Some(Told::Review),
        Decided::Updated => None,
    }
}
