//! Children of one name only, which sources put in either column or in both.

use super::Home::{New, Old};
use super::Outcome::{Apart, Link, Review};
use super::{Case, at, check};

const BORN: &str = "2014-03-09";

#[test]
fn one_name_only() {
    let cases: [Case; 8] = [
        ("in the same column", at(Old, "Tenzin", "", BORN, "M"), at(Old, "Tenzin", "", BORN, "M"), Link),
        (
            "in either column, at one home",
            at(Old, "Tenzin", "", BORN, "M"),
            at(Old, "", "Tenzin", BORN, "M"),
            Link,
        ),
        (
            "in both columns of one",
            at(Old, "Suharto", "", BORN, "M"),
            at(New, "Suharto", "Suharto", BORN, "M"),
            Review,
        ),
        (
            "in both columns of both",
            at(Old, "Suharto", "Suharto", BORN, "M"),
            at(New, "Suharto", "Suharto", BORN, "M"),
            Link,
        ),
        ("after a move", at(Old, "Suharto", "", BORN, "M"), at(New, "", "Suharto", BORN, "M"), Review),
        (
            "another name, in either column: a twin at one home",
            at(Old, "Tenzin", "", BORN, "M"),
            at(Old, "", "Pema", BORN, "M"),
            Apart,
        ),
        (
            "another name in the same column",
            at(Old, "Tenzin", "", BORN, "M"),
            at(Old, "Pema", "", BORN, "M"),
            Apart,
        ),
        (
            "another birth date",
            at(Old, "Suharto", "", BORN, "M"),
            at(New, "", "Suharto", "2011-11-27", "M"),
            Apart,
        ),
    ];
    check(&cases);
}
