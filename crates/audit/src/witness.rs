//! The witness's file: checkpoints, oldest first, only ever added to.
//!
//! It is plain text: the whole text of each checkpoint, empty lines between them, and lines that begin with # for
//! the witness's own notes.

use thiserror::Error;

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::key::TrustedKeys;
use crate::proof::{ConsistencyProof, ProofError};

/// Why a witness does not take a checkpoint.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum WitnessError {
    /// The file or the checkpoint cannot be read or believed.
    #[error("the checkpoint that begins on line {line}: {reason}")]
    Checkpoint {
        /// The line of the file, from 1.
        line: usize,
        /// What is wrong.
        reason: CheckpointError,
    },
    /// It is of another log.
    #[error(
        "the checkpoint that begins on line {line} is of the log {found}, not of {expected}; keep one file a log"
    )]
    WrongOrigin {
        /// The line of the file, from 1.
        line: usize,
        /// The file's log.
        expected: String,
        /// The checkpoint's log.
        found: String,
    },
    /// The log has become shorter.
    #[error(
        "the checkpoint that begins on line {line} has {found} entries after one of {last}: an older one was added late, or the log was cut; keep both and ask the operator"
    )]
    Shrunk {
        /// The line of the file, from 1.
        line: usize,
        /// The entries of the last checkpoint.
        last: u64,
        /// The entries of this one.
        found: u64,
    },
    /// Two signed checkpoints of one size differ: the log was rewritten. The two together prove it.
    #[error(
        "the checkpoint that begins on line {line} contradicts an earlier one of the same {size} entries: the log was rewritten; keep both, they are the proof"
    )]
    Contradiction {
        /// The line of the file, from 1.
        line: usize,
        /// The entries of both.
        size: u64,
    },
    /// The proof that came with it does not show that it only adds to the last.
    #[error("the new checkpoint is not shown to add to the last: {0}; keep both and ask the operator")]
    NotConsistent(ProofError),
}

/// The checkpoints a witness has taken, each believed and none contradicting another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witness {
    checkpoints: Vec<SignedCheckpoint>,
    lines: usize,
}

impl Witness {
    /// A witness who has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a witness's file and checks every signature and that the checkpoints only ever grow.
    ///
    /// # Errors
    ///
    /// The first checkpoint that cannot be taken, with its line.
    pub fn parse(text: &str, keys: &TrustedKeys) -> Result<Self, WitnessError> {
        let mut witness = Self::new();
        let mut block = String::new();
        let mut begun = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                witness.take_block(&mut block, begun, keys)?;
                continue;
            }
            if block.is_empty() {
                begun = index + 1;
            }
            block.push_str(line);
        }
        witness.take_block(&mut block, begun, keys)?;
        witness.lines = text.split_inclusive('\n').count();
        Ok(witness)
    }

    fn take_block(
        &mut self,
        block: &mut String,
        line: usize,
        keys: &TrustedKeys,
    ) -> Result<(), WitnessError> {
        if block.is_empty() {
            return Ok(());
        }
        let signed =
            SignedCheckpoint::parse(block).map_err(|reason| WitnessError::Checkpoint { line, reason })?;
        block.clear();
        self.take(signed, line, keys)
    }

    fn take(
        &mut self,
        signed: SignedCheckpoint,
        line: usize,
        keys: &TrustedKeys,
    ) -> Result<(), WitnessError> {
        signed.verify(keys).map_err(|reason| WitnessError::Checkpoint { line, reason })?;
        let new = signed.checkpoint();
        if let Some(last) = self.last().map(SignedCheckpoint::checkpoint) {
            if last.origin != new.origin {
                let (expected, found) = (last.origin.to_string(), new.origin.to_string());
                return Err(WitnessError::WrongOrigin { line, expected, found });
            }
            if new.size < last.size {
                return Err(WitnessError::Shrunk { line, last: last.size, found: new.size });
            }
            if new.size == last.size && !new.agrees_with(last.size, last.head, last.root) {
                return Err(WitnessError::Contradiction { line, size: new.size });
            }
        }
        self.checkpoints.push(signed);
        Ok(())
    }

    /// Takes a new checkpoint and returns the text to add to the end of the file.
    ///
    /// # Errors
    ///
    /// It cannot be believed, is of another log, or does not come after the last; it is then not taken.
    pub fn append(&mut self, signed: SignedCheckpoint, keys: &TrustedKeys) -> Result<String, WitnessError> {
        let text = format!("{}\n", signed.to_text());
        self.take(signed, self.lines + 1, keys)?;
        self.lines += text.lines().count();
        Ok(text)
    }

    /// As [`Witness::append`], and only with proof that it adds to the last one taken.
    ///
    /// # Errors
    ///
    /// As [`Witness::append`], or [`WitnessError::NotConsistent`].
    pub fn append_proved(
        &mut self,
        signed: SignedCheckpoint,
        proof: &ConsistencyProof,
        keys: &TrustedKeys,
    ) -> Result<String, WitnessError> {
        if let Some(last) = self.last().filter(|last| last.checkpoint().size > 0) {
            signed
                .verify(keys)
                .map_err(|reason| WitnessError::Checkpoint { line: self.lines + 1, reason })?;
            proof.verify(last.checkpoint(), signed.checkpoint()).map_err(WitnessError::NotConsistent)?;
        }
        self.append(signed, keys)
    }

    /// The checkpoints, oldest first.
    pub fn checkpoints(&self) -> &[SignedCheckpoint] {
        &self.checkpoints
    }

    /// The newest checkpoint.
    pub fn last(&self) -> Option<&SignedCheckpoint> {
        self.checkpoints.last()
    }
}
