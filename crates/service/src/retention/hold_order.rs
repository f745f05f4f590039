//! A legal hold as the journal keeps it (decision 3): enough to do it again on restored data, and on data that lacks the child.

use directory::AuthorityCode;
use directory::child_profile::{ChildProfile, Participation};
use directory::retention::HoldBasis;
use directory::shield::{Barred, Shield};
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
    /// The rows by which the matcher meets the child, and of a shielded one those that protect its home, as hashes and pointers:
    /// what a source says of a child whose rows a restored database lacks waits for the end of the hold all the same.
    keys: Vec<HeldKey>,
    /// Nothing in an order of an earlier version.
    #[serde(default)]
    pub(super) decided: Option<DecidedBefore>,
}

impl HoldOrder {
    pub(crate) const fn child(&self) -> Uuid {
        self.child
    }
}

/// What had been decided about a child when its keys were taken. Data of before that, restored, lacks it, and as long as the hold
/// lasts nobody can open the profile to bring it in line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DecidedBefore {
    shields: Vec<Shield>,
    authority: Option<AuthorityCode>,
    participation: Option<Participation>,
}

impl DecidedBefore {
    pub(super) fn of(profile: &ChildProfile) -> Self {
        let ChildProfile { shields, authority, participation, .. } = profile.clone();
        Self { shields, authority, participation }
    }

    pub(super) fn in_force(&self) -> impl Iterator<Item = &Shield> {
        self.shields.iter().filter(|shield| shield.in_force())
    }

    /// Whom these shields bar.
    pub(super) fn barred(&self) -> Vec<Barred> {
        let lists = self.in_force().map(|shield| &shield.grounds().barred);
        lists.filter(|barred| !barred.is_empty()).cloned().collect()
    }

    /// A profile that has all of it.
    pub(super) fn onto(&self, mut profile: ChildProfile) -> ChildProfile {
        for shield in &self.shields {
            match profile.shields.iter_mut().find(|known| known.is_the_same_as(shield)) {
                Some(known) => *known = shield.clone(),
                None => profile.shields.push(shield.clone()),
            }
        }
        let authority = self.authority.clone().or(profile.authority);
        let participation = self.participation.or(profile.participation);
        ChildProfile { authority, participation, ..profile }
    }
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
        decided: DecidedBefore,
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
        Self { hold, organisation, child, basis, until, proposed_by, keys, decided: Some(decided) }
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
