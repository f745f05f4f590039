//! The unique pupil number: held for matching, shown to no ordinary viewer (rules 1.18, 2.2).

use crate::text_value::{display_as_stored, text_value};
use serde::{Deserialize, Serialize};

/// The check letters in the order of the remainder (DfE, unique pupil numbers guide).
const CHECK_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

/// A unique pupil number: a check letter and twelve characters, the last of which is a letter in a temporary number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Upn(String);

/// Why a text is not a unique pupil number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpnError {
    /// Not a letter and twelve characters.
    #[error("a unique pupil number has one letter and twelve digits (a temporary one ends in a letter)")]
    Shape,
    /// The check letter does not agree.
    #[error("the unique pupil number has a mistake in it: its check letter does not agree")]
    Check,
}

impl Upn {
    /// Reads a number; spaces and letter case do not matter.
    ///
    /// # Errors
    /// When the shape is wrong or the check letter does not agree.
    pub fn parse(text: &str) -> Result<Self, UpnError> {
        let upn: String =
            text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let bytes = upn.as_bytes();
        let ([check, rest @ ..], 13) = (bytes, bytes.len()) else { return Err(UpnError::Shape) };
        let mut sum = 0;
        for (index, byte) in rest.iter().enumerate() {
            sum += (index + 2) * value_of(*byte, index == 11).ok_or(UpnError::Shape)?;
        }
        if !check.is_ascii_uppercase() {
            return Err(UpnError::Shape);
        }
        if CHECK_LETTERS.get(sum % 23) == Some(check) { Ok(Self(upn)) } else { Err(UpnError::Check) }
    }
}

/// A digit's value; in the last place also a letter's, by its place among the check letters.
fn value_of(byte: u8, last: bool) -> Option<usize> {
    if byte.is_ascii_digit() {
        Some(usize::from(byte - b'0'))
    } else if last {
        CHECK_LETTERS.iter().position(|letter| *letter == byte)
    } else {
        None
    }
}

text_value!(Upn, UpnError);
display_as_stored!(Upn);
