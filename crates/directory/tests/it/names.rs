use crate::children::name;
use directory::names::{fold, joined_words, same_name, surname_parts};
use directory::person_name::{NameError, NamePart};
use directory::{NameUse, PersonName};
use proptest::prelude::*;

fn made(forenames: &str, surname: &str) -> Result<String, NameError> {
    PersonName::new(forenames, surname, NameUse::Current).map(|name| name.to_string())
}

#[test]
fn names_of_every_script_are_kept_as_they_are() {
    for (forenames, surname) in [
        ("محمد", "الأحمد"),
        ("小明", "王"),
        ("Łukasz", "Wiśniewski"),
        ("Siân Llŷr", "ap Gwilym"),
        ("D'Arcy", "O’Neill"),
        ("Anne-Marie", "Smith-Jones"),
        ("Jean", "García Lopez"),
        ("O", "Ng"),
        ("Ọlámidé", "Ṣóyínká"),
        ("नेहा", "शर्मा"),
        ("می‌نا", "رضایی"),
        ("Baby 2", "Smith"),
    ] {
        let name = name(forenames, surname);
        assert_eq!((name.forenames(), name.surname()), (forenames, surname));
    }
}

#[test]
fn a_person_may_have_a_single_name_but_not_none() {
    assert_eq!(made("Suharto", ""), Ok("Suharto".to_owned()));
    assert_eq!(made("", "Suharto"), Ok("Suharto".to_owned()));
    assert_eq!(made(" ", ""), Err(NameError::Empty));
}

#[test]
fn a_name_is_trimmed_and_composed() {
    assert_eq!(made("  Zoe\u{308}  Mae ", "Smith"), Ok("Zo\u{eb} Mae Smith".to_owned()));
}

#[test]
fn what_is_no_name_is_refused_with_its_place() {
    for (forenames, error) in [
        ("12345", NameError::NoLetter { part: NamePart::Forenames }),
        ("--", NameError::NoLetter { part: NamePart::Forenames }),
        ("AL1 2QB", NameError::Postcode { part: NamePart::Forenames }),
        ("😀", NameError::Character { part: NamePart::Forenames }),
        ("a@example.org", NameError::Character { part: NamePart::Forenames }),
        ("Jo\tAnn", NameError::Control { part: NamePart::Forenames }),
        ("Jo\0", NameError::Control { part: NamePart::Forenames }),
        ("Jo\u{202e}nna", NameError::Control { part: NamePart::Forenames }),
    ] {
        assert_eq!(made(forenames, "Smith"), Err(error));
    }
    let long = "a".repeat(101);
    assert_eq!(made("Jo", &long), Err(NameError::Length { part: NamePart::Surname, found: 101 }));
    assert!(made("Jo", &"é".repeat(100)).is_ok());
}

#[test]
fn an_error_never_repeats_the_name() {
    let error = made("Mallory@home", "Smith").unwrap_err().to_string();
    assert!(!error.contains("Mallory") && error.contains("forenames"), "{error}");
}

#[test]
fn names_are_compared_without_marks_case_and_punctuation() {
    assert!(same_name(&name("Siân", "O'Neill"), &name("SIAN", "ONeill")));
    assert!(same_name(&name("Anne-Marie", "Łoś"), &name("anne marie", "los")));
    assert!(!same_name(&name("Anne", "Smith"), &name("Ann", "Smith")));
    assert_eq!(fold("  St. Mary’s "), "st marys");
}

#[test]
fn each_part_of_a_double_surname_stands_for_it() {
    assert_eq!(surname_parts("Smith-Jones"), ["smith", "jones"]);
    assert_eq!(surname_parts("García López"), ["garcia", "lopez"]);
    assert_eq!(surname_parts("de la Cruz"), ["cruz", "delacruz"]);
    assert_eq!(surname_parts("van den Berg"), ["berg", "vandenberg"]);
    assert_eq!(surname_parts("O'Brien"), ["obrien"]);
    assert_eq!(surname_parts("Le"), ["le"]);
    assert_eq!(joined_words("Mary O Brien"), ["mary", "obrien"]);
}

proptest! {
    #[test]
    fn a_name_survives_storage(forenames in "[\\p{L}' -]{1,30}", surname in "[\\p{L}' -]{0,30}") {
        if let Ok(name) = PersonName::new(&forenames, &surname, NameUse::Alias) {
            let json = serde_json::to_string(&name).unwrap();
            prop_assert_eq!(serde_json::from_str::<PersonName>(&json).unwrap(), name);
        }
    }

    #[test]
    fn every_name_has_a_plain_form(text in "\\p{L}{1,20}") {
        prop_assert!(!fold(&text).is_empty());
        prop_assert!(!surname_parts(&text).is_empty());
    }

    #[test]
    fn no_text_breaks_the_check(forenames in "\\PC{0,120}", surname in any::<String>()) {
        let _ = PersonName::new(&forenames, &surname, NameUse::Current);
    }
}
