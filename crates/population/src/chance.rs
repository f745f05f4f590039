//! All chance: ChaCha8 from the seed, a stream of its own for each family, record and purpose, and integer
//! arithmetic only, so that one choice more in one place changes nothing elsewhere and every machine agrees.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream of chance is for.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(crate) enum Purpose {
    /// The streets of one area.
    Streets = 1,
    /// The schools, practices and teams of one area.
    Services = 2,
    /// One family.
    Family = 3,
    /// Which sources know one child.
    Coverage = 4,
    /// One record; the source is added to the index.
    Record = 5,
    /// The order of one source's rows.
    Order = 6,
    /// Which children died, and when.
    Deaths = 7,
    /// Who joined, moved or left between the terms.
    Terms = 8,
    /// What happens in the half year after.
    HalfYear = 9,
}

/// A stream of chance.
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64, purpose: Purpose, index: u64) -> Chance {
        let mut key = [0_u8; 32];
        let (seed_part, rest) = key.split_at_mut(8);
        seed_part.copy_from_slice(&seed.to_le_bytes());
        let (purpose_part, label) = rest.split_at_mut(8);
        purpose_part.copy_from_slice(&(purpose as u64).to_le_bytes());
        label.copy_from_slice(b"invented-childrn");
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(index);
        Chance(stream)
    }

    /// A whole number from 0 to `bound` - 1; 0 if `bound` is 0. The bias is under 2^-32 x `bound`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(wide >> 32).unwrap_or(0)
    }

    /// A position in something of that length.
    pub(crate) fn position(&mut self, length: usize) -> usize {
        self.below(u32::try_from(length).unwrap_or(u32::MAX)) as usize
    }

    /// A whole number from `least` to `most`, both possible.
    pub(crate) fn between(&mut self, least: i32, most: i32) -> i32 {
        let width = u32::try_from(i64::from(most) - i64::from(least) + 1).unwrap_or(1);
        least.wrapping_add_unsigned(self.below(width))
    }

    /// True `rate` times in 100,000.
    pub(crate) fn happens(&mut self, rate: u32) -> bool {
        self.below(100_000) < rate
    }

    /// One of them, all alike; `None` only of nothing.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.position(from.len()))
    }

    /// One of the words, all alike; empty only of no words.
    pub(crate) fn word<'a>(&mut self, from: &[&'a str]) -> &'a str {
        self.pick(from).copied().unwrap_or("")
    }

    /// One of them by weight; `None` only if all weights are 0.
    pub(crate) fn weighted<'a, T>(&mut self, from: &'a [(T, u32)]) -> Option<&'a T> {
        let mut left = self.below(from.iter().map(|(_, weight)| weight).sum());
        for (value, weight) in from {
            match left.checked_sub(*weight) {
                Some(less) => left = less,
                None => return Some(value),
            }
        }
        None
    }

    /// Puts them in an order in which each is equally likely.
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            let other = self.position(last + 1);
            all.swap(last, other);
        }
    }
}
