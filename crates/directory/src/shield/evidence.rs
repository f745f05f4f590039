//! Where the evidence for a shield is kept: what kind of file, and its number. Nothing of what stands in it (law 1).

use crate::text_value::{coded, display_as_stored, text_value};
use serde::{Deserialize, Serialize};

coded! {
    /// What kind of file it is.
    EvidenceKind {
        /// An order of a court.
        CourtOrder = "court",
        /// A crime or incident of the police.
        PoliceReference = "police",
        /// A file of children's social care.
        SocialCareFile = "care",
        /// A referral to a refuge.
        RefugeReferral = "refuge",
        /// The signed form of rule 2.14.
        SignedForm = "form",
    }
}

/// A kind of file and its number, written `police:13DV00417`. The number has 3 to 16 capitals, digits, `/` and `-`, with a
/// digit among them: prose has no place in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EvidenceReference(String);

/// The text is not the number of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the number of a file has 3 to 16 letters, digits, slashes and hyphens, at least one digit, and no spaces, such as 13DV00417"
)]
pub struct EvidenceError;

impl EvidenceReference {
    /// The number of a file of a kind, as somebody types it.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn new(kind: EvidenceKind, number: &str) -> Result<Self, EvidenceError> {
        let number = number.trim().to_ascii_uppercase();
        let allowed =
            |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'/' | b'-');
        let shaped = (3..=16).contains(&number.len()) && number.bytes().all(allowed);
        if shaped && number.bytes().any(|byte| byte.is_ascii_digit()) {
            Ok(Self(format!("{}:{number}", kind.code())))
        } else {
            Err(EvidenceError)
        }
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// When the kind is none, or the number not of that form.
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        let (kind, number) = text.split_once(':').ok_or(EvidenceError)?;
        Self::new(EvidenceKind::from_code(kind).ok_or(EvidenceError)?, number)
    }

    /// What kind of file it is.
    #[must_use]
    pub fn kind(&self) -> Option<EvidenceKind> {
        EvidenceKind::from_code(self.0.split(':').next().unwrap_or_default())
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, number)| number)
    }
}

text_value!(EvidenceReference, EvidenceError);
display_as_stored!(EvidenceReference);

/// The references of one request, two at most.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<EvidenceReference>")]
pub struct Evidence(Vec<EvidenceReference>);

/// More references than a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a request names two files of evidence at most")]
pub struct TooMuchEvidence;

impl Evidence {
    /// How many references a request names at most.
    pub const MOST: usize = 2;

    /// The references of one request, each once.
    ///
    /// # Errors
    /// When there are more than [`Evidence::MOST`].
    pub fn new(mut references: Vec<EvidenceReference>) -> Result<Self, TooMuchEvidence> {
        references.sort();
        references.dedup();
        if references.len() > Self::MOST { Err(TooMuchEvidence) } else { Ok(Self(references)) }
    }

    /// Whether none is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The references.
    #[must_use]
    pub fn references(&self) -> &[EvidenceReference] {
        &self.0
    }
}

impl TryFrom<Vec<EvidenceReference>> for Evidence {
    type Error = TooMuchEvidence;
    fn try_from(references: Vec<EvidenceReference>) -> Result<Self, Self::Error> {
        Self::new(references)
    }
}
