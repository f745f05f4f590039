//! How close two words are.

use super::nicknames::are_related;
use super::sound::sounds;

/// How a word asked for answers to a word of a record, the closest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Closeness {
    /// Only the initial was given.
    Initial,
    /// One or two letters differ.
    Misspelt,
    /// They sound alike.
    SoundsAlike,
    /// One is a nickname of the other.
    Nickname,
    /// The same word.
    Same,
}

/// How close two surnames are, in plain form.
pub(super) fn surnames(asked: &str, own: &str) -> Option<Closeness> {
    if asked == own {
        return Some(Closeness::Same);
    }
    let distance = edits(asked, own);
    let longest = asked.chars().count().max(own.chars().count());
    let alike =
        distance <= longest.div_ceil(2) && sounds(asked).iter().any(|sound| sounds(own).contains(sound));
    let allowed = match longest {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    match (alike, distance <= allowed) {
        (true, _) => Some(Closeness::SoundsAlike),
        (false, true) => Some(Closeness::Misspelt),
        (false, false) => None,
    }
}

/// How close two forenames are, in plain form.
pub(super) fn forenames(asked: &str, own: &str) -> Option<Closeness> {
    let by_letters = surnames(asked, own);
    if by_letters != Some(Closeness::Same) && are_related(asked, own) {
        return Some(Closeness::Nickname);
    }
    let initial = asked.len() == 1 && own.starts_with(asked);
    by_letters.or(initial.then_some(Closeness::Initial))
}

/// The least number of letters to insert, delete, replace or swap with a neighbour (optimal string alignment).
pub(super) fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous_letter = None;
    for (row, letter) in a.chars().enumerate() {
        let mut current = Vec::with_capacity(last.len());
        current.push(row + 1);
        for (column, other) in b.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (at(&last, column) + usize::from(letter != *other))
                .min(at(&last, column + 1) + 1)
                .min(at(&current, column) + 1);
            let before = column.checked_sub(1);
            let swapped = before.and_then(|i| b.get(i)) == Some(&letter) && previous_letter == Some(*other);
            if let (true, Some(before)) = (swapped, before) {
                cost = cost.min(at(&before_last, before) + 1);
            }
            current.push(cost);
        }
        before_last = std::mem::replace(&mut last, current);
        previous_letter = Some(letter);
    }
    last.last().copied().unwrap_or(0)
}
