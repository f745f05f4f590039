//! What the shipped model makes of the cases that matter.

use linkage::{Model, RawRecord};

use crate::child;

fn probability(a: &RawRecord, b: &RawRecord) -> f64 {
    let model = Model::children();
    model.probability(model.score(&model.prepare(a), &model.prepare(b)))
}

fn known() -> RawRecord {
    child("Joseph", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street")
}

#[test]
fn one_child_is_recognised_through_one_change() {
    let cases = [
        ("nothing changed", child("Joseph", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street")),
        ("nickname", child("Joe", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High St")),
        (
            "second name given",
            child("Joseph Daniel", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street"),
        ),
        ("mistyped", child("Jospeh", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street")),
        ("moved", child("Joseph", "Hughes", "2013-04-09", "M", "M1 1AE", "3 Elm Road")),
        ("day and month swapped", child("Joseph", "Hughes", "2013-09-04", "M", "LS6 1AB", "12 High Street")),
        ("one digit wrong", child("Joseph", "Hughes", "2013-04-08", "M", "LS6 1AB", "12 High Street")),
        ("names swapped", child("Hughes", "Joseph", "2013-04-09", "M", "LS6 1AB", "12 High Street")),
        ("family name changed", child("Joseph", "Okonkwo", "2013-04-09", "M", "LS6 1AB", "12 High Street")),
        (
            "two family names",
            child("Joseph", "Okonkwo-Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street"),
        ),
    ];
    for (change, record) in cases {
        let probability = probability(&known(), &record);
        assert!(probability > 0.99, "{change}: {probability}");
    }
}

#[test]
fn siblings_and_strangers_are_kept_apart() {
    let cases = [
        ("brother", child("Samuel", "Hughes", "2015-11-20", "M", "LS6 1AB", "12 High Street")),
        (
            "sister born the same day of another year",
            child("Grace", "Hughes", "2011-04-09", "F", "LS6 1AB", "12 High Street"),
        ),
        ("stranger of that name", child("Joseph", "Hughes", "2009-12-30", "M", "M1 1AE", "3 Elm Road")),
        (
            "neighbour of that birthday",
            child("Adam", "Patel", "2013-04-09", "M", "LS6 1AB", "14 High Street"),
        ),
        ("twin sister", child("Grace", "Hughes", "2013-04-09", "F", "LS6 1AB", "12 High Street")),
    ];
    for (who, record) in cases {
        let probability = probability(&known(), &record);
        assert!(probability < 0.05, "{who}: {probability}");
    }
}

#[test]
fn a_twin_brother_is_not_linked() {
    let twin = child("Samuel", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street");
    let probability = probability(&known(), &twin);
    assert!(probability < 0.5, "{probability}");
}

#[test]
fn a_newborn_without_a_name_is_a_question_not_a_link() {
    let baby = child("Baby", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street");
    let probability = probability(&known(), &baby);
    assert!((0.05..0.99).contains(&probability), "it may be the twin: {probability}");
}

#[test]
fn sharing_a_home_a_name_and_a_birth_date_is_not_counted_three_times() {
    let model = Model::children();
    let twin = child("Samuel", "Hughes", "2013-04-09", "M", "LS6 1AB", "12 High Street");
    let evidence = model.compare(&model.prepare(&known()), &model.prepare(&twin));
    let relation = evidence.fields.iter().find(|field| field.field == "relation").unwrap();
    assert_eq!(relation.level, "twin");
    assert!(relation.weight < -10.0, "{evidence:?}");
}

#[test]
fn a_rare_name_weighs_more_than_a_common_one() {
    let weight = |surname: &str| {
        let model = Model::children();
        let record = model.prepare(&RawRecord::new().with("surname", surname));
        model.score(&record, &record)
    };
    assert!(weight("Featherstonehaugh") > weight("Hughes") + 3.0);
    assert!(weight("Hughes") > weight("Smith"));
}

#[test]
fn any_alias_may_agree_with_any() {
    let renamed = child("Joseph", "Okonkwo", "2013-04-09", "M", "M1 1AE", "3 Elm Road")
        .with("alias_surname", "Hughes")
        .with("alias_forenames", "");
    assert!(probability(&known(), &renamed) > 0.9, "the alias gives only the changed half");
}

#[test]
fn a_number_that_cannot_be_right_speaks_neither_way() {
    let model = Model::children();
    let with = |number: &str| model.prepare(&known().with("nhs_number", number));
    let right = with("9434765919");
    assert_eq!(model.compare(&right, &with("1234567890")).fields[5].level, "missing");
    assert!(model.compare(&right, &with("4010232137")).fields[5].weight < -4.0);
    assert!(model.compare(&right, &right).fields[5].weight > 20.0);
}
