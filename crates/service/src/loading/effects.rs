//! What a scored group will change, for the group behind it: that one is scored while this one is still being written.

use std::collections::{BTreeSet, HashMap, HashSet};

use linkage::Prepared;
use store::Key16;
use uuid::Uuid;

/// The rows of one group as the next one has to see them, whether or not they can be read yet.
#[derive(Default)]
pub(super) struct Effects {
    /// Every record of the group. The form below replaces what is read of them.
    pub(super) records: HashSet<Uuid>,
    /// The group's records of each child, in the form that is compared.
    pub(super) members: HashMap<Uuid, Vec<Prepared>>,
    /// The children that each key of the group leads to.
    pub(super) behind: HashMap<Key16, BTreeSet<Uuid>>,
    /// Children opened as held: they stay unreadable until the protected desk has looked.
    pub(super) held: BTreeSet<Uuid>,
    /// Rows of the matching index that are written.
    written: HashMap<Key16, BTreeSet<Key16>>,
    /// Rows of it that go; a row that also is written stays.
    gone: HashSet<(Key16, Key16)>,
}

impl Effects {
    /// Notes one record of the group and what it writes to the matching index.
    pub(super) fn note(
        &mut self,
        child: Uuid,
        record: Uuid,
        prepared: Prepared,
        written: impl IntoIterator<Item = (Key16, Key16)>,
        gone: impl IntoIterator<Item = (Key16, Key16)>,
    ) {
        self.records.insert(record);
        self.members.entry(child).or_default().push(prepared);
        for (key, pointer) in written {
            self.behind.entry(key).or_default().insert(child);
            self.written.entry(key).or_default().insert(pointer);
        }
        self.gone.extend(gone);
    }

    /// Whether this row of the matching index will not be there.
    pub(super) fn removes(&self, key: Key16, pointer: Key16) -> bool {
        self.gone.contains(&(key, pointer))
            && !self.written.get(&key).is_some_and(|rows| rows.contains(&pointer))
    }

    /// The rows that will be added behind a key.
    pub(super) fn adds(&self, key: Key16) -> impl Iterator<Item = Key16> {
        self.written.get(&key).into_iter().flatten().copied()
    }
}
