//! Bounds on distances from the sets of letters alone: most pairs of words need no more.

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

    /// Whether the Jaro–Winkler similarity of the two words can be this or more: letters lacking cannot match. Divides
    /// nothing, which is what costs.
    pub fn may_be_similar(self, other: Self, a: &[u8], b: &[u8], least: f64) -> bool {
        let (left, right) = self.lacking(other);
        let matched = f64::from((a.len() as u32 - left).min(b.len() as u32 - right));
        let prefix = a.iter().take(4).zip(b).take_while(|(x, y)| x == y).count();
        // Jaro is (m/|a| + m/|b| + 1)/3 at most; a shared prefix of p letters raises j to j + p/10 (1 - j).
        let boost = 0.1 * prefix as f64;
        let (a, b) = (a.len() as f64, b.len() as f64);
        let enough = 3.0 * (least - boost) - (1.0 - boost);
        matched * (a + b) * (1.0 - boost) + 1e-9 >= enough * a * b
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::distance::edits::edits;
    use crate::distance::similarity;

    proptest! {
        #[test]
        fn no_bound_excludes_what_is_within_it(a in "[a-f0-9]{1,12}", b in "[a-f0-9]{1,12}", least in 0.5f64..1.0) {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let (x, y) = (Letters::of(a), Letters::of(b));
            prop_assert!(x.edits_at_least(y, a, b) <= edits(a, b));
            prop_assert!(similarity(a, b) < least || x.may_be_similar(y, a, b, least));
            prop_assert!(x.may_be_similar(y, a, b, similarity(a, b)));
        }

        #[test]
        fn the_bounds_are_symmetric(a in "[a-f]{1,12}", b in "[a-f]{1,12}", least in 0.5f64..1.0) {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let (x, y) = (Letters::of(a), Letters::of(b));
            prop_assert_eq!(x.may_be_similar(y, a, b, least), y.may_be_similar(x, b, a, least));
        }
    }

    #[test]
    fn words_of_other_letters_are_told_apart_by_the_bound_alone() {
        let (a, b) = (&b"hughes"[..], &b"rahman"[..]);
        assert!(!Letters::of(a).may_be_similar(Letters::of(b), a, b, 0.8));
    }
}
