//! Words that stand where a value is not known. They agree with nothing, themselves included.

use super::Home::{New, Old};
use super::Outcome::{Apart, Review};
use super::{Case, at, check, weight};

const BORN: &str = "2014-03-09";

#[test]
fn placeholder_names() {
    let cases: [Case; 5] = [
        (
            "both unknown",
            at(Old, "Unknown", "Unknown", BORN, "F"),
            at(New, "Unknown", "Unknown", BORN, "F"),
            Apart,
        ),
        ("both a test", at(Old, "Test", "Test", BORN, "F"), at(New, "Test", "Test", BORN, "F"), Apart),
        (
            "a test patient beside a child of that birth date",
            at(Old, "Test", "Patient", BORN, "F"),
            at(New, "Maisie", "Peacock", BORN, "F"),
            Apart,
        ),
        (
            "the family name not known, at one home",
            at(Old, "Maisie", "Unknown", BORN, "F"),
            at(Old, "Maisie", "Peacock", BORN, "F"),
            super::Outcome::Link,
        ),
        (
            "the given name not known, at one home",
            at(Old, "Unknown", "Peacock", BORN, "F"),
            at(Old, "Maisie", "Peacock", BORN, "F"),
            Review,
        ),
    ];
    check(&cases);
}

#[test]
fn a_placeholder_is_as_good_as_nothing() {
    let known = at(New, "Maisie", "Peacock", BORN, "F");
    let without = weight(&at(Old, "", "Peacock", BORN, "F"), &known);
    for word in ["Unknown", "Not known", "N/A", "test", "xxx", "None", "TBC", "-", "Baby", "?"] {
        assert_eq!(weight(&at(Old, word, "Peacock", BORN, "F"), &known), without, "{word}");
    }
}
