//! What a group of incoming statements has to be compared with: every record of the children behind their
//! keys.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use guards::Guard;
use linkage::{Model, Prepared};
use rayon::prelude::*;
use store::Key16;
use store::{match_keys, parted_keys};
use uuid::Uuid;

use super::effects::Effects;
use super::group::Incoming;
use crate::barrier::Barred;
use crate::matching::{MatchKey, Matchable, is_protection, prepared};
use crate::records::OpenChild;
use crate::{Directory, ServiceError};

/// No key's list is read further than this: a key so common says nothing, and the matcher must never be quadratic.
pub(super) const LONGEST_LIST: u32 = 96;

/// The children near a group, and which of them each key leads to.
pub(super) struct Neighbours {
    pub(super) children: HashMap<Uuid, Neighbour>,
    /// Children behind each key.
    pub(super) behind: HashMap<Key16, BTreeSet<Uuid>>,
    /// The shielded children and protected places behind what a statement shares with others (law 3). The children among
    /// them are not read for it.
    pub(super) protected: HashMap<Key16, BTreeSet<Uuid>>,
    /// What was behind the selective keys and the protections when this was read; if that changes before the group is written, the group is
    /// scored again.
    pub(super) seen: HashMap<Key16, BTreeSet<Key16>>,
    /// Pairs of these children that do not join.
    barred: Barred,
    /// Children behind these keys whose own keys lie with the custodian of a legal hold: nobody reads them, the matcher
    /// neither.
    on_hold: HashSet<Uuid>,
    /// What the other sides of the sealed children among these have begun to say of what the group says (law 5).
    pub(super) words: HashSet<Key16>,
}

/// By how many rules a statement has to meet a child whom nobody can read, to be taken for theirs: a twin shares two (birth
/// date and surname, postcode and year), who moved and who was renamed still share three.
const TELLING_RULES: usize = 3;

impl Neighbours {
    /// Whether these two may never join (law 5).
    pub(super) fn is_barred(&self, a: Uuid, b: Uuid) -> bool {
        self.barred.sealed.contains(&(a.min(b), a.max(b)))
    }

    /// Whether people said that these two are not one child.
    pub(super) fn are_apart(&self, a: Uuid, b: Uuid) -> bool {
        self.barred.apart.contains(&(a.min(b), a.max(b)))
    }

    /// The children under a legal hold of whom a statement may speak. They cannot be compared, so its keys alone say so: an
    /// identifier of theirs, or several rules at once.
    pub(super) fn on_hold_behind(&self, statement: &Matchable, model: &Model) -> Vec<Uuid> {
        if self.on_hold.is_empty() {
            return Vec::new();
        }
        let mut met: BTreeMap<Uuid, BTreeSet<u16>> = BTreeMap::new();
        for key in &statement.keys {
            let children = key.hashes().filter_map(|hash| self.behind.get(&hash)).flatten().copied();
            for child in children.filter(|child| self.on_hold.contains(child)).collect::<Vec<_>>() {
                met.entry(child).or_default().insert(key.rule);
            }
        }
        let telling = |rules: &BTreeSet<u16>| {
            rules.len() >= TELLING_RULES || rules.iter().any(|rule| model.identifies(*rule))
        };
        met.into_iter().filter(|(_, rules)| telling(rules)).map(|(child, _)| child).collect()
    }

    /// Whether this child is known to be one of two sealed identities.
    pub(super) fn is_sealed(&self, child: Uuid) -> bool {
        self.children.get(&child).is_some_and(|known| known.open.profile.seal != directory::Seal::None)
    }

    /// Whether this child is known to be an identity that is closed.
    pub(super) fn is_former(&self, child: Uuid) -> bool {
        let seal = self.children.get(&child).map(|known| known.open.profile.seal);
        seal == Some(directory::Seal::FormerIdentity)
    }

    /// Whether this child is known to be shielded.
    pub(super) fn is_shielded(&self, child: Uuid) -> bool {
        self.children.get(&child).is_some_and(|known| known.open.profile.is_shielded())
    }
}

/// A child in the form that is compared.
pub(super) struct Neighbour {
    pub(super) open: OpenChild,
    pub(super) prepared: Vec<Prepared>,
}

