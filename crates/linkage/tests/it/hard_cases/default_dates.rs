//! 1 January, which is written where a birth date is not known: two children who share it do not gain from it.

use super::Home::{New, Old};
use super::Outcome::{Apart, Link, Review};
use super::{Case, at, check, weight};

#[test]
fn a_shared_default_date() {
    let cases: [Case; 6] = [
        (
            "namesakes",
            at(Old, "Ahmed", "Ali", "2010-01-01", "M"),
            at(New, "Ahmed", "Ali", "2010-01-01", "M"),
            Review,
        ),
        (
            "a given name in common",
            at(Old, "Ahmed", "Ali", "2010-01-01", "M"),
            at(New, "Ahmed", "Noor", "2010-01-01", "M"),
            Apart,
        ),
        (
            "a hostel in common",
            at(Old, "Ahmed", "Ali", "2010-01-01", "M"),
            at(Old, "Dawit", "Tesfaye", "2010-01-01", "M"),
            Apart,
        ),
        (
            "brothers at one home",
            at(Old, "Ahmed", "Ali", "2010-01-01", "M"),
            at(Old, "Hamza", "Ali", "2010-01-01", "M"),
            Apart,
        ),
        (
            "namesakes at one home",
            at(Old, "Ahmed", "Ali", "2010-01-01", "M"),
            at(Old, "Ahmed", "Ali", "2010-01-01", "M"),
            Link,
        ),
        (
            "namesakes of a rare name",
            at(Old, "Zygimantas", "Petrauskas", "2010-01-01", "M"),
            at(New, "Zygimantas", "Petrauskas", "2010-01-01", "M"),
            Review,
        ),
    ];
    check(&cases);
}

#[test]
fn a_shared_1_january_is_worth_no_more_than_its_year() {
    let pair = |born: &str| weight(&at(Old, "Ahmed", "Ali", born, "M"), &at(New, "Ahmed", "Ali", born, "M"));
    let (default, known, missing) = (pair("2010-01-01"), pair("2010-03-14"), pair(""));
    assert!(default < known - 7.0, "{default:.1} {known:.1}");
    assert!(
        default < missing + 5.0,
        "a year is worth log2 of 18 years at the most: {default:.1} {missing:.1}"
    );
}

#[test]
fn dates_that_stand_for_none_are_missing() {
    let pair = |born: &str| weight(&at(Old, "Ahmed", "Ali", born, "M"), &at(New, "Ahmed", "Ali", born, "M"));
    for date in ["1900-01-01", "1111-11-11", "9999-12-31", "0000-00-00", "unknown"] {
        assert_eq!(pair(date), pair(""), "{date}");
    }
}
