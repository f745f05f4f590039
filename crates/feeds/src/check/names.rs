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
    "not recorded",
    "not available",
    "withheld",
    "name withheld",
    "n/a",
    "n/k",
    "no name",
    "no surname",
    "no forename",
    "nfn",
    "test",
    "testing",
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
    // Systems that want each name to be another number them: Unknown1.
    let unnumbered = plain.trim_end_matches(|last: char| last.is_ascii_digit()).trim_end();
    let is_one = |word: &str| PLACEHOLDERS.contains(&word);
    let doubled = words.len() > 1 && words.windows(2).all(|pair| pair.first() == pair.last());
    is_one(unnumbered)
        || (doubled && words.first().is_some_and(|word| is_one(word)))
        || (plain.len() >= 3 && plain.bytes().all(|byte| byte == b'x'))
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
            ("Nk", None),
            ("N K", None),
            ("Na Na", None),
            ("Unknown", Some(Rule::PlaceholderName)),
            ("UNKNOWN1", Some(Rule::PlaceholderName)),
            ("Unknown 12", Some(Rule::PlaceholderName)),
            ("Unknown Unknown", Some(Rule::PlaceholderName)),
            ("Test Test", Some(Rule::PlaceholderName)),
            ("N/K", Some(Rule::PlaceholderName)),
            ("Not recorded", Some(Rule::PlaceholderName)),
            ("Not available", Some(Rule::PlaceholderName)),
            ("WITHHELD", Some(Rule::PlaceholderName)),
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
