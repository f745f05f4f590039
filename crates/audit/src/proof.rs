//! Proofs for somebody who does not hold the log: that an entry is in it, and that a later checkpoint only adds to
//! an earlier one (RFC 6962, sections 2.1.1 and 2.1.2).

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof as CtConsistency, InclusionProof as CtInclusion, RootHash};
use sha2::Sha256;
use thiserror::Error;

use crate::checkpoint::Checkpoint;
use crate::hash::Hash;

/// Why a proof cannot be made or does not prove.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProofError {
    /// Asked about a place the log does not have.
    #[error("the log has {size} entries; there is no entry or earlier log of {asked}")]
    OutOfRange {
        /// The log's entries.
        size: u64,
        /// What was asked about.
        asked: u64,
    },
    /// It does not prove what it is given for.
    #[error("the proof does not lead to the checkpoint's root")]
    NotProved,
}

/// That one entry is in the log a checkpoint describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    seq: u64,
    path: Vec<u8>,
}

/// That a later log begins with the whole of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    path: Vec<u8>,
}

/// Proves that entry `seq` (from 1) is among `hashes`, the hashes of all entries of the log.
///
/// # Errors
///
/// [`ProofError::OutOfRange`].
pub fn prove_inclusion(hashes: &[Hash], seq: u64) -> Result<InclusionProof, ProofError> {
    let size = hashes.len() as u64;
    let index =
        seq.checked_sub(1).filter(|&index| index < size).and_then(|index| usize::try_from(index).ok());
    let index = index.ok_or(ProofError::OutOfRange { size, asked: seq })?;
    Ok(InclusionProof { seq, path: tree(hashes).prove_inclusion(index).as_bytes().to_vec() })
}

/// Proves that `hashes`, the hashes of all entries of the log, begins with the log of `earlier` entries.
///
/// # Errors
///
/// [`ProofError::OutOfRange`] for none and for more than there are.
pub fn prove_consistency(hashes: &[Hash], earlier: u64) -> Result<ConsistencyProof, ProofError> {
    let size = hashes.len() as u64;
    let out_of_range = ProofError::OutOfRange { size, asked: earlier };
    if earlier == 0 || earlier > size {
        return Err(out_of_range);
    }
    if earlier == size {
        return Ok(ConsistencyProof { path: Vec::new() });
    }
    let added = usize::try_from(size - earlier).map_err(|_| out_of_range)?;
    Ok(ConsistencyProof { path: tree(hashes).prove_consistency(added).as_bytes().to_vec() })
}

impl InclusionProof {
    /// The entry it is about, from 1.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The hashes of the path, one after the other.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// A proof as somebody sent it.
    pub fn from_parts(seq: u64, path: Vec<u8>) -> Self {
        Self { seq, path }
    }

    /// Checks it against a checkpoint whose signature has been checked.
    ///
    /// # Errors
    ///
    /// [`ProofError`].
    pub fn verify(&self, entry: Hash, checkpoint: &Checkpoint) -> Result<(), ProofError> {
        let size = checkpoint.size;
        let out_of_range = ProofError::OutOfRange { size, asked: self.seq };
        let index = self.seq.checked_sub(1).filter(|&index| index < size).ok_or(out_of_range)?;
        let proof =
            CtInclusion::<Sha256>::try_from_bytes(self.path.clone()).map_err(|_| ProofError::NotProved)?;
        root(checkpoint)?.verify_inclusion(&entry, index, &proof).map_err(|_| ProofError::NotProved)
    }
}

impl ConsistencyProof {
    /// The hashes of the path, one after the other.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// A proof as somebody sent it.
    pub fn from_path(path: Vec<u8>) -> Self {
        Self { path }
    }

    /// Checks it against two checkpoints whose signatures have been checked.
    ///
    /// # Errors
    ///
    /// [`ProofError`].
    pub fn verify(&self, earlier: &Checkpoint, later: &Checkpoint) -> Result<(), ProofError> {
        if earlier.size == later.size && self.path.is_empty() {
            let same = earlier.root == later.root && earlier.head == later.head;
            return if same { Ok(()) } else { Err(ProofError::NotProved) };
        }
        if earlier.size == 0 || earlier.size >= later.size {
            return Err(ProofError::OutOfRange { size: later.size, asked: earlier.size });
        }
        let proof =
            CtConsistency::<Sha256>::try_from_bytes(self.path.clone()).map_err(|_| ProofError::NotProved)?;
        root(later)?.verify_consistency(&root(earlier)?, &proof).map_err(|_| ProofError::NotProved)
    }
}

fn tree(hashes: &[Hash]) -> MemoryBackedTree<Sha256, Hash> {
    let mut tree = MemoryBackedTree::new();
    for hash in hashes {
        tree.push(*hash);
    }
    tree
}

/// The library counts nodes in 64 bits, so it takes up to 2^62 leaves and no forged size beyond.
fn root(checkpoint: &Checkpoint) -> Result<RootHash<Sha256>, ProofError> {
    if checkpoint.size > 1 << 62 {
        return Err(ProofError::NotProved);
    }
    Ok(RootHash::new((*checkpoint.root.as_bytes()).into(), checkpoint.size))
}
