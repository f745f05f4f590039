//! The reference of a piece of evidence: a number to find it by, never words about it.

use crate::text_value::{display_as_stored, text_value};
use serde::{Deserialize, Serialize};

/// The most characters a reference may have.
const LONGEST: usize = 32;

/// Where a piece of evidence lies in the organisation's own files: 3 to 32 capital letters, digits and `-`, `/`, `.`, with
/// a digit among them and no two marks side by side (`POL-2026/014`). A sentence does not fit, so none is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EvidenceReference(String);

/// The text is not a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a reference; write 3 to {LONGEST} letters, digits and - / . with a digit among them, like POL-2026/014"
)]
pub struct EvidenceReferenceError;

impl EvidenceReference {
    /// Reads a reference; white space around it and letter case do not matter.
    ///
    /// # Errors
    /// When the text does not have the shape of a reference.
    pub fn parse(text: &str) -> Result<Self, EvidenceReferenceError> {
        let text = text.trim().to_ascii_uppercase();
        let mark = |byte: u8| matches!(byte, b'-' | b'/' | b'.');
        let bytes = text.as_bytes();
        let shaped = (3..=LONGEST).contains(&bytes.len())
            && bytes.iter().all(|&byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || mark(byte))
            && bytes.iter().any(u8::is_ascii_digit)
            && !bytes.windows(2).any(|pair| pair.iter().all(|&byte| mark(byte)))
            && !bytes.first().is_some_and(|&byte| mark(byte))
            && !bytes.last().is_some_and(|&byte| mark(byte));
        if shaped { Ok(Self(text)) } else { Err(EvidenceReferenceError) }
    }
}

text_value!(EvidenceReference, EvidenceReferenceError);
display_as_stored!(EvidenceReference);