impl Directory {
    /// Reads the neighbours of a group: two round trips for the data, one for the keys. `before` is the group in front
    /// of it, which may or may not be written yet: what is read is put right by what it will have changed.
    pub(super) async fn neighbours(
        &self,
        group: &[Incoming],
        before: Option<&Effects>,
    ) -> Result<Neighbours, ServiceError> {
        let mut asked: HashMap<Key16, (u16, &str, i64)> = HashMap::new();
        for incoming in group {
            let protections = incoming.matchable.home.iter().map(|key| &key.protected);
            for key in incoming.matchable.keys.iter().chain(protections) {
                for (epoch, hash) in key.lookups() {
                    asked.insert(hash, (key.rule, key.value.as_str(), epoch));
                }
            }
        }
        let mut conn = self.store.reader().await?;
        let hashes: Vec<Key16> = asked.keys().copied().collect();
        let hits = match_keys::lookup(&mut conn, &hashes, LONGEST_LIST).await?;
        let mut seen: HashMap<Key16, BTreeSet<Key16>> = HashMap::new();
        let mut behind: HashMap<Key16, BTreeSet<Uuid>> = HashMap::new();
        let mut protected: HashMap<Key16, BTreeSet<Uuid>> = HashMap::new();
        for hit in &hits {
            if before.is_some_and(|before| before.removes(hit.key_hash, hit.pointer)) {
                continue;
            }
            seen.entry(hit.key_hash).or_default().insert(hit.pointer);
            if let Some((rule, value, epoch)) = asked.get(&hit.key_hash) {
                let child = self.keys.matching.follow(*rule, value, *epoch, hit.pointer);
                let table = if is_protection(*rule) { &mut protected } else { &mut behind };
                table.entry(hit.key_hash).or_default().insert(child);
            }
        }
        if let Some(before) = before {
            for hash in &hashes {
                let Some(children) = before.behind.get(hash) else { continue };
                let protects = asked.get(hash).is_some_and(|(rule, ..)| is_protection(*rule));
                let table = if protects { &mut protected } else { &mut behind };
                table.entry(*hash).or_default().extend(children);
                let pointers = seen.entry(*hash).or_default();
                pointers.extend(before.adds(*hash));
                // As the index would answer: the first of a long list.
                while pointers.len() > LONGEST_LIST as usize {
                    pointers.pop_last();
                }
            }
        }
        drop(conn);
        let mut wanted: BTreeSet<Uuid> = behind.values().flatten().copied().collect();
        wanted.extend(group.iter().filter_map(|incoming| incoming.existing.as_ref()?.child));
        let placed = group.iter().filter_map(|incoming| incoming.placed.as_ref());
        wanted.extend(placed.flat_map(|placed| placed.could_be.iter().copied()));
        let wanted: Vec<Uuid> = wanted.into_iter().collect();
        let opened = self.open_children(&wanted).await?;
        let on_hold = self.on_hold_among(&wanted, &opened, before).await?;
        let children: HashMap<Uuid, Neighbour> = opened
            .into_par_iter()
            .map(|open| {
                let prepared =
                    open.records.iter().map(|record| prepared(&self.model, &record.content)).collect();
                (open.row.child_id, Neighbour { open, prepared })
            })
            .collect();
        let profile = |child: Uuid| children.get(&child).map(|known| &known.open.profile);
        let pairs = pairs_met(group, &behind);
        let barred = match pairs.is_empty() {
            true => Barred::default(),
            false => self.barred_pairs(&mut self.store.reader().await?, &pairs, profile).await?,
        };
        let asked: Vec<Key16> = children
            .values()
            .flat_map(|known| {
                let said = group.iter().map(|incoming| &incoming.content);
                self.words_to_ask(&known.open.profile, said)
            })
            .collect();
        let mut words = match asked.is_empty() {
            true => HashSet::new(),
            false => self.standing_words(&mut self.store.reader().await?, &asked).await?,
        };
        words.extend(before.iter().flat_map(|before| before.words.iter().copied()));
        Ok(Neighbours { children, behind, protected, seen, barred, on_hold, words })
    }

    /// Those of the wanted children that could not be opened because a legal hold keeps their keys.
    async fn on_hold_among(
        &self,
        wanted: &[Uuid],
        opened: &[OpenChild],
        before: Option<&Effects>,
    ) -> Result<HashSet<Uuid>, ServiceError> {
        let opened: HashSet<Uuid> = opened.iter().map(|open| open.row.child_id).collect();
        let in_front = |child: &Uuid| before.is_some_and(|before| before.members.contains_key(child));
        let missing: Vec<Uuid> =
            wanted.iter().copied().filter(|child| !opened.contains(child) && !in_front(child)).collect();
        if missing.is_empty() || !Guard::Holds.stands() {
            return Ok(HashSet::new());
        }
        let mut keys = self.store.key_reader().await?;
        Ok(parted_keys::held(&mut keys, &missing).await?.into_iter().collect())
    }
}

/// The pairs of children that meet behind the keys of one statement: only there can a barrier matter.
fn pairs_met(group: &[Incoming], behind: &HashMap<Key16, BTreeSet<Uuid>>) -> HashSet<(Uuid, Uuid)> {
    let mut pairs = HashSet::new();
    for incoming in group {
        let met: BTreeSet<Uuid> = incoming
            .matchable
            .keys
            .iter()
            .flat_map(MatchKey::hashes)
            .filter_map(|hash| behind.get(&hash))
            .flatten()
            .copied()
            .chain(incoming.existing.as_ref().and_then(|existing| existing.child))
            .chain(incoming.placed.as_ref().and_then(|placed| placed.child))
            .collect();
        let met: Vec<Uuid> = met.into_iter().collect();
        for (at, a) in met.iter().enumerate() {
            pairs.extend(met.iter().skip(at + 1).map(|b| (*a, *b)));
        }
    }
    pairs
}
