//! Names of people: what a name may be written with, and what only looks like one.

use directory::person_name::NameError;
use directory::{NameUse, PersonName, Postcode};

use crate::rules::Rule;

/// Stand-ins that systems and people put where a name is not known. Surnames that real people bear (Null, Na,
/// Baby, None) are not among them.
const PLACEHOLDERS: &[&str] = &[
    "unknown",
    "unk",
    "not known",
    "notknown",
    "not given",
    "not stated",
    "not specified",
    "not applicable",
    "n/a",
    "no name",
    "no surname",
    "no forename",
    "nfn",
    "test",
    "testing",
    "test test",
    "test patient",
    "test pupil",
    "test child",
    "dummy",
    "tbc",
    "tba",
    "to be confirmed",
    "anonymous",
    "forename",
    "forenames",
    "first name",
    "firstname",
    "surname",
    "last name",
    "lastname",
    "do not use",
    "duplicate",
    "asdf",
    "xx",
];

/// Whether a half of a name can stand. A name of one letter can, and so can one of any script.
pub(crate) fn half(value: &str) -> Result<(), Rule> {
    if is_placeholder(value) {
        return Err(Rule::PlaceholderName);
    }
    if holds_postcode(value) {
        return Err(Rule::PostcodeInName);
    }
    PersonName::new(value, "", NameUse::Current).map(|_| ()).map_err(rule_of)
}

/// The rule behind the directory's own error.
pub(crate) fn rule_of(error: NameError) -> Rule {
    match error {
        NameError::Empty => Rule::NameMissing,
        NameError::Length { .. } => Rule::TooLong,
        NameError::Control { .. } => Rule::UnseenCharacters,
        NameError::Character { .. } => Rule::SymbolInName,
        NameError::NoLetter { .. } => Rule::NameWithoutLetter,
        NameError::Postcode { .. } => Rule::PostcodeInName,
    }
}

fn is_placeholder(value: &str) -> bool {
    let words: Vec<String> = value
        .split(|character: char| character.is_whitespace() || "*.()-_?".contains(character))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let plain = words.join(" ");
    PLACEHOLDERS.contains(&plain.as_str()) || (plain.len() >= 3 && plain.bytes().all(|byte| byte == b'x'))
}

/// A whole postcode as a word of its own or as two words that follow each other.
fn holds_postcode(value: &str) -> bool {
    if !value.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let words: Vec<&str> =
        value.split(|character: char| character.is_whitespace() || character == ',').collect();
    words.iter().any(|word| Postcode::parse(word).is_ok())
        || words.windows(2).any(|pair| Postcode::parse(&pair.concat()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_kind_pass_and_what_only_looks_like_a_name_does_not() {
        for (value, expected) in [
            ("O'Connor", None),
            ("D’Souza", None),
            ("Anne-Marie", None),
            ("X", None),
            ("Ng", None),
            ("محمد", None),
            ("שרה", None),
            ("小明", None),
            ("Nguyễn", None),
            ("Baby", None),
            ("Null", None),
            ("Testa", None),
            ("Baby 2", None),
            ("St. John", None),
            ("Unknown", Some(Rule::PlaceholderName)),
            (" - UNKNOWN - ", Some(Rule::PlaceholderName)),
            ("Not Known", Some(Rule::PlaceholderName)),
            ("Test", Some(Rule::PlaceholderName)),
            ("XXXX", Some(Rule::PlaceholderName)),
            ("LS1 4AP", Some(Rule::PostcodeInName)),
            ("ls14ap", Some(Rule::PostcodeInName)),
            ("Smith LS1 4AP", Some(Rule::PostcodeInName)),
            ("Amelia 😀", Some(Rule::SymbolInName)),
            ("Amelia ❤", Some(Rule::SymbolInName)),
            ("a@b", Some(Rule::SymbolInName)),
            ("\u{202E}ylimA", Some(Rule::UnseenCharacters)),
            ("Am\u{7}y", Some(Rule::UnseenCharacters)),
            ("Jos\u{FFFD}", Some(Rule::UnseenCharacters)),
            ("-", Some(Rule::NameWithoutLetter)),
            ("123", Some(Rule::NameWithoutLetter)),
        ] {
            assert_eq!(half(value).err(), expected, "{value}");
        }
    }
}
