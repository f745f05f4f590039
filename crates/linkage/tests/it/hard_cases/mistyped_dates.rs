//! Birth dates with a slip in them.

use super::Home::{New, Old};
use super::Outcome::{Apart, Link, Review};
use super::{Case, at, check, weight};

fn maisie(born: &str) -> linkage::RawRecord {
    at(Old, "Maisie", "Peacock", born, "F")
}

fn moved(born: &str) -> linkage::RawRecord {
    at(New, "Maisie", "Peacock", born, "F")
}

#[test]
fn swapped_day_and_month_and_other_slips() {
    let known = || maisie("2014-03-09");
    let cases: [Case; 13] = [
        ("day and month swapped", known(), maisie("2014-09-03"), Link),
        ("day and month swapped, after a move", known(), moved("2014-09-03"), Review),
        ("one digit", known(), maisie("2014-03-08"), Link),
        ("two neighbouring digits swapped", maisie("2014-03-12"), maisie("2014-03-21"), Link),
        ("the year before", known(), maisie("2013-03-09"), Link),
        ("the year before, the decade too", maisie("2020-03-09"), maisie("2019-03-09"), Link),
        ("one digit, after a move", known(), moved("2014-03-08"), Review),
        ("first of the month", known(), maisie("2014-03-01"), Link),
        ("1 January of the year", known(), maisie("2014-01-01"), Link),
        ("year and month alone", known(), moved("2014-03"), Review),
        ("the year alone", known(), maisie("2014"), Link),
        ("31 February", maisie("2014-02-28"), maisie("2014-02-31"), Link),
        ("another date altogether", known(), moved("2011-11-27"), Apart),
    ];
    check(&cases);
}

#[test]
fn a_slip_says_less_the_more_strangers_it_could_make_alike() {
    let against = |born: &str| weight(&maisie("2014-03-09"), &moved(born));
    let order =
        ["2014-03-09", "2014-09-03", "2015-03-09", "2014-01-01", "2014-03-08", "2014-03-22", "2011-11-27"];
    let weights: Vec<f64> = order.iter().map(|born| against(born)).collect();
    for (pair, born) in weights.windows(2).zip(order.windows(2)) {
        assert!(pair[0] > pair[1], "{born:?}: {pair:?}");
    }
}
