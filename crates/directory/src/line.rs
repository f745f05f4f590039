//! One short line of text: the name of a body, a place or a worker. There is no longer text anywhere (law 1).

use crate::text_value::{display_as_stored, text_value};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// The most characters a line may have.
pub const LINE_LENGTH: usize = 100;

/// One line of 1 to 100 characters in Unicode normal form C, without control characters; runs of white space are one
/// space. Too short for a note about a child, which the directory must not hold (rules 1.20, 1.21).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line(String);

/// Why a text is not a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// More than 100 characters.
    #[error("the text has {found} characters; at most {LINE_LENGTH} are allowed")]
    Length {
        /// How many characters were given.
        found: usize,
    },
    /// A control character, such as NUL or a line break.
    #[error("the text contains a control character; remove it")]
    Control,
}

impl Line {
    /// Reads and normalises one line.
    ///
    /// # Errors
    /// When it is empty, longer than 100 characters, or contains a control character.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let normal = normal_spaces(text);
        if normal.is_empty() {
            return Err(LineError::Empty);
        }
        if normal.chars().any(is_hidden) {
            return Err(LineError::Control);
        }
        let found = normal.chars().count();
        if found > LINE_LENGTH { Err(LineError::Length { found }) } else { Ok(Self(normal)) }
    }
}

/// Normal form C, trimmed, each run of spaces one space. Line breaks and tabs are kept, to be refused by name.
pub(crate) fn normal_spaces(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let is_space = |c: char| c.is_whitespace() && !c.is_control();
    for character in text.trim().nfc() {
        match (is_space(character), normal.ends_with(' ')) {
            (true, true) => {}
            (true, false) => normal.push(' '),
            (false, _) => normal.push(character),
        }
    }
    normal
}

/// Control characters, and the invisible ones that reorder or hide text.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFD}' | '\u{E0000}'..='\u{E007F}')
}

text_value!(Line, LineError);
display_as_stored!(Line);
