//! What a verification finds wrong, and where.

use std::fmt;

use thiserror::Error;
use uuid::Uuid;

use crate::checkpoint::CheckpointError;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FaultKind {
    /// The line is not one of an export.
    #[error("unreadable: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
    /// The entry's number, header or body does not give its recorded hash after its predecessor.
    #[error("changed: its content, or its predecessor's hash, does not give its recorded hash")]
    Changed,
    /// The entry is not in the export, though later ones or a checkpoint over it are.
    #[error("missing: later entries or a checkpoint are there, this one is not")]
    Missing,
    /// The entry stands after later ones.
    #[error("reordered: it stands on line {found_on}, after entries or a checkpoint that come later")]
    Reordered {
        /// The line it was found on.
        found_on: u64,
    },
    /// An entry of this number came before.
    #[error("repeated: an entry of this number came before")]
    Repeated,
    /// The export ends here, but a witness has seen more.
    #[error("truncated: the export ends before it, but the witness has seen {witnessed} entries")]
    Truncated {
        /// The entries of the last witnessed checkpoint.
        witnessed: u64,
    },
    /// A checkpoint signed with a trusted key describes other entries.
    #[error("changed: the signed checkpoint of {size} entries describes others")]
    CheckpointMismatch {
        /// The checkpoint's size.
        size: u64,
    },
    /// The witness saw other entries: they were rewritten afterwards, by whomever the signing key obeyed.
    #[error("rewritten: the witness holds another checkpoint of {size} entries")]
    WitnessMismatch {
        /// The checkpoint's size.
        size: u64,
    },
    /// A checkpoint stands after an entry it does not cover.
    #[error("reordered: the checkpoint of {size} entries stands behind a later entry")]
    CheckpointOutOfPlace {
        /// The checkpoint's size.
        size: u64,
    },
    /// A checkpoint that is not to be believed: unknown key or bad signature.
    #[error("the checkpoint is not to be believed: {0}")]
    Untrusted(CheckpointError),
    /// A checkpoint of another log, or an export of another log than the witness's.
    #[error("another log: it is of {found}, not of {expected}")]
    WrongOrigin {
        /// The log verified.
        expected: String,
        /// The log found.
        found: String,
    },
}

/// The first bad place of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The export's line, from 1; one past the last for what is missing at the end.
    pub line: u64,
    /// The first bad entry, or the first that can no longer be vouched for.
    pub seq: u64,
    /// The last entry the fault may lie in; equal to `seq` where the place is certain.
    pub last_seq: u64,
    /// The id of entry `seq`, where it could be read.
    pub entry_id: Option<Uuid>,
    /// What is wrong.
    pub kind: FaultKind,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, entry {}", self.line, self.seq)?;
        if let Some(id) = self.entry_id {
            write!(f, " ({id})")?;
        }
        if self.last_seq > self.seq {
            write!(f, " or one after it up to {}", self.last_seq)?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl std::error::Error for Fault {}
