//! Addresses: house numbers and the words that tell one street from another.

use super::{fold, is_placeholder};

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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Address {
    /// Numbers and telling words, each with a blank after it, the numbers first.
    text: Box<[u8]>,
    /// Where the words begin.
    words: u16,
    /// Which numbers there are, as a set of hashes: two addresses without a bit in common have no number in common.
    numbers: u32,
    /// Which common word there is besides: kept apart because it tells nothing.
    kind: u8,
}

impl Address {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// House and flat numbers, letters included ("12a"), in their order.
    pub fn numbers(&self) -> impl DoubleEndedIterator<Item = &[u8]> + Clone {
        parts(self.text.get(..usize::from(self.words)).unwrap_or(&[]))
    }

    /// The telling words, in their order.
    pub fn words(&self) -> impl DoubleEndedIterator<Item = &[u8]> + Clone {
        parts(self.text.get(usize::from(self.words)..).unwrap_or(&[]))
    }

    /// Whether there is no number.
    pub fn has_numbers(&self) -> bool {
        self.words > 0
    }

    /// Whether there is a telling word.
    pub fn has_words(&self) -> bool {
        usize::from(self.words) < self.text.len()
    }

    /// Whether the two may have a number in common.
    pub fn may_share_number(&self, other: &Self) -> bool {
        self.numbers & other.numbers != 0
    }

    /// The longest telling word, the first of several.
    pub fn main_word(&self) -> Option<&[u8]> {
        self.words().rev().max_by_key(|word| word.len())
    }
}

fn parts(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> + Clone {
    text.strip_suffix(b" ").map(|text| text.split(|byte| *byte == b' ')).into_iter().flatten()
}

/// The most letters of a word that are kept.
const MOST_LETTERS: usize = 31;

/// Reads an address; empty when there is none.
pub fn address(text: &str) -> Address {
    let folded = fold(text);
    if is_placeholder(&folded) {
        return Address::default();
    }
    let (mut numbers, mut words, mut kind) = (Vec::new(), Vec::new(), None);
    for word in folded.split(' ') {
        if word.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            numbers.push(word);
        } else if let Some(common) = COMMON.iter().find(|(short, _)| *short == word) {
            kind = Some(common.1);
        } else {
            words.push(word);
        }
    }
    numbers.truncate(4);
    words.truncate(8);
    if words.is_empty() {
        words.extend(kind);
    }
    let mut text = Vec::with_capacity(folded.len() + 1);
    let mut add = |part: &str| {
        text.extend(part.bytes().take(MOST_LETTERS));
        text.push(b' ');
        text.len() as u16
    };
    let words_begin = numbers.iter().map(|number| add(number)).last().unwrap_or(0);
    words.iter().for_each(|word| {
        add(word);
    });
    let bit = |number: &&str| {
        1 << (number.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31) ^ u32::from(byte)) % 32)
    };
    let kind = kind.and_then(|kind| COMMON.iter().position(|(_, long)| *long == kind));
    Address {
        text: text.into(),
        words: words_begin,
        numbers: numbers.iter().map(bit).fold(0, |set, bit| set | bit),
        kind: kind.map_or(0, |kind| kind as u8 + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_spellings_of_an_address_are_one() {
        assert_eq!(address("Flat 2, 14 High St."), address("FLAT 2 14 HIGH STREET"));
        assert_eq!(address("12a The Avenue").numbers().collect::<Vec<_>>(), [b"12a"]);
        assert_eq!(address("12a The Avenue").words().collect::<Vec<_>>(), [b"avenue"]);
        assert!(address("unknown").is_empty());
    }
}
