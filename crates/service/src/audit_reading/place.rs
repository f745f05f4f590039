//! Checking one entry's place in the chain: from the link before it, over its own hash, to the next signed checkpoint.

use audit::{Hash, SignedCheckpoint, StoredCheckpoint, TrustedKeys, body_hash, entry_hash};
use jiff::Timestamp;
use store::Conn;
use store::audit::{self as trail, ChainedEntryRow, EntryRow};

use crate::{Directory, ServiceError};

/// An entry's place in the chain, as it was checked when the entry was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Durable, but not yet chained: the sequencer takes it within a second or so.
    Waiting,
    /// Its hash follows from the entry before it, and leads to a checkpoint that this service signed.
    Proved {
        /// Its number.
        seq: u64,
        /// How many entries the checkpoint speaks of.
        signed_size: u64,
        /// When it was signed.
        signed_at: Timestamp,
    },
    /// The chain is broken here: what stands in the database is not what was chained and signed.
    Broken {
        /// Its number, when it has one.
        seq: u64,
    },
}

/// The sequencer signs after every batch, so the next checkpoint is never further than this.
const FURTHEST_CHECKPOINT: i64 = 4_096;

impl Directory {
    pub(crate) async fn place_in_chain(
        &self,
        conn: &mut Conn,
        row: &EntryRow,
    ) -> Result<Place, ServiceError> {
        let Some(link) = trail::place_of(conn, row.entry_id).await? else { return Ok(Place::Waiting) };
        let seq = u64::try_from(link.seq).unwrap_or_default();
        let broken = Ok(Place::Broken { seq });
        let before = match trail::link_at(conn, link.seq - 1).await? {
            Some(before) => Hash::from_slice(&before.chain_hash),
            None if link.seq == 1 => Some(Hash::ZERO),
            None => None,
        };
        let Some(before) = before else { return broken };
        let Some(checkpoint) = trail::checkpoints(conn, link.seq - 1, 1).await?.pop() else {
            return broken;
        };
        let steps = checkpoint.seq - link.seq + 1;
        if steps > FURTHEST_CHECKPOINT {
            return broken;
        }
        let chained = trail::chained(conn, link.seq - 1, steps).await?;
        let Some(head) = head_after(before, &chained) else { return broken };
        let Ok(signed) = StoredCheckpoint::from_row(&checkpoint.body, &checkpoint.signature) else {
            return broken;
        };
        let signed: &SignedCheckpoint = signed.signed();
        let keys = TrustedKeys::new([self.audit_public_key()?]);
        let said = signed.checkpoint();
        let holds = signed.verify(&keys).is_ok()
            && said.origin == self.log
            && said.head == head
            && i64::try_from(said.size) == Ok(checkpoint.seq)
            && chained.first().is_some_and(|first| first.entry == *row)
            && chained.len() as i64 == steps;
        if holds { Ok(Place::Proved { seq, signed_size: said.size, signed_at: said.at }) } else { broken }
    }
}

/// The chain's hash after these entries, each computed anew; none when one is not what was chained.
fn head_after(before: Hash, chained: &[ChainedEntryRow]) -> Option<Hash> {
    chained.iter().try_fold(before, |previous, row| {
        let seq = u64::try_from(row.seq).ok()?;
        let hash = entry_hash(seq, previous, row.entry.header.as_bytes(), body_hash(&row.entry.body));
        (Hash::from_slice(&row.chain_hash) == Some(hash)).then_some(hash)
    })
}
