//! Values that read like text about a child (law 1): they are counted, and never shown.

mod terms;

use std::cmp::Ordering;

use feeds::Kind;

use crate::fault::Check;
use crate::profile::ValueKind;
use terms::{ADDRESSES, LISTS, NAMES, ORGANISATIONS, RECORDS};

/// No name, street or organisation has so many words.
const MOST_WORDS: usize = 11;

/// Words before a number of a building that may look like a code of an illness: Unit B12.3.
const NUMBERED: &[&str] =
    &["apartment", "block", "flat", "floor", "gate", "office", "plot", "room", "suite", "unit"];

pub(super) fn check(kind: &ValueKind, value: &str) -> Option<Check> {
    let ValueKind::Feed(kind) = kind else { return None };
    let within = match kind {
        Kind::PersonName => NAMES,
        Kind::AddressLine | Kind::Town => ADDRESSES,
        Kind::OrganisationName => ORGANISATIONS,
        Kind::RecordId => RECORDS,
        _ => return None,
    };
    // Most record ids are numbers, and need no look.
    if !value.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let told = match kind {
        Kind::RecordId => tells(value, within),
        _ => {
            tells(value, within)
                || words(value).count() > MOST_WORDS
                || names_an_illness(value)
                // What stands in brackets behind a name is never the name.
                || within == NAMES && value.contains(['(', ')', '[', ']', '{', '}'])
        }
    };
    told.then_some(Check::ReadsLikeText)
}

/// The words of a value. A record's number is split at its hyphens and dots as well.
fn words(value: &str) -> impl Iterator<Item = &str> + Clone {
    value.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether one of the words and phrases that tell in such a column stands in it: whatever stands between two words is one space.
fn tells(value: &str, within: u8) -> bool {
    let mut rest = words(value);
    loop {
        let behind = rest.clone();
        let Some(word) = rest.next() else { return false };
        let lists = LISTS.iter().filter(|(of, _)| of & within != 0);
        if lists.into_iter().any(|(_, terms)| begins_with_one(word, behind.clone(), terms)) {
            return true;
        }
    }
}

/// Whether the words from here on begin with one of the terms, which stand in the order of their first words.
fn begins_with_one<'v>(first: &str, words: impl Iterator<Item = &'v str> + Clone, terms: &[&str]) -> bool {
    let from = terms.partition_point(|term| compared(first_of(term), first).is_lt());
    let possible = terms.iter().skip(from).take_while(|term| compared(first_of(term), first).is_eq());
    possible.into_iter().any(|term| {
        let mut words = words.clone();
        term.split(' ').all(|of_term| words.next().is_some_and(|word| compared(of_term, word).is_eq()))
    })
}

fn first_of(term: &str) -> &str {
    term.split(' ').next().unwrap_or_default()
}

