//! A legal hold as the journal keeps it (decision 3): enough to do it again on restored data, and on data that lacks the child.

use directory::retention::HoldBasis;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::{Key16, KeyRow};
use uuid::Uuid;

/// What two people decided.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct HoldOrder {
    /// The hold: the act by which it was decided.
    pub(crate) hold: Uuid,
    /// The organisation it belongs to.
    pub(super) organisation: Uuid,
    pub(super) child: Uuid,
    pub(super) basis: HoldBasis,
    pub(super) until: Date,
    pub(super) proposed_by: Option<Uuid>,
    /// The rows by which the matcher meets the child, as hashes and pointers: what a source says of a child whose rows a
    /// restored database lacks waits for the end of the hold all the same.
    keys: Vec<HeldKey>,
}

/// A row of the matching index.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct HeldKey {
    hash: Uuid,
    kind: i64,
    tier: i64,
    epoch: i64,
    pointer: Uuid,
}

impl HoldOrder {
    pub(super) fn new(
        (hold, organisation, proposed_by): (Uuid, Uuid, Option<Uuid>),
        (child, basis, until): (Uuid, HoldBasis, Date),
        keys: &[KeyRow],
    ) -> Self {
        let keys = keys
            .iter()
            .map(|row| HeldKey {
                hash: Uuid::from_bytes(row.key_hash.0),
                kind: row.kind,
                tier: row.tier,
                epoch: row.epoch,
                pointer: Uuid::from_bytes(row.pointer.0),
            })
            .collect();
        Self { hold, organisation, child, basis, until, proposed_by, keys }
    }

    pub(super) fn keys(&self) -> Vec<KeyRow> {
        let row = |key: &HeldKey| KeyRow {
            key_hash: Key16(key.hash.into_bytes()),
            kind: key.kind,
            tier: key.tier,
            epoch: key.epoch,
            pointer: Key16(key.pointer.into_bytes()),
        };
        self.keys.iter().map(row).collect()
    }
}
