//! Telephone numbers, kept as they were written because that is how they are read aloud.

use crate::text_value::{display_as_stored, text_value};
use serde::{Deserialize, Serialize};

/// A telephone number: 3 to 15 digits as written, perhaps with a leading `+`, brackets, hyphens, and an extension
/// (`ext 12` or `x12`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Telephone(String);

/// The text is not a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number; write 3 to 15 digits, like 020 7946 0000 or 020 7946 0000 ext 12")]
pub struct TelephoneError;

impl Telephone {
    /// Reads a number; white space around it does not matter.
    ///
    /// # Errors
    /// When there are too few or too many digits, or other characters than a number has.
    pub fn parse(text: &str) -> Result<Self, TelephoneError> {
        let number = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
        let (main, extension) = split_extension(&number);
        let shaped = main
            .char_indices()
            .all(|(at, c)| c.is_ascii_digit() || " ()-.".contains(c) || (c == '+' && at == 0));
        let count = main.bytes().filter(u8::is_ascii_digit).count();
        let extension_ok =
            extension.is_none_or(|e| (1..=6).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_digit()));
        if shaped && (3..=15).contains(&count) && extension_ok {
            Ok(Self(number))
        } else {
            Err(TelephoneError)
        }
    }

    /// The number for a `tel:` link: digits, a leading `+` kept, the extension after `;ext=`.
    #[must_use]
    pub fn uri(&self) -> String {
        let (main, extension) = split_extension(&self.0);
        let mut uri = String::from("tel:");
        uri.extend(main.chars().filter(|c| c.is_ascii_digit() || *c == '+'));
        if let Some(extension) = extension {
            uri.push_str(";ext=");
            uri.push_str(extension);
        }
        uri
    }
}

fn split_extension(number: &str) -> (&str, Option<&str>) {
    match number.split_once('x') {
        Some((main, extension)) => {
            let main = main.trim_end().strip_suffix('e').unwrap_or(main).trim_end();
            (main, Some(extension.trim_start_matches('t').trim_start_matches(['.', ' '])))
        }
        None => (number, None),
    }
}

text_value!(Telephone, TelephoneError);
display_as_stored!(Telephone);
