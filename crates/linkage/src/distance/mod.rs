//! Distances between words, on 64-bit masks: no allocation, no table of the size of the product.
//!
//! Both functions are exact for folded words (lower-case letters a to z and digits) of up to 64 of them, which is all the engine
//! compares. Longer or other text takes the textbook way.

mod edits;
mod jaro_winkler;
mod letters;

pub use edits::damerau_levenshtein;
pub(crate) use edits::{edits, within};
pub use jaro_winkler::jaro_winkler;
pub(crate) use jaro_winkler::{similarity, winkler};
pub(crate) use letters::Letters;

/// For each letter and digit, the positions at which it stands in a word. Small on purpose: to clear it costs as much as
/// to compare two names.
struct Positions([u64; SIGNS]);

/// Letters a to z and digits.
const SIGNS: usize = 36;

impl Positions {
    fn of(word: &[u8]) -> Self {
        let mut masks = [0u64; SIGNS];
        for (position, byte) in word.iter().enumerate() {
            if let Some(mask) = masks.get_mut(sign(*byte)) {
                *mask |= 1 << position;
            }
        }
        Self(masks)
    }

    fn get(&self, byte: u8) -> u64 {
        self.0.get(sign(byte)).copied().unwrap_or(0)
    }
}

/// The place of a letter or digit.
fn sign(byte: u8) -> usize {
    let letter = byte.wrapping_sub(b'a');
    usize::from(if letter < 26 { letter } else { byte.wrapping_sub(b'0').wrapping_add(26) })
}

/// Whether the masks can hold both.
fn fits(a: &str, b: &str) -> bool {
    let folded = |word: &str| {
        word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    folded(a) && folded(b)
}
