//! E-mail addresses of practitioners, schools and carers.

use crate::text_value::{display_as_stored, text_value};
use serde::{Deserialize, Serialize};

/// An e-mail address: one `@`, something before it, a domain with a dot after it, the domain in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// The text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address; write it like name@example.org")]
pub struct EmailAddressError;

impl EmailAddress {
    /// Reads an address; white space around it does not matter.
    ///
    /// # Errors
    /// When the text does not have the shape of an address or is longer than 254 characters.
    pub fn parse(text: &str) -> Result<Self, EmailAddressError> {
        let text = text.trim();
        let (mailbox, domain) = text.split_once('@').ok_or(EmailAddressError)?;
        let mailbox_ok = (1..=64).contains(&mailbox.len())
            && mailbox.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"\"(),:;<>[\\]".contains(c));
        let domain_ok = domain.contains('.')
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        if mailbox_ok && domain_ok && text.len() <= 254 {
            Ok(Self(format!("{mailbox}@{}", domain.to_lowercase())))
        } else {
            Err(EmailAddressError)
        }
    }
}

text_value!(EmailAddress, EmailAddressError);
display_as_stored!(EmailAddress);