/// A word of a term, which has small letters, against a word of a value.
fn compared(of_term: &str, word: &str) -> Ordering {
    of_term.bytes().cmp(word.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// Whether a code of ICD-10 stands in it by itself, such as F84.0.
fn names_an_illness(value: &str) -> bool {
    let mut before = "";
    value.split_whitespace().any(|word| {
        let numbered = NUMBERED.iter().any(|known| known.eq_ignore_ascii_case(before));
        before = word;
        !numbered && is_icd_10(word.trim_matches(|letter: char| !letter.is_alphanumeric()))
    })
}

fn is_icd_10(word: &str) -> bool {
    let (block, rest) = word.split_once('.').unwrap_or_default();
    let [letter, digits @ ..] = block.as_bytes() else { return false };
    letter.is_ascii_alphabetic()
        && digits.len() == 2
        && (1..=2).contains(&rest.len())
        && digits.iter().chain(rest.as_bytes()).all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: Kind, value: &str) -> bool {
        check(&ValueKind::Feed(kind), value).is_some()
    }

    #[test]
    fn the_terms_stand_in_the_order_of_their_words_in_small_letters() {
        for (_, terms) in LISTS {
            let firsts: Vec<&str> = terms.iter().map(|term| first_of(term)).collect();
            assert!(firsts.is_sorted(), "{firsts:?}");
            for term in *terms {
                assert!(words(term).eq(term.split(' ')) && *term == term.to_lowercase(), "{term}");
            }
        }
    }

    #[test]
    fn a_word_about_a_child_in_an_address_is_found_however_short_it_is() {
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
            assert!(told(Kind::AddressLine, text), "{text}");
        }
    }

    #[test]
    fn a_sentence_about_a_child_in_the_name_of_an_organisation_is_found() {
        for text in [
            "mum disclosed domestic violence",
            "see notes in file",
            "at risk of exclusion",
            "Do not visit alone since the dog at this house has bitten two of us",
        ] {
            assert!(told(Kind::OrganisationName, text), "{text}");
        }
    }

    #[test]
    fn no_street_house_town_or_service_is_taken_for_text_about_a_child() {
        for address in [
            "12 Mill Lane",
            "Asda Yard",
            "Care Home Cottage",
            "Violet Row",
            "The Old Prison",
            "Selfridge Harmony",
            "12 Foster Avenue",
            "3 Risk Street",
            "Warning Tongue Lane",
            "4 Prison Lane",
            "Refuge Street",
            "Asylum Road",
            "1 Hospital Hill",
            "Cancer Close",
            "Police Station Cottages",
            "The Old Police House",
            "Father Thompson Close",
            "Mother Shipton Walk",
            "Unit B12.3",
            "Flat F84, 2 High Street",
            "S20 6RW",
            "Terminal 4",
            "Blind Lane",
            "Deadman's Lane",
            "Bail Hill",
            "Lac Cottage",
            "Section House",
            "Drugstore Mews",
            "Flat 3, The Old Rectory, Church Lane",
        ] {
            assert!(!told(Kind::AddressLine, address), "{address}");
        }
        for town in
            ["Battle", "Beer", "Loose", "Crackpot", "Wetwang", "Pity Me", "Ryme Intrinseca", "Great Snoring"]
        {
            assert!(!told(Kind::Town, town), "{town}");
        }
        for organisation in [
            "Leeds CAMHS",
            "Leeds Allergy Clinic",
            "York Domestic Abuse Service",
            "Child Safeguarding Team",
            "Children in Care Team",
            "Young People's Drug and Alcohol Service",
            "National Autistic Society",
            "HM Young Offender Institution Wetherby",
            "Bereaved Children's Support Leeds",
            "Looked After Children's Nurses",
            "Foster Carers' Association",
            "Women's Refuge North",
            "Youth Offending Team",
            "Mother and Baby Unit",
            "Epilepsy Clinic (Thursday)",
            "Our Lady of Mount Carmel Roman Catholic Primary School",
            "Risk",
        ] {
            assert!(!told(Kind::OrganisationName, organisation), "{organisation}");
        }
        for record in
            ["R-000123", "CAMHS-0001", "HAS-12", "YOT.33", "SEN_2015_17", "LAC-0012", "HMP 12", "a1b2-c3d4"]
        {
            assert!(!told(Kind::RecordId, record), "{record}");
        }
    }

    /// 21,089 forenames and 8,395 surnames that people in England and Wales bear, alone and together.
    #[test]
    fn no_name_that_people_bear_is_taken_for_text_about_a_child() {
        let names = |text: &'static str| text.lines().skip(1).filter_map(|line| line.split(',').next());
        let given = names(include_str!("../../../population/data/forenames.csv"));
        let family = names(include_str!("../../../population/data/surnames.csv"));
        let mut wrong = Vec::new();
        for name in given.chain(family) {
            for value in [
                name.to_owned(),
                format!("Anna May {name}"),
                format!("{name}-Hale"),
                format!("{name} de Souza"),
            ] {
                if told(Kind::PersonName, &value) {
                    wrong.push(value);
                }
            }
            for value in [format!("12 {name} Road"), format!("{name} Court"), name.to_owned()] {
                if told(Kind::AddressLine, &value) {
                    wrong.push(value);
                }
            }
            for value in [format!("{name} Primary School"), format!("Dr {name} and Partners")] {
                if told(Kind::OrganisationName, &value) {
                    wrong.push(value);
                }
            }
        }
        for place in names(include_str!("../../../population/data/local_authorities.csv")) {
            if told(Kind::Town, place) {
                wrong.push(place.to_owned());
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }
}
