//! The audit trail that proves itself (law 11): events, chain, Merkle root, signed checkpoints, offline verification.
//!
//! An entry is a clear [`Header`] and a sealed body (the ciphertext of a [`Detail`], opaque here). The
//! [`Sequencer`] chains entries in order and signs [`Checkpoint`]s over the chain's head and the Merkle root of all
//! entries. Checkpoints are handed to a [`Witness`] outside the system. An export is lines of text
//! ([`export`]), and the [`Verifier`] reads it line by line in constant memory and names the first bad entry.
//!
//! What the chain hashes is the ciphertext of the body, so that verification still works after the key of a month
//! has been destroyed. `docs/audit.md` tells an auditor what is proved and what is not.
//!
//! Pure: no input or output, no clock, no chance.

mod checkpoint;
mod detail;
mod event;
pub mod export;
mod fault;
mod frontier;
mod hash;
mod key;
mod proof;
mod sequencer;
mod verify;
mod witness;

pub use checkpoint::{Checkpoint, CheckpointError, Origin, SignedCheckpoint};
pub use detail::{
    AccountChangeDetail, ChangeDetail, Criterion, Detail, DetailError, DisclosureDetail, ExportDetail,
    LoadDetail, ReasonDetail, SearchDetail, SignInDetail,
};
pub use event::{Action, Handle, Header, HeaderError};
pub use fault::{Fault, FaultKind};
pub use hash::{Hash, body_hash, entry_hash};
pub use key::{KeyError, KeyId, PublicKey, Signer, TrustedKeys};
pub use proof::{ConsistencyProof, InclusionProof, ProofError, prove_consistency, prove_inclusion};
pub use sequencer::{Chained, Sequencer, StateError, StoredCheckpoint};
pub use verify::{Report, Verifier};
pub use witness::{Witness, WitnessError};
