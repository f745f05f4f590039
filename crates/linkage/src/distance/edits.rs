//! Damerau–Levenshtein distance, restricted (optimal string alignment).

use super::{Positions, fits};

/// The number of single-letter insertions, deletions, substitutions and swaps of neighbours that turn one text into
/// the other, no part being edited twice (optimal string alignment). Symmetric.
#[must_use]
pub fn damerau_levenshtein(a: &str, b: &str) -> usize {
    if fits(a, b) { edits(a.as_bytes(), b.as_bytes()) as usize } else { textbook(a, b) }
}

/// [`damerau_levenshtein`] of two ASCII words of at most 64 bytes: Hyyrö (2003), "A bit-vector algorithm for computing
/// Levenshtein and Damerau edit distances".
pub(crate) fn edits(a: &[u8], b: &[u8]) -> u32 {
    if a == b {
        return 0;
    }
    if a.is_empty() || b.is_empty() {
        return a.len().max(b.len()) as u32;
    }
    let positions = Positions::of(a);
    let last = 1u64 << (a.len() - 1);
    let (mut vertical_up, mut vertical_down) = (u64::MAX, 0u64);
    let (mut diagonal, mut previous_positions) = (0u64, 0u64);
    let mut distance = a.len() as u32;
    for byte in b {
        let here = positions.get(*byte);
        let transposed = ((!diagonal & here) << 1) & previous_positions;
        diagonal = (((here & vertical_up).wrapping_add(vertical_up)) ^ vertical_up)
            | here
            | vertical_down
            | transposed;
        let horizontal_up = vertical_down | !(diagonal | vertical_up);
        let horizontal_down = diagonal & vertical_up;
        distance += u32::from(horizontal_up & last != 0);
        distance -= u32::from(horizontal_down & last != 0);
        let shifted_up = (horizontal_up << 1) | 1;
        vertical_up = (horizontal_down << 1) | !(diagonal | shifted_up);
        vertical_down = shifted_up & diagonal;
        previous_positions = here;
    }
    distance
}

/// Whether at most this many edits turn one word into the other. What both begin and end with is left out first, which most
/// questions about one edit need nothing beyond.
pub(crate) fn within(a: &[u8], b: &[u8], most: u32) -> bool {
    let alike = |(x, y): &(&u8, &u8)| x == y;
    let start = a.iter().zip(b).take_while(alike).count();
    let (a, b) = (a.get(start..).unwrap_or(&[]), b.get(start..).unwrap_or(&[]));
    let end = a.iter().rev().zip(b.iter().rev()).take_while(alike).count();
    let (a, b) = (a.get(..a.len() - end).unwrap_or(a), b.get(..b.len() - end).unwrap_or(b));
    match (a, b, most) {
        ([], rest, _) | (rest, [], _) => rest.len() <= most as usize,
        (_, _, 0) => false,
        ([_], [_], _) => true,
        ([v, w], [x, y], 1) => v == y && w == x,
        (_, _, 1) => false,
        _ => a.len().abs_diff(b.len()) <= most as usize && edits(a, b) <= most,
    }
}

/// Any text, any length.
fn textbook(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut above_letter = None;
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        let mut left_letter = None;
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX - 1);
            let mut cost =
                (at(&row, j) + 1).min(at(&above, j + 1) + 1).min(at(&above, j) + usize::from(x != y));
            if x != y && left_letter == Some(x) && above_letter == Some(y) {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            row.push(cost);
            left_letter = Some(y);
        }
        before = std::mem::replace(&mut above, row);
        above_letter = Some(x);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn within_is_what_the_distance_says(a in "[a-c]{0,9}", b in "[a-c]{0,9}", most in 0u32..5) {
            prop_assert_eq!(within(a.as_bytes(), b.as_bytes(), most), strsim::osa_distance(&a, &b) <= most as usize);
        }

        #[test]
        fn digits_count_like_letters(a in "[a-z0-9]{0,31}", b in "[a-z0-9]{0,31}") {
            prop_assert_eq!(edits(a.as_bytes(), b.as_bytes()) as usize, strsim::osa_distance(&a, &b));
        }
    }
}
