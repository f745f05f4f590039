//! Brothers and sisters: home and family name are shared, the birth date nearly.

use super::Home::{New, Old, Unknown};
use super::Outcome::{Apart, Link, Review};
use super::{Case, at, check};

#[test]
fn siblings() {
    let jack = || at(Old, "Jack", "Marsh", "2014-03-09", "M");
    let cases: [Case; 9] = [
        ("a brother", jack(), at(Old, "Thomas", "Marsh", "2016-08-20", "M"), Apart),
        ("a sister", jack(), at(Old, "Lily", "Marsh", "2012-11-02", "F"), Apart),
        (
            "a brother born that day two years later",
            jack(),
            at(Old, "Thomas", "Marsh", "2016-03-09", "M"),
            Apart,
        ),
        (
            "a brother born that day a year later",
            jack(),
            at(Old, "Thomas", "Marsh", "2015-03-09", "M"),
            Apart,
        ),
        ("a brother whose name is alike", jack(), at(Old, "Zack", "Marsh", "2016-08-20", "M"), Apart),
        (
            "a half-brother of another family name",
            jack(),
            at(Old, "Thomas", "Doyle", "2016-08-20", "M"),
            Apart,
        ),
        (
            "a brother in whose record his number was written",
            jack().with("nhs_number", "9434765919"),
            at(Old, "Thomas", "Marsh", "2016-08-20", "M").with("nhs_number", "9434765919"),
            Apart,
        ),
        (
            "a namesake of the family whose address is not known",
            jack(),
            at(Unknown, "Jack", "Marsh", "2016-08-20", "M"),
            Apart,
        ),
        ("himself, a digit of the year wrong", jack(), at(Old, "Jack", "Marsh", "2015-03-09", "M"), Link),
    ];
    check(&cases);
}

#[test]
fn a_late_brother_called_after_a_dead_one_is_asked_about_or_kept_apart() {
    // Same home, same full name, another birth date altogether: nothing in the record tells a mistake from a brother.
    let first = at(Old, "Jack", "Marsh", "2014-03-09", "M");
    check(&[
        ("at the same home", first.clone(), at(Old, "Jack", "Marsh", "2016-08-20", "M"), Review),
        ("after a move", first, at(New, "Jack", "Marsh", "2016-08-20", "M"), Apart),
    ]);
}
