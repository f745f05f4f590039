//! Distances between words, on 64-bit masks: no allocation, no table of the size of the product.
//!
//! Both functions are exact for ASCII words of up to 64 letters, which is all the engine compares. Longer or other text
//! takes the textbook way.

mod edits;
mod jaro_winkler;
mod letters;

pub use edits::damerau_levenshtein;
pub(crate) use edits::within;
pub use jaro_winkler::jaro_winkler;
pub(crate) use jaro_winkler::similarity;
pub(crate) use letters::Letters;

/// For each ASCII byte, the positions at which it stands in a word.
struct Positions([u64; 128]);

impl Positions {
    fn of(word: &[u8]) -> Self {
        let mut masks = [0u64; 128];
        for (position, byte) in word.iter().enumerate() {
            if let Some(mask) = masks.get_mut(usize::from(byte & 127)) {
                *mask |= 1 << position;
            }
        }
        Self(masks)
    }

    fn get(&self, byte: u8) -> u64 {
        self.0.get(usize::from(byte & 127)).copied().unwrap_or(0)
    }
}

/// Whether the masks can hold both.
fn fits(a: &str, b: &str) -> bool {
    a.len() <= 64 && b.len() <= 64 && a.is_ascii() && b.is_ascii()
}
