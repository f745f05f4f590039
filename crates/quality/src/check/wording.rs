//! Values that read like text about a child (law 1): they are counted, and never shown.

use feeds::Kind;

use crate::fault::Check;
use crate::profile::ValueKind;

/// Words of a case. One of them among several others tells; alone it may be a name (a Mr Risk lives in Norfolk).
const CASE_WORDS: &[&str] = &[
    "abuse",
    "abused",
    "allegation",
    "alleged",
    "allergic",
    "allergy",
    "arrested",
    "asthma",
    "autism",
    "autistic",
    "adhd",
    "concern",
    "concerns",
    "diabetes",
    "diabetic",
    "diagnosed",
    "diagnosis",
    "disability",
    "disclosed",
    "domestic",
    "epilepsy",
    "excluded",
    "foster",
    "injury",
    "medication",
    "neglect",
    "notes",
    "overdose",
    "please",
    "pregnant",
    "prescribed",
    "risk",
    "safeguarding",
    "suicidal",
    "suspected",
    "vaccinated",
    "violence",
    "violent",
    "warning",
];

/// No name, street or organisation has so many words.
const MOST_WORDS: usize = 11;

pub(super) fn check(kind: &ValueKind, value: &str) -> Option<Check> {
    let ValueKind::Feed(Kind::PersonName | Kind::OrganisationName | Kind::AddressLine | Kind::Town) = kind
    else {
        return None;
    };
    // A value of two words says too little; most stop here.
    if value.bytes().filter(|byte| *byte == b' ').count() < 2 {
        return None;
    }
    let words = || {
        value
            .split(|letter: char| !letter.is_alphanumeric() && letter != '\'')
            .filter(|word| !word.is_empty())
    };
    let tells = |word: &str| CASE_WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
    (words().count() > MOST_WORDS || words().any(tells)).then_some(Check::ReadsLikeText)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_about_a_child_is_found_and_a_long_name_is_not() {
        let of = |value: &str| check(&ValueKind::Feed(Kind::OrganisationName), value).is_some();
        for text in [
            "mum disclosed domestic violence",
            "see notes in file",
            "at risk of exclusion",
            "Do not visit alone since the dog at this house has bitten two of us",
        ] {
            assert!(of(text), "{text}");
        }
        for name in [
            "Our Lady of Mount Carmel Roman Catholic Primary School",
            "Risk",
            "Maria da Conceição dos Santos Silva",
            "Flat 3, The Old Rectory, Church Lane",
        ] {
            assert!(!of(name), "{name}");
        }
    }
}
