//! To which child the next statement of a record belongs, once two people placed the record (decision 12): rows of
//! `placed_record`, which the loader alone asks. A row is found by who knows the source, its own id of the record and the
//! keys, and its pointer opens under nothing else.

use std::collections::HashMap;

use directory::identities::{Mark, Side, marks};
use directory::{ChildProfile, Content, Seal};
use store::placed_records::{self, PlacedRow};
use store::{Conn, Key16};
use uuid::Uuid;

use crate::{Directory, ServiceError};

/// Domains of the barrier's keyed hashes, apart from the pairs' own.
const TOKEN: u16 = 1;
const MARK: u16 = 2;

/// Domain of the second record of a source's id, apart from the ids themselves.
const COUNTERPART: u16 = 1;

/// No blocking rule, and nothing that a household shares, has this number.
pub(super) const POINTER: u16 = 0x3fff;

/// The children a record is placed with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) former: Option<Uuid>,
    pub(crate) current: Option<Uuid>,
}

impl Places {
    pub(crate) fn of(self, side: Side) -> Option<Uuid> {
        match side {
            Side::Former => self.former,
            Side::Current => self.current,
        }
    }

    pub(crate) fn children(self) -> impl Iterator<Item = Uuid> {
        self.former.into_iter().chain(self.current)
    }
}

impl Directory {
    /// The token of a record on one side.
    pub(crate) fn placed_token(&self, source: Uuid, local_key: Key16, side: Side) -> Key16 {
        self.keys.barriers.hash_parts(TOKEN, &[source.as_bytes(), &local_key.0, side.code().as_bytes()])
    }

    /// The row that places a record on one side.
    pub(crate) fn placed_row(&self, source: Uuid, local_key: Key16, side: Side, child: Uuid) -> PlacedRow {
        let token = self.placed_token(source, local_key, side);
        let (_, pointer, epoch) = self.keys.matching.row(POINTER, &hex::encode(token.0), child);
        PlacedRow { token, epoch, pointer }
    }

    /// Where these records of a source are placed; those that nobody placed are missing.
    pub(crate) async fn placed(
        &self,
        conn: &mut Conn,
        source: Uuid,
        local_keys: &[Key16],
    ) -> Result<HashMap<Key16, Places>, ServiceError> {
        let mut asked: HashMap<Key16, (Key16, Side)> = HashMap::new();
        for local_key in local_keys {
            for side in [Side::Former, Side::Current] {
                asked.insert(self.placed_token(source, *local_key, side), (*local_key, side));
            }
        }
        let tokens: Vec<Key16> = asked.keys().copied().collect();
        let mut places: HashMap<Key16, Places> = HashMap::new();
        if tokens.is_empty() {
            return Ok(places);
        }
        for row in placed_records::standing(conn, &tokens).await? {
            let Some((local_key, side)) = asked.get(&row.token) else { continue };
            let child = self.keys.matching.follow(POINTER, &hex::encode(row.token.0), row.epoch, row.pointer);
            let place = places.entry(*local_key).or_default();
            match side {
                Side::Former => place.former = Some(child),
                Side::Current => place.current = Some(child),
            }
        }
        Ok(places)
    }

    /// The key under which the other identity's part of a source's record stands, where the source went on with one record.
    pub(crate) fn counterpart_key(&self, source: Uuid, local_key: Key16) -> Key16 {
        self.keys.local_ids.hash_parts(COUNTERPART, &[source.as_bytes(), &local_key.0])
    }

    /// By what a former identity knows the cut-over of a record.
    pub(crate) fn cut_over_mark(&self, source: Uuid, local_key: Key16) -> u64 {
        first_bytes(self.placed_token(source, local_key, Side::Former))
    }

    pub(crate) fn mark_hash(&self, mark: &Mark) -> u64 {
        first_bytes(self.keys.barriers.hash_parts(MARK, &[mark.text().as_bytes()]))
    }

    /// Whether a mark belongs to the other of two sealed identities.
    pub(crate) fn is_foreign(&self, profile: &ChildProfile, mark: &Mark) -> bool {
        !profile.foreign.is_empty() && profile.foreign.contains(&self.mark_hash(mark))
    }

    /// Whether a statement says something that belongs to the other of two sealed identities (law 5).
    pub(crate) fn says_foreign(&self, profile: &ChildProfile, content: &Content) -> bool {
        profile.seal != Seal::None
            && !profile.foreign.is_empty()
            && marks(content).iter().any(|mark| self.is_foreign(profile, mark))
    }
}

fn first_bytes(hash: Key16) -> u64 {
    hash.0.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
