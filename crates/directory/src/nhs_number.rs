//! The NHS number: held for matching, shown to no ordinary viewer (rules 1.18, 2.2).

use crate::text_value::{display_as_stored, text_value};
use serde::{Deserialize, Serialize};

/// An NHS number: ten digits, the last a check digit modulo 11.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NhsNumber(String);

/// Why a text is not an NHS number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NhsNumberError {
    /// Not ten digits.
    #[error("an NHS number has 10 digits")]
    Shape,
    /// The check digit does not agree, or the digits are all alike (a filler, never issued).
    #[error("the NHS number has a mistake in it: its check digit does not agree")]
    Check,
}

impl NhsNumber {
    /// Reads ten digits; spaces and hyphens do not matter.
    ///
    /// # Errors
    /// When it is not ten digits or the check digit does not agree.
    pub fn parse(text: &str) -> Result<Self, NhsNumberError> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if digits.len() != 10 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NhsNumberError::Shape);
        }
        let weighted: u32 = digits.bytes().zip((2..=10).rev()).map(|(b, w)| u32::from(b - b'0') * w).sum();
        let expected = (11 - weighted % 11) % 11;
        let check = digits.bytes().last().map(|b| u32::from(b - b'0'));
        let all_alike = digits.bytes().all(|b| Some(b) == digits.bytes().next());
        if all_alike || check != Some(expected) { Err(NhsNumberError::Check) } else { Ok(Self(digits)) }
    }
}

text_value!(NhsNumber, NhsNumberError);
display_as_stored!(NhsNumber);
