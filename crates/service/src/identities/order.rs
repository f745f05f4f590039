//! What two people decided, in the form in which it is carried out and kept in the journal (decision 3): enough to do it again
//! on data that knows nothing of it.

use directory::ChildNumber;
use directory::identities::CutOver;
use serde::{Deserialize, Serialize};
use store::Key16;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::journal::JournalEntry;
use crate::{Directory, ServiceError};

/// A seal, as it is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealOrder {
    /// The child that stays with the former identity.
    pub(crate) former: Uuid,
    /// The child of the identity that goes on.
    pub(crate) current: Uuid,
    /// Its number. Entries of an earlier version have none.
    #[serde(default)]
    pub(crate) number: Option<ChildNumber>,
    /// Every record that was named.
    #[serde(default)]
    pub(crate) placed: Vec<PlacedRecord>,
    /// Keyed hashes of what tells the current identity alone: foreign to the former one.
    #[serde(default)]
    pub(crate) foreign_to_former: Vec<u64>,
    /// Keyed hashes of what tells the former identity alone: foreign to the current one.
    #[serde(default)]
    pub(crate) foreign_to_current: Vec<u64>,
    /// The random number of the pair, by which the words that either side gains are kept apart. Entries of an earlier version
    /// have none.
    #[serde(default)]
    pub(crate) pair: Option<Uuid>,
    /// The organisation at whose desk it was decided, where the shields of the present identity are reviewed from then on.
    /// Entries of an earlier version have none.
    #[serde(default)]
    pub(crate) desk: Option<Uuid>,
    /// The proposal that was agreed to. Where the data says that it was declined, somebody was quicker than who agreed, and who
    /// agreed did not live to write that. Entries of an earlier version have none.
    #[serde(default)]
    pub(crate) proposal: Option<Uuid>,
}

/// A record that was named, as its source names it: its row may be gone in a restored database, and comes again under another
/// id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlacedRecord {
    pub(crate) source: Uuid,
    /// The keyed hash of the source's own id.
    local: Uuid,
    pub(crate) cut: CutOver,
}

impl PlacedRecord {
    pub(crate) fn new(source: Uuid, local_key: Key16, cut: CutOver) -> Self {
        Self { source, local: Uuid::from_bytes(local_key.0), cut }
    }

    pub(crate) fn local_key(&self) -> Key16 {
        Key16(self.local.into_bytes())
    }
}

impl Directory {
    /// Writes an order to the journal. It names both identities, so it is sealed under the barrier's key before it is sealed
    /// under the journal's: neither a backup of the key store nor the key file alone says which two are one.
    pub(super) async fn journal_seal(&self, order: &SealOrder) -> Result<(), ServiceError> {
        let plain = Zeroizing::new(serde_json::to_vec(order).map_err(ServiceError::internal)?);
        let sealed = self.keys.seal_of_both(&plain, &mut self.world.chance.generator())?;
        self.journal(&JournalEntry::SealKept { order: hex::encode(sealed) }).await?;
        Ok(())
    }

    /// Reads such an order back.
    pub(crate) fn seal_order(&self, kept: &str) -> Result<SealOrder, ServiceError> {
        let sealed = hex::decode(kept).map_err(ServiceError::internal)?;
        let plain = self.keys.open_of_both(&sealed)?;
        serde_json::from_slice(&plain).map_err(ServiceError::internal)
    }
}
