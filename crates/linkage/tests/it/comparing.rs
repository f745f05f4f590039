//! Each comparison's levels: which level a pair of values is at, and the laws that hold for all of them.

use linkage::{Model, RawRecord};
use proptest::prelude::*;

/// The level of one comparison for two values of one field.
fn level(comparison: &str, field: &'static str, a: &str, b: &str) -> String {
    let model = Model::children();
    let record = |value: &str| model.prepare(&RawRecord::new().with(field, value));
    let evidence = model.compare(&record(a), &record(b));
    let found = evidence.fields.into_iter().find(|entry| entry.field == comparison);
    found.map(|entry| entry.level).unwrap_or_default()
}

fn check(comparison: &str, field: &'static str, cases: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (a, b, expected) in cases {
        let (there, back) = (level(comparison, field, a, b), level(comparison, field, b, a));
        if there != *expected || back != *expected {
            wrong.push(format!("{a:?} and {b:?}: expected {expected:?}, found {there:?} and {back:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn given_names_are_at_the_level_that_says_most() {
    check(
        "given",
        "forenames",
        &[
            ("Joseph", "JOSEPH ", "exact"),
            ("Ann Marie", "Ann-Marie", "exact"),
            ("Joseph Daniel", "Joseph", "first name"),
            ("Joseph Daniel", "Joseph D", "first name"),
            ("Joseph Daniel", "Joseph Daneil", "first name"),
            ("Joseph Daniel", "Joseph Mark", "first name, others differ"),
            ("Joseph Daniel", "Daniel Joseph", "other order"),
            ("Joseph", "Joe", "nickname"),
            ("Robert", "Bob", "nickname"),
            ("Mohammed", "Muhammad", "other spelling"),
            ("Aleksandr Ivan", "Alexander", "other spelling"),
            ("Joseph", "Jsoeph", "edits 1"),
            ("Wiliam", "William", "other spelling"),
            ("Joseph Daniel", "Jsoeph", "edits 1"),
            ("Christopher", "Chritsopehr", "similar 0.92"),
            ("Hodan Ibrahim", "Ubah Ibrahim", "further names only"),
            ("Mohammed Yusuf", "Yusuf", "any name"),
            ("Joseph", "J", "initial"),
            ("Kostas", "Konstantinos", "other spelling"),
            ("Charlotte", "Charles", "alike"),
            ("Joseph", "Amelia", "else"),
            ("Baby", "Joseph", "missing"),
            ("Joseph", "", "missing"),
        ],
    );
}

#[test]
fn family_names_are_at_the_level_that_says_most() {
    check(
        "family",
        "surname",
        &[
            ("O'Brien", "Obrien", "exact"),
            ("Smith-Jones", "Smith Jones", "exact"),
            ("Smith-Jones", "Jones-Smith", "other order"),
            ("Smith-Jones", "Jones", "one of two names"),
            ("Garcia Lopez", "Lopez Perez", "one of two names"),
            ("Kowalski", "Kowalska", "other spelling"),
            ("Müller", "Mueller", "other spelling"),
            ("Al-Hassan", "El Hassan", "other spelling"),
            ("Thompson", "Thomson", "edits 1"),
            ("Peacock", "Paecock", "edits 1"),
            ("Featherstone", "Fetaherstnoe", "similar 0.92"),
            ("Hughes", "Hewes", "phonetic"),
            ("Smith", "Okonkwo", "else"),
            ("Unknown", "Smith", "missing"),
        ],
    );
}

#[test]
fn birth_dates_are_at_the_level_that_says_most() {
    check(
        "birth",
        "date_of_birth",
        &[
            ("2014-03-09", "09/03/2014", "exact"),
            ("2014-01-01", "2014-01-01", "both 1 January"),
            ("2014-03-09", "2014-03", "partial"),
            ("2014-03-09", "2014", "partial"),
            ("2014-03-09", "2013", "else"),
            ("2014-03-09", "2014-09-03", "day_month_swapped"),
            ("2014-03-09", "2015-03-09", "year_off_by_one"),
            ("2019-03-09", "2020-03-09", "year_off_by_one"),
            ("2014-03-09", "2014-01-01", "1 January of the year"),
            ("2014-03-09", "2014-03-08", "one_digit"),
            ("2014-03-12", "2014-03-21", "one_digit"),
            ("2014-01-20", "2014-02-10", "one_digit"),
            ("2014-03-09", "2017-03-09", "one_digit"),
            ("2014-03-29", "2014-03-01", "first of the month"),
            ("2014-03-29", "2014-12-29", "year_day"),
            ("2014-03-09", "2014-03-22", "year_month"),
            ("2014-03-09", "2011-03-09", "one_digit"),
            ("2014-03-09", "2009-03-09", "month_day"),
            ("2014-03-09", "2011-11-27", "else"),
            ("2014-03-09", "1900-01-01", "missing"),
        ],
    );
}

#[test]
fn homes_are_compared_by_place_postcode_and_its_parts() {
    let model = Model::children();
    let record = |postcode: &str, address: &str| {
        model.prepare(&RawRecord::new().with("postcode", postcode).with("address", address))
    };
    let known = record("LS6 1AB", "12 High Street");
    let cases = [
        ("LS6 1AB", "12 High St", "same_place"),
        ("ls61ab", "Flat 2, 12 High Street", "same_place"),
        ("LS6 1AB", "", "same_postcode"),
        ("LS6 1AB", "40 Mill Lane", "neighbours"),
        ("M1 1AE", "12 High Street", "same address, other postcode"),
        ("", "12 High Street", "same address, other postcode"),
        ("LS6 1AC", "3 Elm Road", "postcode one slip"),
        ("LS6 1QQ", "3 Elm Road", "sector"),
        ("LS6 4QQ", "3 Elm Road", "district"),
        ("LS9 4QQ", "3 Elm Road", "else"),
        ("ZZ99 3VZ", "", "missing"),
    ];
    for (postcode, address, expected) in cases {
        let other = record(postcode, address);
        for (a, b) in [(&known, &other), (&other, &known)] {
            let evidence = model.compare(a, b);
            let home = evidence.fields.iter().find(|field| field.field == "home").unwrap();
            assert_eq!(home.level, expected, "{postcode} {address}");
        }
    }
}

#[test]
fn identifiers_are_compared_with_their_check() {
    check(
        "nhs_number",
        "nhs_number",
        &[
            ("9434765919", "943 476 5919", "exact"),
            ("9434765919", "9434765918", "edits 1"),
            ("9434765919", "4010232137", "else"),
            ("9434765919", "1234567890", "missing"),
            ("9434765919", "0000000000", "missing"),
        ],
    );
}

#[test]
fn any_of_several_values_may_agree_with_any() {
    let model = Model::children();
    let several = model.prepare(
        &RawRecord::new()
            .with("postcode", "M1 1AE")
            .with("address", "3 Elm Road")
            .with("postcode", "LS6 1AB")
            .with("address", "12 High Street")
            .with("nhs_number", "4010232137")
            .with("nhs_number", "9434765919"),
    );
    let one = model.prepare(
        &RawRecord::new()
            .with("postcode", "LS6 1AB")
            .with("address", "12 High Street")
            .with("nhs_number", "9434765919"),
    );
    let evidence = model.compare(&several, &one);
    let level = |name: &str| evidence.fields.iter().find(|field| field.field == name).unwrap().level.clone();
    assert_eq!((level("home").as_str(), level("nhs_number").as_str()), ("same_place", "exact"));
}

#[test]
fn a_level_misplaced_in_a_model_file_is_refused() {
    let model = include_str!("../../models/children.toml");
    for (from, to, expected) in [
        ("rarest = 1e-6", "rarest = 0.0", "rarest"),
        ("share = 0.0001", "share = 1.5", "new_identity"),
        ("when = \"phonetic\"", "when = \"patronymic\"", "patronymic"),
    ] {
        assert!(model.contains(from), "{from}");
        let error = Model::from_toml(&model.replacen(from, to, 1)).expect_err(to).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// Words that a name can be made of, so that all levels are reached.
fn name() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Joseph",
        "Jo",
        "Joe",
        "J",
        "Mohammed",
        "Muhammad",
        "Hassan",
        "Hussein",
        "Garcia",
        "Lopez",
        "Smith",
        "Smyth",
        "de",
        "al",
        "Baby",
        "Unknown",
        "Żak",
        "Мария",
        "Anne-Marie",
        "O'Brien",
    ]);
    prop::collection::vec(word, 0..4).prop_map(|words| words.join(" "))
}

fn date() -> impl Strategy<Value = String> {
    let whole = (2008u16..2016, 1u8..14, 1u8..32).prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}"));
    let near = (2013u16..2015, 1u8..4, 1u8..4).prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}"));
    prop_oneof![whole, near, (2008u16..2016).prop_map(|year| year.to_string()), Just(String::new())]
}

