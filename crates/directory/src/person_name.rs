//! A person's name: what feeds give, what a page shows.

use crate::line::{LINE_LENGTH, is_hidden, normal_spaces};
use crate::postcode::Postcode;
use crate::text_value::coded;
use serde::{Deserialize, Serialize};
use std::fmt;
use unicode_normalization::char::is_combining_mark;

coded! {
    /// What a name is to the person who bears it.
    NameUse {
        /// The name in use.
        Current = "current",
        /// Another name in use.
        Alias = "alias",
        /// A name no longer in use (rule 1.1).
        Former = "former",
    }
}

/// A name of any script: forenames and surname, of which one may be empty, for people who have a single name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct PersonName {
    forenames: String,
    surname: String,
    #[serde(rename = "use")]
    name_use: NameUse,
}

#[derive(Deserialize)]
struct Unchecked {
    forenames: String,
    surname: String,
    #[serde(rename = "use")]
    name_use: NameUse,
}

/// Which half of a name an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamePart {
    /// The forenames.
    Forenames,
    /// The surname.
    Surname,
}

/// Why a text is not a name; it never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Both halves are empty.
    #[error("a name needs forenames or a surname")]
    Empty,
    /// More than 100 characters.
    #[error("{part}: {found} characters; at most {LINE_LENGTH} are allowed")]
    Length {
        /// Where.
        part: NamePart,
        /// How many characters were given.
        found: usize,
    },
    /// A control or invisible character.
    #[error("{part}: a control or invisible character; remove it")]
    Control {
        /// Where.
        part: NamePart,
    },
    /// A character no name has, such as an emoji or an at sign.
    #[error("{part}: a character that no name has")]
    Character {
        /// Where.
        part: NamePart,
    },
    /// No letter at all: a number, or marks only.
    #[error("{part}: no letter in it")]
    NoLetter {
        /// Where.
        part: NamePart,
    },
    /// A postcode stands where a name should.
    #[error("{part}: a postcode, not a name; look for a shifted column")]
    Postcode {
        /// Where.
        part: NamePart,
    },
}

impl PersonName {
    /// Checks and normalises a name: Unicode normal form C, single spaces, no space at either end.
    ///
    /// # Errors
    /// When both halves are empty, or one is too long, holds characters that no name has, has no letter, or is a
    /// postcode.
    pub fn new(forenames: &str, surname: &str, name_use: NameUse) -> Result<Self, NameError> {
        let forenames = checked(forenames, NamePart::Forenames)?;
        let surname = checked(surname, NamePart::Surname)?;
        if forenames.is_empty() && surname.is_empty() {
            return Err(NameError::Empty);
        }
        Ok(Self { forenames, surname, name_use })
    }

    /// The forenames; empty for some single-name people.
    #[must_use]
    pub fn forenames(&self) -> &str {
        &self.forenames
    }

    /// The surname; empty for some single-name people.
    #[must_use]
    pub fn surname(&self) -> &str {
        &self.surname
    }

    /// What the name is to its bearer.
    #[must_use]
    pub const fn name_use(&self) -> NameUse {
        self.name_use
    }

    /// The same name in another use.
    #[must_use]
    pub fn used_as(mut self, name_use: NameUse) -> Self {
        self.name_use = name_use;
        self
    }
}

fn checked(text: &str, part: NamePart) -> Result<String, NameError> {
    let name = normal_spaces(text);
    if name.is_empty() {
        return Ok(name);
    }
    let found = name.chars().count();
    if found > LINE_LENGTH {
        return Err(NameError::Length { part, found });
    }
    if name.chars().any(is_hidden) {
        return Err(NameError::Control { part });
    }
    if !name.chars().all(may_stand_in_a_name) {
        return Err(NameError::Character { part });
    }
    if !name.chars().any(char::is_alphabetic) {
        return Err(NameError::NoLetter { part });
    }
    if name.chars().any(|c| c.is_ascii_digit()) && Postcode::parse(&name).is_ok() {
        return Err(NameError::Postcode { part });
    }
    Ok(name)
}

/// Letters and marks of every script, digits ("Baby 2"), the joiners some scripts need inside a word, and the
/// punctuation found in names.
fn may_stand_in_a_name(character: char) -> bool {
    character.is_alphanumeric()
        || is_combining_mark(character)
        || matches!(
            character,
            ' ' | '\''
                | '`'
                | '´'
                | '‘'
                | '’'
                | 'ʻ'
                | 'ʼ'
                | 'ʾ'
                | 'ʿ'
                | '-'
                | '‐'
                | '‑'
                | '–'
                | '.'
                | ','
                | '/'
                | '('
                | ')'
                | '·'
                | '・'
                | '׳'
                | '״'
                | '\u{200C}'
                | '\u{200D}'
        )
}

impl TryFrom<Unchecked> for PersonName {
    type Error = NameError;
    fn try_from(name: Unchecked) -> Result<Self, Self::Error> {
        Self::new(&name.forenames, &name.surname, name.name_use)
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.forenames.is_empty() || self.surname.is_empty() { "" } else { " " };
        write!(f, "{}{gap}{}", self.forenames, self.surname)
    }
}

impl fmt::Display for NamePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forenames => "forenames",
            Self::Surname => "surname",
        })
    }
}
