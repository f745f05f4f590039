//! The child number: the one number that identifies a child in the directory (rule 1.6).

use crate::text_value::text_value;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Eight digits and fifteen consonants. No vowels, so no words; none of 0 1 B G I L O Q S Z, so nothing is taken for
/// something else when read aloud or by hand. Twenty-three is prime, which is what makes the checks exact.
const ALPHABET: [char; 23] = [
    '2', '3', '4', '5', '6', '7', '8', '9', 'C', 'D', 'F', 'H', 'J', 'K', 'M', 'N', 'P', 'R', 'T', 'V', 'W',
    'X', 'Y',
];
const BASE: u32 = 23;
const DIGITS: u32 = 8;
const RANDOM_CHARACTERS: u32 = 11;
/// The length of a child number without its hyphens.
const LENGTH: usize = 13;

/// A child number: a letter, ten more random characters (49 random bits together) and two check characters.
///
/// It begins with a letter and is longer than ten characters, so it is never taken for an NHS number. The check
/// characters find every single wrong character, every two wrong characters and every swap of neighbours.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChildNumber(String);

/// Why a text is not a child number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChildNumberError {
    /// Too short or too long.
    #[error("a child number has 13 letters and digits; this has {found}")]
    Length {
        /// How many characters were given, spaces and hyphens not counted.
        found: usize,
    },
    /// A character that no child number contains.
    #[error(
        "character {position} of the child number is one that child numbers never use; check it against the source"
    )]
    Character {
        /// Counted from 1, spaces and hyphens not counted.
        position: usize,
    },
    /// The check characters do not agree with the rest.
    #[error("the child number has a mistake in it; check each character against the source")]
    Check,
}

impl ChildNumber {
    /// Makes a number from sixteen bytes of the caller's randomness; the same bytes give the same number.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let letters = u128::from(BASE - DIGITS);
        let mut rest = u128::from_le_bytes(bytes);
        let mut values = Vec::with_capacity(LENGTH);
        values.push(DIGITS + (rest % letters) as u32);
        rest /= letters;
        for _ in 1..RANDOM_CHARACTERS {
            values.push((rest % u128::from(BASE)) as u32);
            rest /= u128::from(BASE);
        }
        let (plain, weighted) = sums(&values);
        // Two unknowns, two equations: the plain sum and the sum weighted by position are both 0 (mod 23).
        let last = (12 * plain + (BASE - weighted)) % BASE;
        let last_but_one = (2 * BASE - plain - last) % BASE;
        values.extend([last_but_one, last]);
        Self(values.into_iter().filter_map(|value| ALPHABET.get(value as usize)).collect())
    }

    /// Reads a number as people write it: spaces, hyphens and letter case do not matter.
    ///
    /// # Errors
    /// Names what is wrong without repeating the text.
    pub fn parse(text: &str) -> Result<Self, ChildNumberError> {
        let characters: Vec<char> = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}'))
            .map(|c| c.to_ascii_uppercase())
            .collect();
        if characters.len() != LENGTH {
            return Err(ChildNumberError::Length { found: characters.len() });
        }
        let mut values = Vec::with_capacity(LENGTH);
        for (index, character) in characters.iter().enumerate() {
            let value = ALPHABET.iter().position(|c| c == character);
            values.push(value.ok_or(ChildNumberError::Character { position: index + 1 })? as u32);
        }
        let begins_with_letter = values.first().is_some_and(|value| *value >= DIGITS);
        if !begins_with_letter || sums(&values) != (0, 0) {
            return Err(ChildNumberError::Check);
        }
        Ok(Self(characters.into_iter().collect()))
    }

    /// As people read it: `K7RX-3MWP-9TDHC`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let mut grouped = String::with_capacity(LENGTH + 2);
        for (index, character) in self.0.chars().enumerate() {
            if index == 4 || index == 8 {
                grouped.push('-');
            }
            grouped.push(character);
        }
        grouped
    }
}

/// The plain sum and the sum weighted by position (from 1), both modulo 23.
fn sums(values: &[u32]) -> (u32, u32) {
    let plain = values.iter().sum::<u32>() % BASE;
    let weighted = values.iter().zip(1_u32..).map(|(value, weight)| value * weight).sum::<u32>() % BASE;
    (plain, weighted)
}

text_value!(ChildNumber, ChildNumberError);

impl fmt::Display for ChildNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.grouped())
    }
}

impl fmt::Debug for ChildNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChildNumber({})", self.grouped())
    }
}
