//! What is hidden takes no other time to answer than what does not exist (law 3, law 8, decision 17): an equivalence test, two
//! one-sided tests at five per cent each. Time is judged by `make soak` alone; every other run sees that the answers are the same.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures, and says what it measured")]

use std::time::{Duration, Instant};

use directory::ChildNumber;
use directory::search::Criteria;
use rand::RngExt as _;
use service::Reasoned;
use testkit::{TestDatabases, on_both_databases, seeded};

use crate::barred::{WORK, at_work, shielded_from};
use crate::house::{CARE, GP, House, by_name_and_birth, by_number, by_postcode, by_street, child};
use crate::identities::{load_all, proposal};
use crate::legal_holds::hold;
use crate::numbered::{NUMBERED, answer_beside};
use crate::people::declared;
use crate::strangers::of_whom_some_are_hidden;

/// How many times each of two questions is asked, in an order drawn at random.
fn pairs() -> usize {
    std::env::var("CONTACTPOINT_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(10)
}

/// From how many on their times are judged.
const ENOUGH: usize = 1_000;
/// By how much of the usual answer's time two kinds of answer may differ on average.
const MARGIN: f64 = 0.05;
/// The same where strangers are opened in the stead of nobody: they differ by how many records they have, as children do.
const MARGIN_OF_STRANGERS: f64 = 0.10;

/// A street of families, among them one shielded child, and one with a former identity.
async fn a_street(db: &TestDatabases) -> (House, ChildNumber) {
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

/// By how much two answers' mean times differ, how sure that is, and how long one takes.
struct Compared {
    mean: f64,
    error: f64,
    usual: f64,
}

impl Compared {
    /// What a busy machine adds to a hundredth of the answers says nothing about either kind.
    fn of(mut differences: Vec<f64>, mut all: Vec<f64>) -> Self {
        let pairs = differences.len();
        differences.sort_by(f64::total_cmp);
        all.sort_by(f64::total_cmp);
        let kept = &differences[pairs / 100..pairs - pairs / 100];
        let mean = kept.iter().sum::<f64>() / kept.len() as f64;
        let spread = kept.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (kept.len() - 1) as f64;
        Self { mean, error: (spread / kept.len() as f64).sqrt(), usual: all[pairs] }
    }

    /// Says what was measured; whether the 90 % interval lies within the margin.
    fn told(&self, what: &str, margin: f64) -> bool {
        let Self { mean, error, usual } = self;
        let (low, high) = (mean - 1.645 * error, mean + 1.645 * error);
        println!(
            "{what}: {:.1} µs usually; hidden minus absent {:+.2} µs, 90 % between {:+.2} and {:+.2}",
            usual * 1e6,
            mean * 1e6,
            low * 1e6,
            high * 1e6
        );
        low > -margin * usual && high < margin * usual
    }
}

/// Asks both questions again and again, the first of what is hidden; each says in words what it was answered, and both the same.
async fn compared(pairs: usize, mut ask: impl AsyncFnMut(bool) -> String) -> Compared {
    let mut rng = seeded(7);
    let mut differences = Vec::with_capacity(pairs);
    let mut all = Vec::with_capacity(2 * pairs);
    for _ in 0..pairs {
        let first: bool = rng.random();
        let mut times = [Duration::ZERO; 2];
        let mut answers = [String::new(), String::new()];
        for at in if first { [0, 1] } else { [1, 0] } {
            let began = Instant::now();
            answers[at] = ask(at == 0).await;
            times[at] = began.elapsed();
        }
        assert_eq!(answers[0], answers[1], "what is hidden is answered as what does not exist");
        let [hidden, absent] = times.map(|time| time.as_secs_f64());
        differences.push(hidden - absent);
        all.extend([hidden, absent]);
    }
    Compared::of(differences, all)
}

/// The same of a search, which finds nothing.
async fn searched(house: &House, who: &Reasoned, hidden: &Criteria, absent: &Criteria) -> Compared {
    compared(pairs(), async |is_hidden| {
        let asked = if is_hidden { hidden } else { absent };
        let found = house.find(who, asked.clone()).await;
        assert!(found.is_empty());
        String::new()
    })
    .await
}

/// Use cases that take a number and are not timed, and why.
const NOT_TIMED: &[(&str, &str)] = &[
    (
        "propose_shield for one of the household",
        "each is about a request of its own, which two more people make first",
    ),
    (
        "search_for_colleague",
        "each is a search and a request that the colleague has to answer before the next",
    ),
];

/// Use cases by which a number is opened, each in another way: of whom many or few records are hidden.
const UNEQUAL: [&str; 6] = [
    "search",
    "compare_records",
    "join_records as the other",
    "record_calendar",
    "raise_dispute",
    "read_audit",
];

/// A former identity, and Dana, who may do everything that takes a number.
async fn sealed_with_work(db: &TestDatabases) -> (House, ChildNumber) {
    let house = House::open(db).await;
    load_all(&house).await;
    house.load(CARE, &[child("C-1", "Ottilie", "Vane", "2014-01-01").at("5 Mill Row", "LS7 7AA")]).await;
    house.holds_end();
    declared(&house, "Bradford", "E08000032").await;
    for username in ["dana", "visitor"] {
        house.account(username, &WORK).await;
    }
    let former = house.number_of(GP, "G-1").await;
    let (morgan, reece) = house.managers().await;
    house.directory.seal_identities(&morgan, &reece, &proposal()).await.unwrap();
    (house, former)
}

/// Which of these use cases take another time for such numbers, one after the other, than for numbers that were never issued.
async fn every_number_takes_as_long(
    house: &House,
    (whose, hidden): (&str, &[&ChildNumber]),
    names: &[&str],
) -> Vec<String> {
    let other = house.number_of(CARE, "C-1").await;
    let times = if pairs() < ENOUGH { 2 } else { ENOUGH };
    let mut slower = Vec::new();
    for name in names.iter().filter(|name| !NOT_TIMED.iter().any(|(not, _)| not == *name)) {
        let dana = at_work(house, "dana").await;
        let mut drawn = seeded(11);
        let mut in_turn = hidden.iter().cycle();
        let compared = compared(times, async |is_hidden| {
            let never = ChildNumber::from_random(drawn.random());
            let number = if is_hidden { in_turn.next().unwrap() } else { &never };
            answer_beside(house, &dana, name, [number, &other]).await
        })
        .await;
        let what = format!("{name}: the number of {whose}");
        if !compared.told(&what, MARGIN_OF_STRANGERS) && times >= ENOUGH {
            slower.push(what);
        }
    }
    slower
}

on_both_databases! {
    async fn what_is_hidden_is_answered_as_quickly_as_what_does_not_exist(db: TestDatabases) {
        let (house, former) = a_street(&db).await;
        let unknown = ChildNumber::from_random([9; 16]);
        let nurse = house.nurse().await;
        for (what, hidden, absent) in [
            ("a shielded child by postcode", by_postcode("Carterwright", "LS1 0AA"), by_postcode("Carterwright", "LS1 9ZZ")),
            ("a shielded child by street", by_street("Carterwright", "1 Quayside"), by_street("Carterwright", "1 Nowhere")),
            ("the number of a former identity", by_number(&former), by_number(&unknown)),
        ] {
            let compared = searched(&house, &nurse, &hidden, &absent).await;
            assert!(compared.told(what, MARGIN) || pairs() < ENOUGH, "{what} takes another time");
        }
    }

    async fn whom_nobody_may_see_yet_or_any_more_is_looked_for_as_quickly_as_nobody(db: TestDatabases) {
        let (house, _) = shielded_from(&db, &["dana"], &[]).await;
        house.load(CARE, &[child("H-1", "Ursula", "Tolland", "2012-02-02").at("3 Wharf Hill", "LS9 9ZZ")]).await;
        house.holds_end();
        hold(&house, &house.number_of(CARE, "H-1").await).await;
        let dana = at_work(&house, "dana").await;
        // Seen a moment ago, and held for ten minutes like everybody.
        house.load(CARE, &[child("N-1", "Isadora", "Quill", "2013-03-03").at("4 Wharf Hill", "LS9 9ZZ")]).await;
        let absent = by_name_and_birth("Barnabas Winterbourne", "2009-06-07");
        for (what, hidden) in [
            ("a child from whom a shield bars who asks", by_name_and_birth("Wilma Winterbourne", "2009-06-07")),
            ("a child under a legal hold", by_name_and_birth("Ursula Tolland", "2012-02-02")),
            ("a first sighting that is held", by_name_and_birth("Isadora Quill", "2013-03-03")),
        ] {
            let compared = searched(&house, &dana, &hidden, &absent).await;
            assert!(compared.told(what, MARGIN_OF_STRANGERS) || pairs() < ENOUGH, "{what} takes another time");
        }
    }

    async fn the_number_of_somebody_hidden_is_answered_as_quickly_as_one_that_was_never_issued_by_every_use_case(db: TestDatabases) {
        let (house, barred) = shielded_from(&db, &["dana"], &[]).await;
        for (at, forename) in ["Ada", "Basil", "Cora", "Dorian", "Edda", "Fabian"].into_iter().enumerate() {
            let row = child(&format!("X-{at}"), forename, "Thornycroft", "2012-02-02").at("8 Wharf Hill", "LS9 9ZZ");
            house.load(CARE, &[row]).await;
        }
        house.holds_end();
        let mut slower = every_number_takes_as_long(&house, ("a child whose shield bars who asks", &[&barred]), &NUMBERED).await;
        let db = TestDatabases::on(db.engine()).await;
        let (house, former) = sealed_with_work(&db).await;
        slower.extend(every_number_takes_as_long(&house, ("a former identity", &[&former]), &NUMBERED).await);
        assert!(slower.is_empty(), "take another time: {slower:?}");
    }
    async fn how_many_records_a_hidden_child_has_takes_no_other_time(db: TestDatabases) {
        let of_three = |at: usize| 1 + at % 3;
        let among: [(&str, Vec<usize>); 2] = [
            ("a hidden child of five records among children of one to three", [5; 6].into_iter().chain((0..18).map(of_three)).collect()),
            ("a hidden child of one record among children of three", [1; 6].into_iter().chain([3; 18]).collect()),
        ];
        let mut slower = Vec::new();
        for (whose, records) in among {
            let db = TestDatabases::on(db.engine()).await;
            let (house, hidden) = of_whom_some_are_hidden(&db, &records, 6).await;
            let numbers: Vec<&ChildNumber> = hidden.iter().map(|one| &one.number).collect();
            slower.extend(every_number_takes_as_long(&house, (whose, &numbers), &UNEQUAL).await);
            let dana = at_work(&house, "dana").await;
            let mut in_turn = hidden.iter().cycle();
            let mut nobody = (0..).map(|at| format!("Barnabas Winter{}bourne", ["", "s", "y", "field", "ley", "ton"][at % 6]));
            let by_name = compared(pairs(), async |is_hidden| {
                let asked = match is_hidden {
                    true => in_turn.next().map(|one| by_name_and_birth(&one.name, &one.born)),
                    false => nobody.next().map(|name| by_name_and_birth(&name, "2009-06-07")),
                };
                format!("{} found", house.find(&dana, asked.unwrap()).await.len())
            })
            .await;
            let what = format!("{whose}, searched for by name");
            if !by_name.told(&what, MARGIN_OF_STRANGERS) && pairs() >= ENOUGH {
                slower.push(what);
            }
        }
        assert!(slower.is_empty(), "take another time: {slower:?}");
    }
}
