//! The code of a local authority.

use crate::text_value::{display_as_stored, text_value};
use serde::{Deserialize, Serialize};

/// The GSS code of a local authority: a letter and eight digits (`E09000003`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuthorityCode(String);

/// The text is not an authority's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the GSS code of a local authority; it is a letter and eight digits, like E09000003")]
pub struct AuthorityCodeError;

impl AuthorityCode {
    /// Reads a code; white space around it and letter case do not matter.
    ///
    /// # Errors
    /// When the text is not a letter and eight digits.
    pub fn parse(text: &str) -> Result<Self, AuthorityCodeError> {
        let code = text.trim().to_ascii_uppercase();
        match code.as_bytes() {
            [letter, digits @ ..]
                if letter.is_ascii_uppercase()
                    && digits.len() == 8
                    && digits.iter().all(u8::is_ascii_digit) =>
            {
                Ok(Self(code))
            }
            _ => Err(AuthorityCodeError),
        }
    }
}

text_value!(AuthorityCode, AuthorityCodeError);
display_as_stored!(AuthorityCode);
