//! Addresses: house numbers and the words that tell one street from another.

use super::{fold, is_placeholder};
use crate::word::Word;

/// Long and short forms of words that stand in most addresses; they weigh little.
const COMMON: &[(&str, &str)] = &[
    ("apartment", "flat"),
    ("apt", "flat"),
    ("flat", "flat"),
    ("unit", "flat"),
    ("av", "avenue"),
    ("ave", "avenue"),
    ("avenue", "avenue"),
    ("cl", "close"),
    ("close", "close"),
    ("court", "court"),
    ("crt", "court"),
    ("ct", "court"),
    ("cres", "crescent"),
    ("crescent", "crescent"),
    ("dr", "drive"),
    ("drive", "drive"),
    ("gardens", "gardens"),
    ("gdns", "gardens"),
    ("green", "green"),
    ("grn", "green"),
    ("gr", "grove"),
    ("grove", "grove"),
    ("house", "house"),
    ("hse", "house"),
    ("lane", "lane"),
    ("ln", "lane"),
    ("pk", "park"),
    ("park", "park"),
    ("pl", "place"),
    ("place", "place"),
    ("rd", "road"),
    ("road", "road"),
    ("sq", "square"),
    ("square", "square"),
    ("st", "street"),
    ("str", "street"),
    ("street", "street"),
    ("ter", "terrace"),
    ("terr", "terrace"),
    ("terrace", "terrace"),
    ("the", "the"),
    ("of", "of"),
    ("no", "no"),
    ("way", "way"),
    ("wk", "walk"),
    ("walk", "walk"),
];

/// An address in comparable form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// House and flat numbers, letters included ("12a"), in their order.
    pub numbers: Box<[Word]>,
    /// The telling words, in their order.
    pub words: Box<[Word]>,
    /// How many words of the common kind there are besides: kept apart because they tell nothing.
    pub kind: Word,
}

impl Address {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.words.is_empty()
    }

    /// The longest telling word.
    pub fn main_word(&self) -> Option<&Word> {
        self.words.iter().rev().max_by_key(|word| word.len())
    }
}

/// Reads an address; empty when there is none.
pub fn address(text: &str) -> Address {
    let folded = fold(text);
    if is_placeholder(&folded) {
        return Address::default();
    }
    let mut numbers = Vec::new();
    let mut words = Vec::new();
    let mut kind = Word::default();
    for word in folded.split(' ') {
        if word.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            numbers.push(Word::new(word));
        } else if let Some((_, long)) = COMMON.iter().find(|(short, _)| *short == word) {
            kind = Word::new(long);
        } else {
            words.push(Word::new(word));
        }
    }
    numbers.truncate(4);
    words.truncate(8);
    if words.is_empty() && !kind.is_empty() {
        words.push(kind);
    }
    Address { numbers: numbers.into(), words: words.into(), kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_spellings_of_an_address_are_one() {
        assert_eq!(address("Flat 2, 14 High St."), address("FLAT 2 14 HIGH STREET"));
        assert_eq!(address("12a The Avenue").numbers.len(), 1);
        assert!(address("unknown").is_empty());
    }
}
