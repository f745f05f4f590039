//! The cases that break matchers, a table each. What is expected is decided by the shipped children's model and its own
//! thresholds: linked without asking, a question for a person, or kept apart.

mod adoption;
mod cousins;
mod default_dates;
mod family_names;
mod five_identities;
mod mistyped_dates;
mod moved;
mod newborns;
mod numbers;
mod patronymics;
mod placeholders;
mod protected;
mod siblings;
mod single_names;
mod swapped_names;
mod transliterations;
mod twins;

use linkage::{Model, RawRecord};

use crate::child;

/// What is to become of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Link,
    Review,
    Apart,
}

/// A reason, two records and what is expected of them.
type Case = (&'static str, RawRecord, RawRecord, Outcome);

fn outcome(model: &Model, a: &RawRecord, b: &RawRecord) -> (Outcome, String) {
    let evidence = model.compare(&model.prepare(a), &model.prepare(b));
    let probability = model.probability(evidence.weight);
    let outcome = if probability >= model.link_threshold() {
        Outcome::Link
    } else if probability >= model.review_threshold() {
        Outcome::Review
    } else {
        Outcome::Apart
    };
    let known = evidence.fields.iter().filter(|field| field.level != "missing");
    let fields: Vec<String> =
        known.map(|field| format!("{} {} {:.1}", field.field, field.level, field.weight)).collect();
    (outcome, format!("probability {probability:.4}: {}", fields.join(", ")))
}

/// Fails with every case that came out otherwise, not with the first alone.
fn check(cases: &[Case]) {
    let model = Model::children();
    let mut wrong = Vec::new();
    for (why, a, b, expected) in cases {
        let (found, told) = outcome(&model, a, b);
        if found != *expected {
            wrong.push(format!("{why}: expected {expected:?}, found {found:?} ({told})"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The weight of a pair in bits.
fn weight(a: &RawRecord, b: &RawRecord) -> f64 {
    let model = Model::children();
    model.score(&model.prepare(a), &model.prepare(b))
}

/// A record of somebody at one of three homes, which is not what the case is about.
fn at(home: Home, forenames: &str, surname: &str, born: &str, gender: &str) -> RawRecord {
    let (postcode, address) = match home {
        Home::Old => ("LS6 1AB", "12 High Street"),
        Home::New => ("M1 1AE", "3 Elm Road"),
        Home::Unknown => ("", ""),
    };
    child(forenames, surname, born, gender, postcode, address)
}

#[derive(Debug, Clone, Copy)]
enum Home {
    Old,
    New,
    Unknown,
}
