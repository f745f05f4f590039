//! A reference to evidence that is kept elsewhere: a number or document id, never prose.

use crate::text_value::{display_as_stored, text_value};
use serde::{Deserialize, Serialize};

/// 3 to 32 capital letters, digits, `/`, `.` and `-`, at least one of them a digit, such as `HR-2026/0142`. Letters are
/// made capital. It has no spaces, so no sentence fits into it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EvidenceReference(String);

/// Not a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a reference is 3 to 32 letters, digits, / . or -, with at least one digit and no spaces, such as HR-2026/0142"
)]
pub struct EvidenceError;

impl EvidenceReference {
    /// Reads a reference.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        let text = text.trim().to_ascii_uppercase();
        let permitted =
            |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'/' | b'.' | b'-');
        let sound = (3..=32).contains(&text.len())
            && text.bytes().all(permitted)
            && text.bytes().any(|b| b.is_ascii_digit())
            && text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if sound { Ok(Self(text)) } else { Err(EvidenceError) }
    }
}

text_value!(EvidenceReference, EvidenceError);
display_as_stored!(EvidenceReference);

#[cfg(test)]
mod tests {
    use super::EvidenceReference;

    #[test]
    fn a_reference_is_a_number_and_never_a_sentence() {
        for (text, reads) in [
            ("hr-2026/0142", Some("HR-2026/0142")),
            (" DOC.17 ", Some("DOC.17")),
            ("said it was her niece 1", None),
            ("NOTES", None),
            ("-12", None),
            ("A1", None),
            ("A12345678901234567890123456789012", None),
        ] {
            let read = EvidenceReference::parse(text).ok();
            assert_eq!(read.as_ref().map(EvidenceReference::as_str), reads, "{text}");
        }
    }
}
