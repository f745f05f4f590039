//! Who else is concerned by a shield (law 3): every child who shares a carer or the address, siblings and newborns
//! included, and every record that may be the same child (rule 10.11), found by the matcher run backwards.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use directory::Content;
use directory::child_profile::Seal;
use directory::disclosure::disclose_at_shield_desk;
use directory::household::{Tie, household_keys};
use linkage::{ClusterCandidate, Incoming, Member, Prepared, SourceRule, resolve};
use store::sources::SourceRow;
use store::{Conn, Key16, KeyHit, match_keys, versions};
use uuid::Uuid;

use super::DeskChild;
use crate::matching::{HomeKey, MatchKey, Matchable, prepared};
use crate::records::OpenChild;
use crate::sensitive::as_it_stood;
use crate::{Directory, ServiceError};

/// Why a child is on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HouseholdTie {
    /// It may be the same child, under another number.
    MaybeTheSame,
    /// It shares a carer, by name and district or by telephone number.
    Carer,
    /// It shares the address.
    Address,
}

/// The household of a child, as it was read.
pub(crate) struct Household {
    /// The others, those that may be the same first, then by number.
    pub(super) members: Vec<(OpenChild, BTreeSet<HouseholdTie>)>,
    /// How many more there are than the list takes.
    pub(super) more: usize,
    /// The rows of the index on which it rests.
    seen: BTreeSet<(Key16, Key16)>,
    /// What the household shares.
    shared: Vec<Key16>,
    /// What leads to another record of the same child.
    telling: Vec<Key16>,
}

/// How many children a list takes. An address of more is a hostel or a home: it is protected as a place.
pub const MOST_OF_A_HOUSEHOLD: usize = 96;

/// No list of those who share a home is read further than this, and none of those who may be the same child.
pub(super) const LONGEST_HOME: u32 = 400;
const LONGEST_LIST: u32 = 96;

/// The hashes by which rows of the index are asked for, each with what opens their pointers.
pub(super) struct Leading<'a>(HashMap<Key16, (u16, &'a str, i64)>);

impl<'a> Leading<'a> {
    pub(super) fn of(keys: impl IntoIterator<Item = &'a MatchKey>) -> Self {
        let each = |key: &'a MatchKey| {
            key.lookups().map(|(epoch, hash)| (hash, (key.rule, key.value.as_str(), epoch)))
        };
        Self(keys.into_iter().flat_map(each).collect())
    }
}

impl Household {
    /// Who is on the list.
    pub(super) fn children(&self) -> BTreeSet<Uuid> {
        self.members.iter().map(|(open, _)| open.row.child_id).collect()
    }
}

impl Directory {
    /// Everybody who may be concerned when this child is shielded.
    pub(super) async fn household(&self, child: &OpenChild) -> Result<Household, ServiceError> {
        let id = child.row.child_id;
        let statements: Vec<Matchable> = child
            .records
            .iter()
            .map(|record| Matchable::of(&self.model, &self.keys.matching, &record.content))
            .collect();
        let moved = self.where_they_were(child).await?;
        let left: Vec<HomeKey> =
            moved.iter().flat_map(|content| HomeKey::all_of(&self.keys.matching, content)).collect();
        let home = statements.iter().flat_map(|statement| &statement.home).chain(&left);
        let shared = home.map(|key: &HomeKey| &key.household);
        let compared = statements.iter().flat_map(|statement| &statement.keys);
        let telling = compared.clone().filter(|key| key.selective);
        let telling: Vec<Key16> = telling.flat_map(MatchKey::hashes).collect();
        let at_home: Vec<Key16> = shared.clone().flat_map(MatchKey::hashes).collect();
        let leading = Leading::of(shared.chain(compared));
        let is_home: HashSet<Key16> = at_home.iter().copied().collect();
        let (home, others): (Vec<Key16>, Vec<Key16>) =
            leading.0.keys().copied().partition(|hash| is_home.contains(hash));
        let mut conn = self.store.reader().await?;
        let mut hits = match_keys::lookup(&mut conn, &home, LONGEST_HOME).await?;
        hits.extend(match_keys::lookup(&mut conn, &others, LONGEST_LIST).await?);
        let mut found = self.children_behind(&leading, &hits);
        found.remove(&id);
        let rests_on: HashSet<&Key16> = at_home.iter().chain(&telling).collect();
        let seen = hits.iter().filter(|hit| rests_on.contains(&hit.key_hash));
        let seen = seen.map(|hit| (hit.key_hash, hit.pointer)).collect();
        // The other side of a seal is nobody's household (law 5).
        let pairs: HashSet<(Uuid, Uuid)> = found.iter().map(|other| (id, *other)).collect();
        let apart = self.barred_pairs(&mut conn, &pairs, |_| None).await?.sealed;
        drop(conn);
        let others: Vec<Uuid> = found.into_iter().filter(|other| !apart.contains(&(id, *other))).collect();
        let opened = self.open_children(&others).await?;
        let ties = self.ties_with(child, (&statements, &moved), &opened).await?;
        let mut members: Vec<(OpenChild, BTreeSet<HouseholdTie>)> = opened
            .into_iter()
            // Of what is held it is decided when it is released; until then nobody is told that it is there (law 5).
            .filter(|open| open.profile.seal != Seal::FormerIdentity && !open.profile.held)
            .filter_map(|open| {
                let ties = ties.get(&open.row.child_id)?.clone();
                Some((open, ties))
            })
            .collect();
        members.sort_by(|(a, of_a), (b, of_b)| {
            (of_a.first(), &a.profile.number).cmp(&(of_b.first(), &b.profile.number))
        });
        let more = members.len().saturating_sub(MOST_OF_A_HOUSEHOLD);
        members.truncate(MOST_OF_A_HOUSEHOLD);
        Ok(Household { members, more, seen, shared: at_home, telling })
    }

