//! Two children of one birth: all but the given name, the gender and the numbers is equal.

use super::Home::{New, Old};
use super::Outcome::{Apart, Link, Review};
use super::{Case, at, check, weight};

const BORN: &str = "2014-03-09";

#[test]
fn twins() {
    let cases: [Case; 12] = [
        (
            "brother and sister",
            at(Old, "Jack", "Marsh", BORN, "M"),
            at(Old, "Lily", "Marsh", BORN, "F"),
            Apart,
        ),
        (
            "two brothers of unlike names",
            at(Old, "Jack", "Marsh", BORN, "M"),
            at(Old, "Thomas", "Marsh", BORN, "M"),
            Apart,
        ),
        (
            "two sisters of unlike names",
            at(Old, "Grace", "Marsh", BORN, "F"),
            at(Old, "Holly", "Marsh", BORN, "F"),
            Apart,
        ),
        (
            "two brothers of one initial",
            at(Old, "Jack", "Marsh", BORN, "M"),
            at(Old, "James", "Marsh", BORN, "M"),
            Apart,
        ),
        (
            "names that differ by their last letters",
            at(Old, "Daniela", "Marsh", BORN, "F"),
            at(Old, "Danielle", "Marsh", BORN, "F"),
            Review,
        ),
        (
            "brother and sister whose names differ by a letter",
            at(Old, "Daniel", "Marsh", BORN, "M"),
            at(Old, "Danielle", "Marsh", BORN, "F"),
            Review,
        ),
        (
            "one further name in common",
            at(Old, "Jack William", "Marsh", BORN, "M"),
            at(Old, "Harry William", "Marsh", BORN, "M"),
            Apart,
        ),
        ("moved apart", at(Old, "Jack", "Marsh", BORN, "M"), at(New, "Thomas", "Marsh", BORN, "M"), Apart),
        (
            "the same numbers but for the last digits",
            at(Old, "Jack", "Marsh", BORN, "M").with("nhs_number", "9434765919"),
            at(Old, "Thomas", "Marsh", BORN, "M").with("nhs_number", "4010232137"),
            Apart,
        ),
        (
            "names alike, numbers differ",
            at(Old, "Daniela", "Marsh", BORN, "F").with("nhs_number", "9434765919"),
            at(Old, "Danielle", "Marsh", BORN, "F").with("nhs_number", "4010232137"),
            Review,
        ),
        (
            "one of them under a nickname",
            at(Old, "Thomas", "Marsh", BORN, "M"),
            at(Old, "Tommy", "Marsh", BORN, "M"),
            Link,
        ),
        (
            "one of them by his number",
            at(Old, "Thomas", "Marsh", BORN, "M").with("nhs_number", "9434765919"),
            at(Old, "Tom", "Marsh", BORN, "M").with("nhs_number", "9434765919"),
            Link,
        ),
    ];
    check(&cases);
}

#[test]
fn the_other_twin_is_worth_less_than_any_mistake_in_ones_own_name() {
    let own = at(Old, "Thomas", "Marsh", BORN, "M");
    let twin = weight(&own, &at(Old, "Jack", "Marsh", BORN, "M"));
    for mistake in ["Tomas", "Thoams", "Tom", "Thomsa", "T"] {
        let found = weight(&own, &at(Old, mistake, "Marsh", BORN, "M"));
        assert!(found > twin + 4.0, "{mistake}: {found:.1}, the twin {twin:.1}");
    }
}
