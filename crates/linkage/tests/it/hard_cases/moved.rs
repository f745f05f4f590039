//! Moved, with everything changed but name and birth date.

use super::Home::{New, Old, Unknown};
use super::Outcome::{Link, Review};
use super::{Case, at, check};

const BORN: &str = "2014-03-09";

#[test]
fn moved_with_everything_changed_but_name_and_birth_date() {
    let cases: [Case; 8] = [
        (
            "a name of the usual rarity",
            at(Old, "Maisie", "Peacock", BORN, "F"),
            at(New, "Maisie", "Peacock", BORN, "F"),
            Link,
        ),
        (
            "a rare name",
            at(Old, "Lancelot", "Featherstonehaugh", BORN, "M"),
            at(New, "Lancelot", "Featherstonehaugh", BORN, "M"),
            Link,
        ),
        (
            "two given names of a common name",
            at(Old, "Oliver James", "Smith", BORN, "M"),
            at(New, "Oliver James", "Smith", BORN, "M"),
            Link,
        ),
        (
            "the commonest name: there may be two",
            at(Old, "Oliver", "Smith", BORN, "M"),
            at(New, "Oliver", "Smith", BORN, "M"),
            Review,
        ),
        (
            "the commonest name, no address at all",
            at(Old, "Oliver", "Smith", BORN, "M"),
            at(Unknown, "Oliver", "Smith", BORN, "M"),
            Link,
        ),
        (
            "further names dropped",
            at(Old, "Maisie Rose", "Peacock", BORN, "F"),
            at(New, "Maisie", "Peacock", BORN, "F"),
            Link,
        ),
        (
            "further names differ",
            at(Old, "Oliver James", "Smith", BORN, "M"),
            at(New, "Oliver Luke", "Smith", BORN, "M"),
            Review,
        ),
        (
            "the gender differs too",
            at(Old, "Alex", "Peacock", BORN, "F"),
            at(New, "Alex", "Peacock", BORN, "M"),
            Review,
        ),
    ];
    check(&cases);
}
