//! Laws of the weight, whatever the records.

use linkage::{Model, RawRecord};
use proptest::prelude::*;

fn value(choices: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(choices)
}

/// Records of a small world, so that all levels are reached; some values missing, some twice.
fn record() -> impl Strategy<Value = RawRecord> {
    let forename =
        || value(&["", "Oliver", "Olly", "Oliver James", "Amelia", "Baby", "Smith", "O", "Olivre"]);
    let surname = || value(&["", "Smith", "Smyth", "Smith-Jones", "Jones", "Oliver", "Nguyen", "Unknown"]);
    let born = value(&["", "2014-05-06", "2014-06-05", "2014-05-16", "2014", "2014-01-01", "2011-11-11"]);
    let postcode = value(&["", "LS6 1AB", "LS6 1AC", "LS6", "M1 1AE"]);
    let address = value(&["", "12 High Street", "12 High St", "14 High Street", "Rose Cottage"]);
    let nhs = value(&["", "9434765919", "9434765918", "4010232137"]);
    (forename(), surname(), forename(), surname(), born, value(&["F", "M", "N"]), postcode, address, nhs)
        .prop_map(|(forename, surname, alias, other, born, gender, postcode, address, nhs)| {
            RawRecord::new()
                .with("forenames", forename)
                .with("surname", surname)
                .with("alias_forenames", alias)
                .with("alias_surname", other)
                .with("date_of_birth", born)
                .with("gender", gender)
                .with("postcode", postcode)
                .with("address", address)
                .with("nhs_number", nhs)
        })
}

proptest! {
    #[test]
    fn the_weight_is_symmetric_and_the_sum_of_its_fields(a in record(), b in record()) {
        let model = Model::children();
        let (a, b) = (model.prepare(&a), model.prepare(&b));
        let evidence = model.compare(&a, &b);
        prop_assert_eq!(evidence.weight, model.compare(&b, &a).weight);
        prop_assert_eq!(evidence.weight, model.score(&a, &b));
        let sum: f64 = evidence.fields.iter().map(|field| field.weight).sum();
        prop_assert!((sum - evidence.weight).abs() < 1e-6, "{} {}", sum, evidence.weight);
        for field in &evidence.fields {
            let parts = (field.m / field.u).log2() + field.term_frequency;
            prop_assert!((parts - field.weight).abs() < 1e-5, "{}", field.field);
        }
    }

    #[test]
    fn probability_and_weight_are_inverse(weight in -60.0f64..60.0) {
        let model = Model::children();
        let probability = model.probability(weight);
        prop_assert!((0.0..=1.0).contains(&probability));
        if probability < 0.999_999 && probability > 1e-12 {
            prop_assert!((model.weight_for(probability) - weight).abs() < 1e-3);
        }
    }
}

#[test]
fn what_is_missing_is_no_evidence() {
    let model = Model::children();
    let empty = model.prepare(&RawRecord::new());
    let known =
        model.prepare(&crate::child("Oliver", "Smith", "2014-05-06", "M", "LS6 1AB", "12 High Street"));
    assert_eq!(model.score(&empty, &known), 0.0);
    assert!(
        model
            .compare(&empty, &known)
            .fields
            .iter()
            .all(|field| field.level == "missing" && field.weight == 0.0)
    );
    assert!(empty.is_empty());
}

#[test]
fn neither_records_nor_their_prepared_form_show_a_value() {
    let raw = crate::child("Xylophone", "Quartermaine", "2014-05-06", "M", "LS6 1AB", "12 High Street");
    let shown = format!("{raw:?} {:?}", Model::children().prepare(&raw));
    for value in ["ylophone", "uartermaine", "2014", "LS6", "ls6", "High"] {
        assert!(!shown.contains(value), "{shown}");
    }
}
