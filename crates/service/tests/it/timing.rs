//! What is hidden takes no other time to answer than what does not exist (law 3, law 8, decision 17): an equivalence test, two
//! one-sided tests at five per cent each. Time is judged by `make soak` alone; every other run sees that the answers are the same.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures, and says what it measured")]

use std::time::{Duration, Instant};

use directory::search::Criteria;
use rand::RngExt as _;
use testkit::{TestDatabases, on_both_databases, seeded};

use crate::house::{CARE, GP, House, by_number, by_postcode, by_street, child};

/// How many times each of two questions is asked, in an order drawn at random.
fn pairs() -> usize {
    std::env::var("CONTACTPOINT_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(10)
}

/// From how many on their times are judged.
const ENOUGH: usize = 1_000;
/// By how much of the usual answer's time two kinds of answer may differ on average.
const MARGIN: f64 = 0.05;

/// A street of families, among them one shielded child, and one with a former identity.
async fn a_street(db: &TestDatabases) -> (House, directory::ChildNumber) {
    let house = House::open(db).await;
    let names = ["Ada", "Basil", "Cora", "Dorian", "Edda", "Fabian", "Gloria", "Hector"];
    let streets = [
        "Quayside",
        "Elm Row",
        "Larch Rise",
        "Mill Lane",
        "Orchard Way",
        "Poplar Street",
        "Tannery Yard",
        "Wharf Hill",
    ];
    let mut rows = Vec::new();
    for (home, surname) in
        ["Carterwright", "Hathersage", "Thornycroft", "Winterbourne"].into_iter().enumerate()
    {
        for (at, forename) in names.into_iter().enumerate() {
            let born = format!("20{:02}-0{}-1{at}", 10 + at, home + 1);
            rows.push(
                child(&format!("G-{home}-{at}"), forename, surname, &born)
                    .at(&format!("{} {}", at + 1, streets[at]), &format!("LS{} {home}AA", at + 1)),
            );
        }
    }
    house.load(GP, &rows).await;
    let new = child("C-1", "Ruby", "Thackeray", "2010-03-10").at("20 Abbey Walk", "LS16 8ZZ");
    house.load(CARE, &[new]).await;
    house.holds_end();
    house.shield(GP, "G-0-0").await;
    let former = house.number_of(GP, "G-2-0").await;
    let (morgan, reece) = house.managers().await;
    let named = |source: &str, record: &str| vec![(source.to_owned(), record.to_owned())];
    let seal = service::SealProposal {
        former: named(GP, "G-2-0"),
        current: named(CARE, "C-1"),
        ..service::SealProposal::default()
    };
    house.directory.seal_identities(&morgan, &reece, &seal).await.unwrap();
    (house, former)
}

/// Asks both questions again and again; says by how much their mean times differ, with its standard error, and the median.
async fn compared(house: &House, hidden: &Criteria, absent: &Criteria) -> (f64, f64, f64) {
    let nurse = house.nurse().await;
    let mut rng = seeded(7);
    let pairs = pairs();
    let mut differences = Vec::with_capacity(pairs);
    let mut all = Vec::with_capacity(2 * pairs);
    for _ in 0..pairs {
        let first: bool = rng.random();
        let mut times = [Duration::ZERO; 2];
        for at in if first { [0, 1] } else { [1, 0] } {
            let asked = if at == 0 { hidden } else { absent };
            let began = Instant::now();
            let found = house.find(&nurse, asked.clone()).await;
            times[at] = began.elapsed();
            assert!(found.is_empty());
        }
        let [hidden, absent] = times.map(|time| time.as_secs_f64());
        differences.push(hidden - absent);
        all.extend([hidden, absent]);
    }
    // What a busy machine adds to a hundredth of the answers says nothing about either kind.
    differences.sort_by(f64::total_cmp);
    all.sort_by(f64::total_cmp);
    let kept = &differences[pairs / 100..pairs - pairs / 100];
    let mean = kept.iter().sum::<f64>() / kept.len() as f64;
    let spread = kept.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (kept.len() - 1) as f64;
    (mean, (spread / kept.len() as f64).sqrt(), all[pairs])
}

on_both_databases! {
    async fn what_is_hidden_is_answered_as_quickly_as_what_does_not_exist(db: TestDatabases) {
        let (house, former) = a_street(&db).await;
        let unknown = directory::ChildNumber::from_random([9; 16]);
        for (what, hidden, absent) in [
            ("a shielded child by postcode", by_postcode("Carterwright", "LS1 0AA"), by_postcode("Carterwright", "LS1 9ZZ")),
            ("a shielded child by street", by_street("Carterwright", "1 Quayside"), by_street("Carterwright", "1 Nowhere")),
            ("the number of a former identity", by_number(&former), by_number(&unknown)),
        ] {
            let (mean, error, usual) = compared(&house, &hidden, &absent).await;
            let (low, high) = (mean - 1.645 * error, mean + 1.645 * error);
            println!(
                "{what}: {:.1} µs usually; hidden minus absent {:+.2} µs, 90 % between {:+.2} and {:+.2}",
                usual * 1e6, mean * 1e6, low * 1e6, high * 1e6
            );
            let within = low > -MARGIN * usual && high < MARGIN * usual;
            assert!(within || pairs() < ENOUGH, "{what} takes another time");
        }
    }
}
