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
