//! The compact form of an append-only Merkle tree (RFC 6962): the roots of its full subtrees, at most 64 hashes,
//! from which the root follows and to which leaves can be added without the tree.

use crate::hash::Hash;

/// The right edge of the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: u64,
    /// Roots of full subtrees, the largest (leftmost) first: one for each bit set in `size`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// `None` unless there is one peak for each bit set in `size`.
    pub(crate) fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (u64::from(size.count_ones()) == peaks.len() as u64).then_some(Self { size, peaks })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut node = Hash::of(&[&[0x00], leaf.as_ref()]);
        // Each trailing one of the size is a full subtree that the new one completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = parent(left, node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
    }

    pub(crate) fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        match peaks.next() {
            Some(last) => peaks.fold(last, |right, left| parent(left, right)),
            None => Hash::of(&[]),
        }
    }
}

fn parent(left: Hash, right: Hash) -> Hash {
    Hash::of(&[&[0x01], left.as_ref(), right.as_ref()])
}
