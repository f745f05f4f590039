//! What a scored group will change, for the group behind it: that one is scored while this one is still being written.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use linkage::Prepared;
use store::Key16;
use uuid::Uuid;

use super::write::Writes;
use crate::indexing::{RowId, row_id};
use crate::records::OpenRecord;

/// The rows of one group as the next one has to see them, whether or not they can be read yet.
#[derive(Default)]
pub(super) struct Effects {
    /// Every record of the group, with its child and what it is from then on. The form below replaces what is read of them.
    pub(super) records: HashMap<Uuid, Left>,
    /// The group's records of each child, in the form that is compared.
    pub(super) members: HashMap<Uuid, Vec<Prepared>>,
    /// The children that each key of the group leads to.
    pub(super) behind: HashMap<Key16, BTreeSet<Uuid>>,
    /// Children opened as held: they stay unreadable until the protected desk has looked.
    pub(super) held: BTreeSet<Uuid>,
    /// Rows of the matching index that are written, and for which records.
    pub(super) matching: BTreeMap<RowId, Vec<Uuid>>,
    /// Rows of the search index that are written, and for which records.
    pub(super) searching: BTreeMap<RowId, Vec<Uuid>>,
    /// Children that were looked at as a whole, with their records as they will be.
    pub(super) wholes: HashMap<Uuid, Vec<OpenRecord>>,
    /// What sealed identities begin to say.
    pub(super) words: Vec<Key16>,
    /// Rows of the matching index that go; a row that also is written stays.
    gone: HashSet<RowId>,
}

/// How a group leaves a record.
pub(super) struct Left {
    pub(super) child: Uuid,
    pub(super) version: i64,
    /// Whether it counts: one that is withheld does not.
    pub(super) live: bool,
}

impl Effects {
    /// Notes one record of the group and what it writes.
    pub(super) fn note(&mut self, record: Uuid, left: Left, prepared: Prepared, writes: &Writes) {
        let child = left.child;
        self.records.insert(record, left);
        self.members.entry(child).or_default().push(prepared);
        for row in &writes.match_keys {
            self.behind.entry(row.key_hash).or_default().insert(child);
            self.matching.entry(row_id(row)).or_default().push(record);
        }
        for row in &writes.search_keys {
            self.searching.entry(row_id(row)).or_default().push(record);
        }
        self.gone.extend(writes.match_keys_gone.iter().copied());
    }

    /// Takes in what a group behind it will change: a rehearsal writes nothing, and each of its groups has to see all before it.
    pub(super) fn absorb(&mut self, later: Self) {
        let mut later = later;
        for (record, left) in later.records.drain() {
            self.records.insert(record, left);
        }
        for (child, prepared) in later.members.drain() {
            self.members.entry(child).or_default().extend(prepared);
        }
        for (key, children) in later.behind.drain() {
            self.behind.entry(key).or_default().extend(children);
        }
        self.held.append(&mut later.held);
        for (row, records) in later.matching {
            self.matching.entry(row).or_default().extend(records);
        }
        for (row, records) in later.searching {
            self.searching.entry(row).or_default().extend(records);
        }
        self.gone.extend(later.gone);
    }

    /// Whether this row of the matching index will not be there.
    pub(super) fn removes(&self, key: Key16, pointer: Key16) -> bool {
        self.gone.contains(&(key, pointer)) && !self.matching.contains_key(&(key, pointer))
    }

    /// The rows that will be added behind a key.
    pub(super) fn adds(&self, key: Key16) -> impl Iterator<Item = Key16> {
        self.matching.range((key, Key16::MIN)..=(key, Key16::MAX)).map(|((_, pointer), _)| *pointer)
    }
}
