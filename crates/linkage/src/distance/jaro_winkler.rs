//! Jaro–Winkler similarity (Winkler 1990).

use super::{Positions, fits};

/// Jaro–Winkler similarity, 0 (nothing in common) to 1 (equal), with a prefix scale of 0.1 over at most four letters
/// applied from a Jaro similarity of 0.7 on. Symmetric.
#[must_use]
pub fn jaro_winkler(a: &str, b: &str) -> f64 {
    if fits(a, b) { similarity(a.as_bytes(), b.as_bytes()) } else { textbook(a, b) }
}

/// [`jaro_winkler`] of two ASCII words of at most 64 bytes.
pub(crate) fn similarity(a: &[u8], b: &[u8]) -> f64 {
    if a == b {
        return 1.0;
    }
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    // The greedy matching may transpose differently from the other side, so the sides are put in a fixed order.
    let (a, b) = if (a.len(), a) <= (b.len(), b) { (a, b) } else { (b, a) };
    let reach = (b.len() / 2).saturating_sub(1);
    let positions = Positions::of(b);
    let (mut matched_a, mut matched_b) = (0u64, 0u64);
    for (i, byte) in a.iter().enumerate() {
        let candidates = positions.get(*byte) & !matched_b & window(i.saturating_sub(reach), i + reach);
        if candidates != 0 {
            matched_b |= candidates & candidates.wrapping_neg();
            matched_a |= 1 << i;
        }
    }
    let matches = matched_a.count_ones();
    if matches == 0 {
        return 0.0;
    }
    let (mut left, mut right, mut differing) = (matched_a, matched_b, 0u32);
    while left != 0 {
        let i = left.trailing_zeros() as usize;
        let j = right.trailing_zeros() as usize;
        differing += u32::from(a.get(i) != b.get(j));
        left &= left - 1;
        right &= right.wrapping_sub(1);
    }
    let shared_prefix = a.iter().take(4).zip(b).take_while(|(x, y)| x == y).count();
    winkler(matches, differing / 2, a.len(), b.len(), shared_prefix)
}

/// The bits `from..=to`, cut at 63.
fn window(from: usize, to: usize) -> u64 {
    let below = |end: usize| if end >= 64 { u64::MAX } else { (1u64 << end) - 1 };
    below(to + 1) & !below(from)
}

/// The similarity of words of these lengths with so many letters matched, in pairs transposed, and in a shared prefix.
fn winkler(matches: u32, transpositions: u32, a_len: usize, b_len: usize, shared_prefix: usize) -> f64 {
    let found = f64::from(matches);
    let jaro =
        (found / a_len as f64 + found / b_len as f64 + (found - f64::from(transpositions)) / found) / 3.0;
    if jaro > 0.7 { jaro + 0.1 * shared_prefix as f64 * (1.0 - jaro) } else { jaro }
}

/// Any text, any length.
fn textbook(a: &str, b: &str) -> f64 {
    let (mut a, mut b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a == b {
        return 1.0;
    }
    if (b.len(), &b) < (a.len(), &a) {
        std::mem::swap(&mut a, &mut b);
    }
    let reach = (b.len() / 2).saturating_sub(1);
    let mut taken = vec![false; b.len()];
    let mut matched_a = Vec::new();
    for (i, letter) in a.iter().enumerate() {
        let from = i.saturating_sub(reach);
        let found = b.iter().zip(taken.iter_mut()).skip(from).take(i + reach + 1 - from);
        if let Some((_, slot)) = found.into_iter().find(|(other, slot)| *other == letter && !**slot) {
            *slot = true;
            matched_a.push(*letter);
        }
    }
    let matched_b = b.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(letter, _)| *letter);
    let differing = matched_a.iter().zip(matched_b).filter(|(x, y)| **x != *y).count();
    if matched_a.is_empty() {
        return 0.0;
    }
    let shared_prefix = a.iter().take(4).zip(&b).take_while(|(x, y)| x == y).count();
    winkler(matched_a.len() as u32, (differing / 2) as u32, a.len(), b.len(), shared_prefix)
}
