//! Which values come twice, in bounded memory: a hash and the row, twelve bytes each.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// Hashes kept; about 140 MB. Above it a fixed share of the values is looked at and the rest estimated.
const MOST: usize = 12_000_000;

/// A hash in two halves and the row's number in the order of reading.
type Key = (u32, u32, u32);

/// The hash of a text; the same in every run.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Whether a value belongs to the share that is looked at: one in two to the power of `shift`. By the value, so that all rows
/// of one value are in or out together.
pub(crate) fn is_in(hash: u64, shift: u8) -> bool {
    hash.trailing_zeros() >= u32::from(shift)
}

/// Of how many values one is looked at.
pub(crate) fn one_in(shift: u8) -> u64 {
    1_u64.checked_shl(u32::from(shift)).unwrap_or(u64::MAX)
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Keys {
    shift: u8,
    keys: Vec<Key>,
}

impl Keys {
    /// Without values, for the same share of them.
    pub(crate) fn blank(&self) -> Self {
        Self { shift: self.shift, keys: Vec::new() }
    }

    pub(crate) fn push(&mut self, value: &str, ordinal: u32) {
        let hash = hash(value);
        if is_in(hash, self.shift) {
            self.keys.push(((hash >> 32) as u32, hash as u32, ordinal));
        }
        self.settle();
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.shift = self.shift.max(other.shift);
        self.keys.extend(other.keys);
        if self.shift > 0 {
            self.narrow();
        }
        self.settle();
    }

    fn settle(&mut self) {
        while self.keys.len() > MOST {
            self.shift += 1;
            self.narrow();
        }
    }

    fn narrow(&mut self) {
        let shift = self.shift;
        self.keys.retain(|(high, low, _)| is_in(u64::from(*high) << 32 | u64::from(*low), shift));
    }

    /// The rows whose value an earlier row has, in no order, and by what their number is to be multiplied to tell of all.
    pub(crate) fn repeats(mut self) -> (Vec<u32>, u64) {
        rayon::slice::ParallelSliceMut::par_sort_unstable(self.keys.as_mut_slice());
        let pairs = self.keys.iter().zip(self.keys.iter().skip(1));
        let repeated = pairs.filter(|(a, b)| (a.0, a.1) == (b.0, b.1)).map(|(_, later)| later.2).collect();
        (repeated, one_in(self.shift))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_comes_three_times_is_repeated_twice_and_the_first_row_is_not_to_blame() {
        let mut keys = Keys::default();
        for (ordinal, value) in (1..).zip(["A", "B", "A", "C", "A"]) {
            keys.push(value, ordinal);
        }
        assert_eq!(keys.repeats(), (vec![3, 5], 1));
    }
}
