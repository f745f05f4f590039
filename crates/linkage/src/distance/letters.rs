//! Bounds on distances from the sets of letters alone: most pairs of words need no more.

use super::winkler;

/// Which letters and digits a word has. Digits share bits, which only loosens the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Letters(u32);

impl Letters {
    /// The letters of a folded word.
    pub fn of(word: &[u8]) -> Self {
        let bit = |byte: &u8| match byte {
            b'a'..=b'z' => 1u32 << (byte - b'a'),
            _ => 1 << (26 + byte % 6),
        };
        Self(word.iter().map(bit).fold(0, |set, bit| set | bit))
    }

    /// Letters that one has and the other lacks, in each direction.
    fn lacking(self, other: Self) -> (u32, u32) {
        ((self.0 & !other.0).count_ones(), (other.0 & !self.0).count_ones())
    }

    /// The distance in edits of the two words is this or more: each letter lacking, and each letter of length, needs one.
    pub fn edits_at_least(self, other: Self, a: &[u8], b: &[u8]) -> u32 {
        let (left, right) = self.lacking(other);
        left.max(right).max(a.len().abs_diff(b.len()) as u32)
    }

    /// The Jaro–Winkler similarity of the two words is this or less: letters lacking cannot match.
    pub fn similarity_at_most(self, other: Self, a: &[u8], b: &[u8]) -> f64 {
        let (left, right) = self.lacking(other);
        let matched = (a.len() as u32 - left).min(b.len() as u32 - right);
        if matched == 0 {
            return 0.0;
        }
        let prefix = a.iter().take(4).zip(b).take_while(|(x, y)| x == y).count();
        winkler(matched, 0, a.len(), b.len(), prefix)
    }
}
