//! Records of one child meet under some key, whatever happened to one of them.

use std::collections::BTreeSet;

use linkage::{Model, RawRecord};

use crate::child;

fn meet(a: &RawRecord, b: &RawRecord) -> bool {
    let model = Model::children();
    let keys =
        |record: &RawRecord| model.blocking_keys(&model.prepare(record)).into_iter().collect::<BTreeSet<_>>();
    !keys(a).is_disjoint(&keys(b))
}

#[test]
fn a_child_is_found_again_after_any_one_mishap() {
    let known = || child("Elizabeth Ann", "Hughes", "2013-04-09", "F", "LS6 1AB", "12 High Street");
    let cases = [
        ("surname changed", child("Elizabeth", "Okafor", "2013-04-09", "F", "LS6 1AB", "12 High Street")),
        (
            "surname changed and moved",
            child("Elizabeth", "Okafor", "2013-04-09", "F", "M1 1AE", "3 Elm Road"),
        ),
        ("nickname and moved", child("Lizzie", "Hughes", "2013-04-09", "F", "M1 1AE", "3 Elm Road")),
        ("forename mistyped", child("Elziabeth", "Hughes", "2013-04-09", "F", "M1 1AE", "3 Elm Road")),
        ("forename spelt by ear", child("Elisabeth", "Hewes", "2013-04-09", "F", "M1 1AE", "3 Elm Road")),
        ("names swapped", child("Hughes", "Elizabeth", "2013-04-09", "F", "M1 1AE", "3 Elm Road")),
        ("names swapped, day wrong", child("Hughes", "Elizabeth", "2013-04-19", "F", "M1 1AE", "3 Elm Road")),
        ("day and month swapped", child("Elizabeth", "Hughes", "2013-09-04", "F", "M1 1AE", "3 Elm Road")),
        (
            "swapped date and new surname",
            child("Elizabeth", "Okafor", "2013-09-04", "F", "M1 1AE", "3 Elm Road"),
        ),
        ("wrong day", child("Elizabeth", "Hughes", "2013-04-08", "F", "M1 1AE", "3 Elm Road")),
        ("wrong month", child("Elizabeth", "Hughes", "2013-05-09", "F", "M1 1AE", "3 Elm Road")),
        ("wrong year", child("Elizabeth", "Hughes", "2012-04-09", "F", "M1 1AE", "3 Elm Road")),
        ("another forename altogether", child("Ann", "Hughes", "2013-04-09", "F", "M1 1AE", "3 Elm Road")),
        ("two family names", child("Elizabeth", "Okafor-Hughes", "2013-04-09", "F", "M1 1AE", "3 Elm Road")),
        ("no birth date", child("Elizabeth", "Okafor", "", "F", "LS6 1AB", "12 High Street")),
        ("newborn without a name", child("Baby", "Okafor", "2013-04-09", "F", "LS6 1AB", "12 High Street")),
    ];
    for (mishap, changed) in cases {
        assert!(meet(&known(), &changed), "{mishap}");
    }
    let number = |record: RawRecord| record.with("nhs_number", "9434765919");
    let stranger = child("Amina", "Okafor", "2012-01-01", "F", "M1 1AE", "3 Elm Road");
    assert!(meet(&number(known()), &number(stranger.clone())), "everything changed but the number");
    assert!(!meet(&known(), &stranger), "strangers do not meet");
}

#[test]
fn keys_are_few_and_composite() {
    let model = Model::children();
    let record = child("Elizabeth", "Hughes", "2013-04-09", "F", "LS6 1AB", "12 High Street")
        .with("nhs_number", "9434765919")
        .with("upn", "A820200001001");
    let keys = model.blocking_keys(&model.prepare(&record));
    assert!(keys.len() <= 9, "{}", keys.len());
    let rules: Vec<&str> = model.blocking_rules().collect();
    for key in &keys {
        let is_number = matches!(rules[usize::from(key.rule)], "NHS number" | "UPN" | "birth registration");
        assert!(is_number || key.value.contains('/'), "{} is not composite", rules[usize::from(key.rule)]);
    }
    assert!(keys.iter().any(|key| key.selective));
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "no key twice");
}

#[test]
fn everybodys_default_date_gathers_nobody() {
    let first = child("Amina", "Hassan", "2013-01-01", "F", "LS6 1AB", "12 High Street");
    let second = child("Amina", "Khan", "2013-01-01", "F", "M1 1AE", "3 Elm Road");
    assert!(!meet(&first, &second));
    assert!(meet(&first, &child("Amina", "Hassan", "2013-01-01", "F", "M1 1AE", "3 Elm Road")));
}
