//! One child whom five services know under five names and dates: every record finds the known one, and none finds a brother.

use super::Home::{New, Old, Unknown};
use super::Outcome::{Apart, Link, Review};
use super::{Case, at, check};

#[test]
fn a_child_known_under_five_identities() {
    let known = || {
        at(Old, "Mohammed Yusuf", "Rahman", "2014-03-09", "M")
            .with("alias_forenames", "Yusuf")
            .with("alias_surname", "Choudhury")
            .with("nhs_number", "9434765919")
    };
    let cases: [Case; 7] = [
        (
            "health: another spelling, the number",
            known(),
            at(New, "Muhammad", "Rehman", "2014-03-09", "M").with("nhs_number", "9434765919"),
            Link,
        ),
        ("school: the name he goes by", known(), at(Old, "Yusuf", "Choudhury", "2014-03-09", "M"), Link),
        ("police: day and month swapped", known(), at(Old, "Mohammed", "Rahman", "2014-09-03", "M"), Link),
        ("hospital: names swapped", known(), at(Old, "Rahman", "Mohammed", "2014-03-09", "M"), Link),
        ("youth work: a nickname and 1 January", known(), at(Old, "Mo", "Rahman", "2014-01-01", "M"), Review),
        ("a brother", known(), at(Old, "Ibrahim", "Rahman", "2016-07-30", "M"), Apart),
        (
            "a namesake without an address",
            known(),
            at(Unknown, "Mohammed", "Rahman", "2013-12-21", "M"),
            Apart,
        ),
    ];
    check(&cases);
}
