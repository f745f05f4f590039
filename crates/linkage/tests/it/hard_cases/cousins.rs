//! Children of one full name who are not one child: cousins called after a grandfather, and namesakes.

use super::Home::{New, Old};
use super::Outcome::{Apart, Review};
use super::{Case, at, check, weight};

#[test]
fn same_name_cousins() {
    let cases: [Case; 7] = [
        (
            "born two years apart",
            at(Old, "Harrison", "Peacock", "2014-03-09", "M"),
            at(New, "Harrison", "Peacock", "2016-08-20", "M"),
            Apart,
        ),
        (
            "born in one year",
            at(Old, "Harrison", "Peacock", "2014-03-09", "M"),
            at(New, "Harrison", "Peacock", "2014-10-28", "M"),
            Apart,
        ),
        (
            "born in one month",
            at(Old, "Harrison", "Peacock", "2014-03-09", "M"),
            at(New, "Harrison", "Peacock", "2014-03-22", "M"),
            Review,
        ),
        (
            "a rare name, born two years apart",
            at(Old, "Lancelot", "Featherstonehaugh", "2014-03-09", "M"),
            at(New, "Lancelot", "Featherstonehaugh", "2016-08-20", "M"),
            Apart,
        ),
        (
            "further names differ, born a digit apart",
            at(Old, "Harrison James", "Peacock", "2014-03-09", "M"),
            at(New, "Harrison Luke", "Peacock", "2014-03-08", "M"),
            Apart,
        ),
        (
            "a rare name, born a digit apart",
            at(Old, "Lancelot", "Featherstonehaugh", "2014-03-09", "M"),
            at(New, "Lancelot", "Featherstonehaugh", "2014-03-08", "M"),
            Review,
        ),
        (
            "another given name and the same birth date",
            at(Old, "Harrison", "Peacock", "2014-03-09", "M"),
            at(New, "Edward", "Peacock", "2014-03-09", "M"),
            Apart,
        ),
    ];
    check(&cases);
}

#[test]
fn namesakes_of_a_name_that_no_list_has_are_no_likelier_one_child_than_the_list_allows() {
    let pair = |forename: &str, surname: &str| {
        weight(&at(Old, forename, surname, "2014-03-09", "M"), &at(New, forename, surname, "2014-03-08", "M"))
    };
    let (unlisted, listed) = (pair("Zygimantas", "Petrauskas"), pair("Oliver", "Smith"));
    assert!(unlisted > listed, "{unlisted:.1} {listed:.1}");
    assert!(unlisted < listed + 12.0, "{unlisted:.1} {listed:.1}");
}
