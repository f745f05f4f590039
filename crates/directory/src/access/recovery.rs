//! New sign-in details: the first ones of an account, and those after a loss, which two people give (rules 6.5, 12.4).

use super::AccountState;
use crate::text_value::{coded, display_as_stored, text_value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

coded! {
    /// What a user manager looked at, the person before them.
    IdentityDocument {
        /// A passport.
        Passport = "passport",
        /// A driving licence with a photograph.
        DrivingLicence = "driving_licence",
        /// The employer's card with a photograph.
        StaffCard = "staff_card",
    }
}

/// The number of a document: 4 to 24 capital letters, digits, `-` and `/`, at least one of them a digit. Never a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentNumber(String);

/// The text is not the number of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a document's number; write 4 to 24 letters and digits, as they are printed on it")]
pub struct DocumentNumberError;

impl DocumentNumber {
    /// Reads a number; case and white space do not matter.
    ///
    /// # Errors
    /// When it is too short or too long, has other characters, or no digit.
    pub fn parse(text: &str) -> Result<Self, DocumentNumberError> {
        let number: String =
            text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_ascii_uppercase();
        let shaped = number
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'/'));
        let digits = number.bytes().any(|byte| byte.is_ascii_digit());
        if shaped && digits && (4..=24).contains(&number.len()) {
            Ok(Self(number))
        } else {
            Err(DocumentNumberError)
        }
    }
}

text_value!(DocumentNumber, DocumentNumberError);
display_as_stored!(DocumentNumber);

/// How a user manager knows that the person before them is the account's holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenInPerson {
    /// What was looked at.
    pub document: IdentityDocument,
    /// Its number.
    pub number: DocumentNumber,
}

/// Why sign-in details are not renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRenewal {
    /// It is the user manager's own account (rule 12.13).
    #[error("nobody renews their own sign-in details")]
    OnesOwn,
    /// The one who proposed may not decide.
    #[error("the second person must be another than the first")]
    SamePersonTwice,
    /// The account is not in a state in which anybody signs in with it.
    #[error("the account is not in use")]
    NotInUse,
}

/// Whether an account in this state may be given sign-in details: its holder's identity has been confirmed, and it is
/// neither suspended nor closed.
#[must_use]
pub const fn may_be_given_keys(state: AccountState) -> bool {
    matches!(state, AccountState::Verified | AccountState::Trained | AccountState::Active)
}

/// Whether `first` may propose that the account's sign-in details are renewed.
///
/// # Errors
/// [`NoRenewal`].
pub fn may_propose_recovery(first: Uuid, account: Uuid, state: AccountState) -> Result<(), NoRenewal> {
    if first == account {
        Err(NoRenewal::OnesOwn)
    } else if may_be_given_keys(state) {
        Ok(())
    } else {
        Err(NoRenewal::NotInUse)
    }
}

/// Whether `second` may decide what `first` has proposed for the account.
///
/// # Errors
/// [`NoRenewal`].
pub fn may_decide_recovery(
    first: Uuid,
    second: Uuid,
    account: Uuid,
    state: AccountState,
) -> Result<(), NoRenewal> {
    if first == second {
        Err(NoRenewal::SamePersonTwice)
    } else {
        may_propose_recovery(second, account, state)
    }
}

/// For how long new sign-in details can be set, and by how many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnrolmentPolicy {
    /// Hours for which an enrolment code works; 24 by default.
    pub code_hours: u16,
    /// After so many wrong codes it is void; 2 by default.
    pub tries: u8,
    /// Hours within which a second user manager decides a recovery, and the first takes the code; 24 by default.
    pub recovery_hours: u16,
}

impl Default for EnrolmentPolicy {
    fn default() -> Self {
        Self { code_hours: 24, tries: 2, recovery_hours: 24 }
    }
}
