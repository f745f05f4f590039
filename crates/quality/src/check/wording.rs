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
    "bereaved",
    "boyfriend",
    "concern",
    "concerns",
    "dad",
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
    "mum",
    "neglect",
    "notes",
    "overdose",
    "perpetrator",
    "please",
    "pregnant",
    "prescribed",
    "risk",
    "safeguarding",
    "stepdad",
    "suicidal",
    "suspected",
    "truant",
    "vaccinated",
    "violence",
    "violent",
    "warning",
];

/// Words and phrases that no street, house or town is called: one of them tells in an address, however short it is.
const NEVER_IN_AN_ADDRESS: &[&str] = &[
    "abused",
    "adhd",
    "asd",
    "autism",
    "autistic",
    "camhs",
    "child protection",
    "cp plan",
    "diabetic",
    "disclose",
    "do not",
    "epileptic",
    "in care",
    "known to",
    "overdose",
    "pregnant",
    "safeguarding",
    "see notes",
    "self harm",
    "suicidal",
    "violent",
];

/// No name, street or organisation has so many words.
const MOST_WORDS: usize = 11;

pub(super) fn check(kind: &ValueKind, value: &str) -> Option<Check> {
    let ValueKind::Feed(Kind::PersonName | Kind::OrganisationName | Kind::AddressLine | Kind::Town) = kind
    else {
        return None;
    };
    if matches!(kind, ValueKind::Feed(Kind::AddressLine | Kind::Town)) && is_never_an_address(value) {
        return Some(Check::ReadsLikeText);
    }
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

/// Whether one of the phrases stands in it, as words: whatever stands between two of them is one space.
fn is_never_an_address(value: &str) -> bool {
    // Most values have a number or one word, and need no copy.
    if !value.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return false;
    }
    let mut words = String::with_capacity(value.len() + 2);
    words.push(' ');
    for word in value.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        words.push_str(word);
        words.push(' ');
    }
    words.make_ascii_lowercase();
    NEVER_IN_AN_ADDRESS.iter().any(|known| {
        words.match_indices(known).any(|(at, found)| {
            let bytes = words.as_bytes();
            at > 0 && bytes.get(at - 1) == Some(&b' ') && bytes.get(at + found.len()) == Some(&b' ')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_about_a_child_in_an_address_is_found_however_short_it_is() {
        let of = |value: &str| check(&ValueKind::Feed(Kind::AddressLine), value).is_some();
        for text in [
            "Autistic",
            "Child has ASD",
            "Known to CAMHS",
            "CP plan in place",
            "self-harm",
            "Refuge - do not disclose",
            "dad in prison",
            "see notes",
        ] {
            assert!(of(text), "{text}");
        }
        for address in [
            "12 Mill Lane",
            "Asda Yard",
            "Care Home Cottage",
            "Violet Row",
            "The Old Prison",
            "Selfridge Harmony",
        ] {
            assert!(!of(address), "{address}");
        }
        let organisation = ValueKind::Feed(Kind::OrganisationName);
        assert!(check(&organisation, "Leeds CAMHS").is_none(), "a service may be called so");
    }

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