    /// What the records of a child that has moved say, with where they said before that it was: whoever stayed there with the
    /// same carer is concerned, and is led to by no key of where the child is now. Their address of before is not shared any
    /// more, and of it the district alone counts.
    async fn where_they_were(&self, child: &OpenChild) -> Result<Vec<Content>, ServiceError> {
        // What a sealed identity's records said before may be the other identity's (law 5).
        if child.profile.seal != Seal::None {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = child.records.iter().map(|record| record.row.record_id).collect();
        let mut conn = self.store.reader().await?;
        let kept = versions::of_records(&mut conn, &ids).await?;
        drop(conn);
        let mut moved = Vec::new();
        for record in &child.records {
            let mut content = record.content.clone();
            // The latest first: no more districts count than those of a record's keys.
            for version in kept.iter().rev().filter(|version| version.record_id == record.row.record_id) {
                let before =
                    Self::open_with(as_it_stood(&record.row, version), record.bundle.clone())?.content;
                let at = before.whereabouts.as_ref().and_then(|whereabouts| whereabouts.address());
                content.previous_addresses.extend(at.cloned());
            }
            if content.previous_addresses.len() > record.content.previous_addresses.len() {
                moved.push(content);
            }
        }
        Ok(moved)
    }

    /// The children to whom rows of the index lead.
    pub(super) fn children_behind(&self, leading: &Leading<'_>, hits: &[KeyHit]) -> BTreeSet<Uuid> {
        let child = |hit: &KeyHit| {
            let (rule, value, epoch) = leading.0.get(&hit.key_hash)?;
            Some(self.keys.matching.follow(*rule, value, *epoch, hit.pointer))
        };
        hits.iter().filter_map(child).collect()
    }

    /// Whether nobody has come to a household since it was read, and nobody has left.
    pub(crate) async fn household_stands(
        &self,
        conn: &mut Conn,
        household: &Household,
    ) -> Result<bool, ServiceError> {
        let mut hits = match_keys::lookup(conn, &household.shared, LONGEST_HOME).await?;
        hits.extend(match_keys::lookup(conn, &household.telling, LONGEST_LIST).await?);
        let now: BTreeSet<(Key16, Key16)> = hits.iter().map(|hit| (hit.key_hash, hit.pointer)).collect();
        Ok(now == household.seen)
    }

    /// What each of these children has to do with the first; nothing of one that only shares a key with it.
    async fn ties_with(
        &self,
        child: &OpenChild,
        (statements, moved): (&[Matchable], &[Content]),
        others: &[OpenChild],
    ) -> Result<BTreeMap<Uuid, BTreeSet<HouseholdTie>>, ServiceError> {
        let says = child.records.iter().map(|record| &record.content).chain(moved);
        let own: HashSet<_> = says.flat_map(household_keys).collect();
        let mut ties: BTreeMap<Uuid, BTreeSet<HouseholdTie>> = BTreeMap::new();
        for other in others {
            let keys = other.records.iter().flat_map(|record| household_keys(&record.content));
            let shared = keys.filter(|key| own.contains(key)).map(|key| match key.tie {
                Tie::Address => HouseholdTie::Address,
                Tie::Carer | Tie::CarerTelephone => HouseholdTie::Carer,
            });
            let shared: BTreeSet<HouseholdTie> = shared.collect();
            if !shared.is_empty() {
                ties.insert(other.row.child_id, shared);
            }
        }
        let sources = self.sources().await?;
        for same in self.maybe_the_same(child, statements, others, &sources) {
            ties.entry(same).or_default().insert(HouseholdTie::MaybeTheSame);
        }
        Ok(ties)
    }

    /// Which of these the matcher would hold beside the child, were one of its records to come in now.
    fn maybe_the_same(
        &self,
        child: &OpenChild,
        statements: &[Matchable],
        others: &[OpenChild],
        sources: &HashMap<Uuid, SourceRow>,
    ) -> BTreeSet<Uuid> {
        let source_rule = |id: Uuid| match sources.get(&id) {
            Some(row) if row.one_record_per_child => SourceRule::OneRecordPerChild,
            _ => SourceRule::Unrestricted,
        };
        let compared: Vec<Vec<Prepared>> = others
            .iter()
            .map(|open| open.records.iter().map(|record| prepared(&self.model, &record.content)).collect())
            .collect();
        let clusters: Vec<ClusterCandidate<'_, Uuid, Uuid>> = others
            .iter()
            .zip(&compared)
            .map(|(open, prepared)| ClusterCandidate {
                cluster: open.row.child_id,
                members: open
                    .records
                    .iter()
                    .zip(prepared)
                    .map(|(record, prepared)| Member { record: prepared, source: record.row.source_id })
                    .collect(),
            })
            .collect();
        let mut same = BTreeSet::new();
        for (record, statement) in child.records.iter().zip(statements) {
            let incoming = Incoming { record: &statement.prepared, source: record.row.source_id };
            let resolution = resolve(&self.model, incoming, &clusters, &|_| true, &source_rule);
            same.extend(resolution.near.iter().map(|near| near.cluster));
        }
        same
    }

    /// A child as the desk sees it: as if it were shielded, whether or not it is. One function decides what that shows (law
    /// 2).
    pub(crate) fn at_desk(&self, child: &OpenChild, sources: &HashMap<Uuid, SourceRow>) -> DeskChild {
        let record = self.compute_record(child, child.profile.clone(), sources, None);
        DeskChild {
            number: child.profile.number.clone(),
            shown: disclose_at_shield_desk(&record, self.today()),
            shielded: child.profile.is_shielded(),
        }
    }
}
