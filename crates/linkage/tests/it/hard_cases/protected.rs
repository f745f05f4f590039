//! A child under a new, protected identity: nothing that was changed may be found out again.

use super::Home::{New, Old};
use super::Outcome::{Apart, Review};
use super::{Case, at, check};

#[test]
fn a_protected_identity() {
    let before = || at(Old, "Chloe", "Barton", "2014-03-09", "F").with("upn", "A820200001001");
    let cases: [Case; 4] = [
        (
            "all names changed, the birth date kept",
            before(),
            at(New, "Hannah", "Lyle", "2014-03-09", "F"),
            Apart,
        ),
        ("all changed, the birth date too", before(), at(New, "Hannah", "Lyle", "2014-03-12", "F"), Apart),
        ("the first name kept", before(), at(New, "Chloe", "Lyle", "2014-03-09", "F"), Apart),
        (
            "a rare first name kept",
            at(Old, "Ottoline", "Barton", "2014-03-09", "F"),
            at(New, "Ottoline", "Lyle", "2014-03-09", "F"),
            Review,
        ),
    ];
    check(&cases);
}
