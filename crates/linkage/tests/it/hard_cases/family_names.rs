//! Family names that change, double, lose a part, or differ between man and woman.

use super::Home::{New, Old};
use super::Outcome::{Apart, Link, Review};
use super::{Case, at, check};

const BORN: &str = "2014-03-09";

#[test]
fn a_parents_surname_changed() {
    let cases: [Case; 6] = [
        (
            "at the same home",
            at(Old, "Maisie", "Holt", BORN, "F"),
            at(Old, "Maisie", "Brennan", BORN, "F"),
            Link,
        ),
        (
            "the former one is told as an alias",
            at(Old, "Maisie", "Holt", BORN, "F"),
            at(New, "Maisie", "Brennan", BORN, "F").with("alias_forenames", "").with("alias_surname", "Holt"),
            Link,
        ),
        (
            "after a move, a rare first name",
            at(Old, "Ottoline", "Holt", BORN, "F"),
            at(New, "Ottoline", "Brennan", BORN, "F"),
            Review,
        ),
        (
            "after a move, a common first name",
            at(Old, "Amelia", "Holt", BORN, "F"),
            at(New, "Amelia", "Brennan", BORN, "F"),
            Apart,
        ),
        (
            "after a move, two given names",
            at(Old, "Ottoline Beatrix", "Holt", BORN, "F"),
            at(New, "Ottoline Beatrix", "Brennan", BORN, "F"),
            Review,
        ),
        (
            "a stranger of that first name and birth date in the town",
            at(Old, "Amelia", "Holt", BORN, "F"),
            super::child("Amelia", "Brennan", BORN, "F", "LS6 4QQ", "9 Mill Lane"),
            Review,
        ),
    ];
    check(&cases);
}

#[test]
fn hyphenated_and_double_family_names() {
    let one = |surname: &str| at(Old, "Maisie", surname, BORN, "F");
    let moved = |surname: &str| at(New, "Maisie", surname, BORN, "F");
    let cases: [Case; 9] = [
        ("a space for the hyphen", one("Holt-Brennan"), moved("Holt Brennan"), Link),
        ("no space at all", one("Holt-Brennan"), moved("Holtbrennan"), Link),
        ("the other order", one("Holt-Brennan"), moved("Brennan-Holt"), Link),
        ("the first part alone", one("Holt-Brennan"), one("Holt"), Link),
        ("the last part alone", one("Holt-Brennan"), one("Brennan"), Link),
        ("a part alone, after a move", one("Holt-Brennan"), moved("Brennan"), Link),
        ("a part mistyped", one("Holt-Brennan"), moved("Holt-Brenan"), Link),
        (
            "two Spanish names, one dropped",
            at(Old, "Lucia", "Garcia Lopez", BORN, "F"),
            at(New, "Lucía", "García", BORN, "F"),
            Link,
        ),
        (
            "a particle dropped",
            at(Old, "Ines", "da Silva Costa", BORN, "F"),
            at(New, "Ines", "Silva Costa", BORN, "F"),
            Link,
        ),
    ];
    check(&cases);
}

#[test]
fn endings_and_marks_of_family_names() {
    let cases: [Case; 8] = [
        (
            "Polish, the man's ending",
            at(Old, "Zofia", "Kowalska", BORN, "F"),
            at(New, "Zofia", "Kowalski", BORN, "F"),
            Link,
        ),
        (
            "Polish, marks lost",
            at(Old, "Zofia", "Wiśniewska", BORN, "F"),
            at(New, "Zofia", "Wisniewska", BORN, "F"),
            Link,
        ),
        (
            "Russian, the man's ending",
            at(Old, "Anna", "Ivanova", BORN, "F"),
            at(New, "Anna", "Ivanov", BORN, "F"),
            Link,
        ),
        (
            "German, ue for the umlaut",
            at(Old, "Lena", "Müller", BORN, "F"),
            at(New, "Lena", "Mueller", BORN, "F"),
            Link,
        ),
        (
            "Turkish, the dotless i",
            at(Old, "Elif", "Yıldız", BORN, "F"),
            at(New, "Elif", "Yildiz", BORN, "F"),
            Link,
        ),
        (
            "Irish, marks and apostrophe",
            at(Old, "Niamh", "Ó Súilleabháin", BORN, "F"),
            at(New, "Niamh", "O'Suilleabhain", BORN, "F"),
            Link,
        ),
        (
            "Arabic, the article",
            at(Old, "Omar", "Al-Hassan", BORN, "M"),
            at(New, "Omar", "El Hassan", BORN, "M"),
            Link,
        ),
        (
            "the article dropped",
            at(Old, "Omar", "Al-Hassan", BORN, "M"),
            at(Old, "Omar", "Hassan", BORN, "M"),
            Link,
        ),
    ];
    check(&cases);
}
