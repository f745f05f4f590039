//! The sequencer: gives entries their places in the chain and signs checkpoints over it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use thiserror::Error;

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, canonical_number};
use crate::frontier::Frontier;
use crate::hash::{Hash, body_hash, entry_hash};
use crate::key::Signer;

const STATE_PREFIX: &str = "contactpoint-audit-state-1";

/// Why a sequencer cannot go on from a stored state.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StateError {
    /// Not a state.
    #[error(
        "the stored state of the audit sequencer is not well formed; begin again from the first entry of audit_chain"
    )]
    Malformed,
    /// A state, but not the one the checkpoint beside it was made from.
    #[error(
        "the stored state of the audit sequencer does not give its checkpoint of size {size}; begin again from the first entry of audit_chain and verify the trail"
    )]
    NotOfCheckpoint {
        /// The checkpoint's size.
        size: u64,
    },
    /// An entry to go on with that is not the next one.
    #[error("the audit chain goes on with entry {found} where {expected} belongs; verify the trail")]
    NotNext {
        /// The number that should come next.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The checkpoint is not one.
    #[error("a stored audit checkpoint cannot be read: {0}")]
    Checkpoint(#[from] CheckpointError),
}

/// An entry's place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chained {
    /// Its number, from 1 without gaps.
    pub seq: u64,
    /// Its hash: `audit_chain.chain_hash`.
    pub hash: Hash,
}

/// The state of the chain: its length, its head and the right edge of the Merkle tree (at most 64 hashes), so that
/// it goes on without reading the log again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequencer {
    head: Hash,
    frontier: Frontier,
}

impl Default for Sequencer {
    fn default() -> Self {
        Self::new()
    }
}

impl Sequencer {
    /// The sequencer of an empty log.
    pub fn new() -> Self {
        Self { head: Hash::ZERO, frontier: Frontier::default() }
    }

    /// How many entries it has chained.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The hash of the last entry; [`Hash::ZERO`] when there is none.
    pub fn head(&self) -> Hash {
        self.head
    }

    /// The Merkle root over all entry hashes.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Chains the next entry: its header exactly as stored, and its sealed body.
    pub fn append(&mut self, header: &str, body: &[u8]) -> Chained {
        let hash = self.next_hash(header, body_hash(body));
        self.push(hash)
    }

    /// Goes on over an entry that is in the chain already: after a restart, the entries behind the last stored
    /// state, in order.
    ///
    /// # Errors
    ///
    /// [`StateError::NotNext`].
    pub fn replay(&mut self, seq: u64, hash: Hash) -> Result<(), StateError> {
        let expected = self.size() + 1;
        if seq != expected {
            return Err(StateError::NotNext { expected, found: seq });
        }
        self.push(hash);
        Ok(())
    }

    /// Signs what the log is now.
    pub fn checkpoint(&self, signer: &Signer, at: Timestamp) -> StoredCheckpoint {
        // A checkpoint says microseconds; what is kept must be what its text says.
        let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
        let checkpoint = Checkpoint {
            origin: signer.origin().clone(),
            size: self.size(),
            head: self.head,
            root: self.root(),
            at,
            key: signer.public_key().id(),
        };
        StoredCheckpoint { signed: SignedCheckpoint::sign(checkpoint, signer), state: self.clone() }
    }

    /// The state as one line of text.
    pub fn to_text(&self) -> String {
        let peaks: Vec<u8> = self.frontier.peaks().iter().flat_map(|hash| *hash.as_bytes()).collect();
        format!("{STATE_PREFIX}:{}:{}:{}", self.size(), self.head, STANDARD.encode(peaks))
    }

    /// Reads what [`Sequencer::to_text`] wrote.
    ///
    /// # Errors
    ///
    /// [`StateError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, StateError> {
        Self::parse_state(text).ok_or(StateError::Malformed)
    }

    fn parse_state(text: &str) -> Option<Self> {
        let mut fields = text.split(':');
        if fields.next() != Some(STATE_PREFIX) {
            return None;
        }
        let size = canonical_number(fields.next()?)?;
        let head = Hash::parse(fields.next()?)?;
        let peaks = STANDARD.decode(fields.next()?).ok()?;
        if fields.next().is_some() || peaks.len() % 32 != 0 {
            return None;
        }
        let peaks = peaks.chunks_exact(32).map(Hash::from_slice).collect::<Option<Vec<_>>>()?;
        Some(Self { head, frontier: Frontier::from_parts(size, peaks)? })
    }

    pub(crate) fn next_hash(&self, header: &str, body: Hash) -> Hash {
        entry_hash(self.size() + 1, self.head, header.as_bytes(), body)
    }

    pub(crate) fn push(&mut self, hash: Hash) -> Chained {
        self.frontier.push(hash);
        self.head = hash;
        Chained { seq: self.size(), hash }
    }
}

/// A checkpoint together with the state it was made from: one row of `audit_checkpoint`, from which the sequencer
/// goes on after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCheckpoint {
    signed: SignedCheckpoint,
    state: Sequencer,
}

impl StoredCheckpoint {
    /// The checkpoint: for exports and the witness.
    pub fn signed(&self) -> &SignedCheckpoint {
        &self.signed
    }

    /// The state: for going on.
    pub fn into_sequencer(self) -> Sequencer {
        self.state
    }

    /// The row's text: the signed lines, then the state's line.
    pub fn row_body(&self) -> String {
        format!("{}{}\n", self.signed.body(), self.state.to_text())
    }

    /// The row's signature.
    pub fn row_signature(&self) -> &[u8; 64] {
        self.signed.signature()
    }

    /// Reads a row, and checks that the state gives the checkpoint.
    ///
    /// # Errors
    ///
    /// [`StateError`]: the text, the state, or the two not fitting each other. The signature is not checked.
    pub fn from_row(body: &str, signature: &[u8]) -> Result<Self, StateError> {
        let checkpoint = without_state(body);
        let state =
            body.get(checkpoint.len()..).filter(|rest| !rest.is_empty()).ok_or(StateError::Malformed)?;
        let signed = SignedCheckpoint::from_parts(checkpoint, signature)?;
        let state = Sequencer::parse(state.strip_suffix('\n').unwrap_or(state))?;
        if signed.checkpoint().agrees_with(state.size(), state.head(), state.root()) {
            Ok(Self { signed, state })
        } else {
            Err(StateError::NotOfCheckpoint { size: signed.checkpoint().size })
        }
    }
}

/// The signed lines of a checkpoint's row; all of it where the state's line is missing.
pub(crate) fn without_state(row_body: &str) -> &str {
    row_body.rfind(STATE_PREFIX).and_then(|at| row_body.get(..at)).unwrap_or(row_body)
}