fn record() -> impl Strategy<Value = RawRecord> {
    (name(), name(), date(), name(), name()).prop_map(|(given, family, born, alias, other)| {
        RawRecord::new()
            .with("forenames", given)
            .with("surname", family)
            .with("date_of_birth", born)
            .with("alias_forenames", alias)
            .with("alias_surname", other)
    })
}

proptest! {
    #[test]
    fn every_comparison_is_symmetric(a in record(), b in record()) {
        let model = Model::children();
        let (a, b) = (model.prepare(&a), model.prepare(&b));
        prop_assert_eq!(model.compare(&a, &b), model.compare(&b, &a));
    }

    #[test]
    fn a_record_is_at_its_best_with_itself(a in record(), b in record()) {
        let model = Model::children();
        let (a, b) = (model.prepare(&a), model.prepare(&b));
        // Relations aside, which lower what siblings share: the names and the date of a record agree with themselves.
        for field in model.compare(&a, &a).fields.iter().filter(|field| field.level != "missing") {
            let exact = ["exact", "both 1 January", "partial", "swapped"].contains(&field.level.as_str());
            prop_assert!(exact || field.field == "relation", "{:?}", field);
        }
        let names = |x, y| model.compare(x, y).fields.iter().take(2).map(|field| field.weight).sum::<f64>();
        prop_assert!(names(&a, &a) >= 0.0 && names(&b, &b) >= 0.0);
    }

    #[test]
    fn what_is_missing_weighs_nothing(a in record(), b in record()) {
        let model = Model::children();
        let evidence = model.compare(&model.prepare(&a), &model.prepare(&b));
        for field in evidence.fields.iter().filter(|field| field.level == "missing") {
            prop_assert_eq!(field.weight, 0.0);
        }
    }

    #[test]
    fn an_alias_more_never_lowers_what_the_names_weigh(a in record(), b in record(), given in name(), family in name()) {
        let model = Model::children();
        let names = |a: &RawRecord, b: &RawRecord| {
            let evidence = model.compare(&model.prepare(a), &model.prepare(b));
            evidence.fields.iter().take(2).map(|field| field.weight).sum::<f64>()
        };
        // A half that nobody knows is taken from an alias, which may then disagree.
        let whole = |record: &RawRecord| {
            let mut own = RawRecord::new();
            for field in ["forenames", "surname"] {
                own = record.values(field).iter().fold(own, |own, value| own.with(field, value.as_str()));
            }
            let own = model.prepare(&own);
            model.compare(&own, &own).fields.iter().take(2).all(|field| field.level != "missing")
        };
        prop_assume!(whole(&a) && whole(&b));
        let more = a.clone().with("alias_forenames", given).with("alias_surname", family);
        prop_assert!(names(&more, &b) >= names(&a, &b) - 1e-6);
    }

    #[test]
    fn more_agreement_of_a_date_never_weighs_less(year in 2008u16..2016, month in 1u8..13, day in 2u8..29) {
        let whole = |y: u16, m: u8, d: u8| format!("{y}-{m:02}-{d:02}");
        let known = whole(year, month, day);
        let weight = |other: String| {
            let model = Model::children();
            let record = |born: &str| model.prepare(&RawRecord::new().with("date_of_birth", born));
            model.score(&record(&known), &record(&other))
        };
        let exact = weight(known.clone());
        let far = weight(whole(year + 27, month % 12 + 1, day % 28 + 1));
        for other in [whole(year + 1, month, day), whole(year, month % 12 + 1, day), whole(year, month, day % 28 + 1)] {
            let found = weight(other.clone());
            prop_assert!(exact > found && found >= far, "{} {}: {} {} {}", known, other, exact, found, far);
        }
    }
}
