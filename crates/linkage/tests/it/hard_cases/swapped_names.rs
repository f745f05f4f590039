//! Given and family name in each other's place.

use super::Home::{New, Old};
use super::Outcome::{Apart, Link};
use super::{Case, at, check, weight};

const BORN: &str = "2014-03-09";

#[test]
fn swapped_names() {
    let cases: [Case; 9] = [
        (
            "at the same home",
            at(Old, "Joseph", "Hughes", BORN, "M"),
            at(Old, "Hughes", "Joseph", BORN, "M"),
            Link,
        ),
        (
            "after a move",
            at(Old, "Ottoline", "Peacock", BORN, "F"),
            at(New, "Peacock", "Ottoline", BORN, "F"),
            Link,
        ),
        (
            "further names dropped",
            at(Old, "Joseph Daniel", "Hughes", BORN, "M"),
            at(Old, "Hughes", "Joseph", BORN, "M"),
            Link,
        ),
        (
            "further names kept",
            at(Old, "Joseph Daniel", "Hughes", BORN, "M"),
            at(Old, "Hughes", "Joseph Daniel", BORN, "M"),
            Link,
        ),
        (
            "one of two family names dropped",
            at(Old, "Lucia", "Garcia Lopez", BORN, "F"),
            at(Old, "Garcia", "Lucia", BORN, "F"),
            Link,
        ),
        (
            "a slip besides",
            at(Old, "Farah Yasin", "Abdirahman", BORN, "M"),
            at(Old, "Abdirahman", "Faarah Yasin", BORN, "M"),
            Link,
        ),
        (
            "another spelling besides",
            at(Old, "Mohammed", "Rahman", BORN, "M"),
            at(Old, "Rehman", "Muhammad", BORN, "M"),
            Link,
        ),
        (
            "a stranger of the swapped name",
            at(Old, "James", "Thomas", BORN, "M"),
            at(New, "Thomas", "James", "2016-08-20", "M"),
            Apart,
        ),
        (
            "a brother called by the family name of the other",
            at(Old, "James", "Thomas", BORN, "M"),
            at(Old, "Thomas", "Thomas", "2016-08-20", "M"),
            Apart,
        ),
    ];
    check(&cases);
}

#[test]
fn a_swap_that_could_be_another_childs_right_name_is_worth_less() {
    let swap = |a: &str, b: &str| weight(&at(Old, a, b, BORN, "M"), &at(New, b, a, BORN, "M"));
    assert!(swap("Oliver", "Peacock") > swap("James", "Thomas") + 3.0);
}
