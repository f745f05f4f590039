//! What the sources say half a year later, with the truth about it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::ToSpan as _;
use population::{DEFAULT_AS_OF, Happening, Later, Population, Record, Source};

use crate::world::{POPULATION, records};

static LATER: LazyLock<BTreeMap<Source, Vec<Later>>> = LazyLock::new(|| {
    let half_year = POPULATION.half_year_later();
    Source::ALL.into_iter().map(|source| (source, half_year.of(source).collect())).collect()
});

fn before<'r>(known: &'r BTreeMap<&str, &'r Record>, later: &Later) -> &'r Record {
    known[later.before.as_str()]
}

#[test]
fn whoever_was_adopted_is_the_same_person_of_another_identity() {
    let (mut goes_on, mut in_steps, mut new) = (0, 0, 0);
    for (source, all) in &*LATER {
        let known: BTreeMap<&str, &Record> =
            records(*source).iter().map(|record| (record.record_id.as_str(), record)).collect();
        for later in all {
            let Some(adoption) = later.adoption else { continue };
            let (was, now) = (before(&known, later), later.statements.last().unwrap());
            assert_eq!(was.truth.person_id, now.truth.person_id);
            assert_eq!(now.truth.identity_id, format!("{}-2", now.truth.person_id));
            assert_eq!(later.statements.len(), 1 + usize::from(adoption.in_steps));
            assert!(later.happened.is_empty());
            for record in &later.statements {
                assert_eq!(record.record_id == later.before, adoption.goes_on, "{later:?}");
            }
            if adoption.in_steps {
                let [placed, _] = &later.statements[..] else { panic!("{later:?}") };
                assert_eq!(placed.truth.identity_id, was.truth.identity_id, "until the order is made");
                assert!(placed.get("effective_at") < now.get("effective_at"));
            }
            goes_on += usize::from(adoption.goes_on);
            in_steps += usize::from(adoption.in_steps);
            new += usize::from(!adoption.goes_on);
            assert!(*source != Source::GroBirths || !adoption.goes_on, "a birth is registered again");
        }
    }
    assert!(goes_on > 4 && in_steps > 1 && new > 4, "{goes_on} go on, {in_steps} in steps, {new} new");
}

#[test]
fn other_children_stay_who_they_are_and_nothing_is_said_twice() {
    let mut happened = BTreeSet::new();
    for (source, all) in &*LATER {
        let known: BTreeMap<&str, &Record> =
            records(*source).iter().map(|record| (record.record_id.as_str(), record)).collect();
        let mut heard = BTreeSet::new();
        for later in all {
            assert!(heard.insert(&later.before), "once");
            if later.adoption.is_some() {
                continue;
            }
            let [now] = &later.statements[..] else { panic!("{later:?}") };
            let was = before(&known, later);
            assert_eq!(now.truth.identity_id, was.truth.identity_id);
            assert_eq!(now.record_id, was.record_id);
            assert_ne!(now.values, was.values);
            happened.extend(later.happened.iter().copied());
        }
    }
    for wanted in [Happening::Moved, Happening::Married, Happening::Renamed, Happening::Corrected] {
        assert!(happened.contains(&wanted), "{wanted:?}");
    }
}

#[test]
fn no_number_of_an_adopted_child_is_another_childs() {
    for column in ["nhs_number", "upn"] {
        let mut bearers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let before = Source::ALL.into_iter().flat_map(records);
        let after = LATER.values().flatten().flat_map(|later| &later.statements);
        for record in before.chain(after).filter(|record| !record.get(column).is_empty()) {
            if record.truth.changes.iter().all(|change| change.code != "identifier_other") {
                bearers.entry(record.get(column)).or_default().insert(&record.truth.person_id);
            }
        }
        assert!(bearers.values().all(|persons| persons.len() == 1), "{column}");
    }
}

#[test]
fn every_day_is_within_the_half_year() {
    let (first, last) = (DEFAULT_AS_OF, DEFAULT_AS_OF.checked_add(180.days()).unwrap());
    for record in LATER.values().flatten().flat_map(|later| &later.statements) {
        let day: jiff::civil::Date = record.get("effective_at").parse().unwrap();
        assert!(first < day && day < last, "{record:?}");
    }
}

#[test]
fn every_row_can_be_fed() {
    let dir = tempfile::tempdir().unwrap();
    let all = LATER.iter().flat_map(|(source, all)| [(source, all, 0), (source, all, 1)]);
    for (source, all, before_the_last) in all {
        // A file says of a record once.
        let said: Vec<&Record> =
            all.iter().filter_map(|later| later.statements.iter().rev().nth(before_the_last)).collect();
        Population::write_records(dir.path(), "later.csv", *source, said.iter().copied()).unwrap();
        let bytes = std::fs::read(dir.path().join("later.csv")).unwrap();
        let today = DEFAULT_AS_OF.checked_add(190.days()).unwrap();
        let options = feeds::Options::new("later.csv", today);
        let profile = feeds::Profile::named(source.name()).unwrap();
        let rows = feeds::Reader::open(bytes.as_slice(), profile, options).unwrap();
        let accepted = rows.filter(|outcome| match outcome.as_ref().unwrap() {
            feeds::Outcome::Accepted(_) => true,
            feeds::Outcome::Quarantined(row) => panic!("{source}: {row:?}"),
        });
        assert_eq!(accepted.count(), said.len(), "{source}");
    }
}
