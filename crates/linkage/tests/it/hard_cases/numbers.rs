//! Numbers of a person, beside the rest of the record and against it.

use super::Home::{New, Old};
use super::Outcome::{Apart, Link, Review};
use super::{Case, at, check};

const RIGHT: &str = "9434765919";
const OTHER: &str = "4010232137";

#[test]
fn a_number_beside_the_rest_of_the_record() {
    let known = || at(Old, "Maisie", "Peacock", "2014-03-09", "F").with("nhs_number", RIGHT);
    let cases: [Case; 7] = [
        (
            "it agrees, everything else but the name changed",
            known(),
            at(New, "Maisie", "Brennan", "2014-03-09", "F").with("nhs_number", RIGHT),
            Link,
        ),
        (
            "it agrees, the birth date is a slip",
            known(),
            at(New, "Maisie", "Peacock", "2014-09-03", "F").with("nhs_number", RIGHT),
            Link,
        ),
        (
            "it differs by a digit and fails its check",
            known(),
            at(Old, "Maisie", "Peacock", "2014-03-09", "F").with("nhs_number", "9434765918"),
            Link,
        ),
        (
            "it fails its check: as good as missing",
            known(),
            at(Old, "Maisie", "Peacock", "2014-03-09", "F").with("nhs_number", "1234567890"),
            Link,
        ),
        (
            "another one, after a move",
            known(),
            at(New, "Maisie", "Peacock", "2014-03-09", "F").with("nhs_number", OTHER),
            Review,
        ),
        (
            "another one, another birth date",
            known(),
            at(New, "Maisie", "Peacock", "2014-03-22", "F").with("nhs_number", OTHER),
            Apart,
        ),
        (
            "it alone agrees under a new name and birth date",
            known(),
            at(New, "Hannah", "Lyle", "2011-11-27", "F").with("nhs_number", RIGHT),
            Review,
        ),
    ];
    check(&cases);
}
