//! Children, families, numbers and contact details.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use population::{DEFAULT_AS_OF, NamingPattern, Source};

use crate::world::{POPULATION, all, records};

fn nhs_number_is_valid(number: &str) -> bool {
    let digits: Vec<u32> = number.chars().map(|digit| digit.to_digit(10).unwrap()).collect();
    let sum: u32 = digits[..9].iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    digits.len() == 10 && (11 - sum % 11) % 11 == digits[9]
}

#[test]
fn there_are_as_many_children_as_were_asked_for() {
    // Children known to no source are in no file, so the highest number is looked for, not the count.
    let persons: BTreeSet<_> = all().map(|record| record.truth.person_id.as_str()).collect();
    assert!(persons.len() > 3_950 && persons.len() <= 4_000, "{}", persons.len());
    assert!(persons.iter().all(|person| *person <= "P0004000"));
}

#[test]
fn every_nhs_number_is_in_the_test_range_with_its_check_digit() {
    let mut numbers = 0;
    for number in all().map(|record| record.get("nhs_number")).filter(|number| !number.is_empty()) {
        assert!(number.starts_with("999") && nhs_number_is_valid(number), "{number}");
        numbers += 1;
    }
    assert!(numbers > 2_000);
}

#[test]
fn every_upn_has_its_check_letter_and_one_child() {
    let mut bearers = BTreeMap::<_, BTreeSet<_>>::new();
    for record in records(Source::SchoolsCensus).iter().filter(|record| !record.get("upn").is_empty()) {
        let upn = record.get("upn");
        let sum: usize =
            upn[1..].bytes().zip(2..).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
        assert_eq!(upn.as_bytes()[0], b"ABCDEFGHJKLMNPQRTUVWXYZ"[sum % 23], "{upn}");
        if !record.truth.changes.iter().any(|change| change.code == "identifier_other") {
            bearers.entry(upn).or_default().insert(&record.truth.identity_id);
        }
    }
    assert!(bearers.values().all(|children| children.len() == 1));
}

#[test]
fn everybody_is_under_eighteen_and_nothing_is_later_than_the_day() {
    let eldest = Date::new(DEFAULT_AS_OF.year() - 18, DEFAULT_AS_OF.month(), DEFAULT_AS_OF.day()).unwrap();
    for record in all() {
        let seen: Date = record.get("effective_at").parse().unwrap();
        assert!(seen <= DEFAULT_AS_OF, "{record:?}");
        if let Ok(born) = record.get("date_of_birth").parse::<Date>() {
            assert!(born > eldest && born <= seen, "{record:?}");
        }
        for k in 1..=3 {
            let start = record.get(&format!("involvement_{k}_start"));
            let end = record.get(&format!("involvement_{k}_end"));
            assert!(end.is_empty() || start <= end, "{record:?}");
        }
    }
}

#[test]
fn telephones_and_addresses_reach_nobody() {
    for record in all() {
        for (column, value) in record.source.columns().into_iter().zip(&record.values) {
            if value.is_empty() {
                continue;
            }
            if column.ends_with("telephone") {
                let drama = ["01632 960", "020 7946 0", "07700 900"];
                assert!(drama.iter().any(|range| value.starts_with(range)), "{value}");
                assert_eq!(value.chars().filter(char::is_ascii_digit).count(), 11, "{value}");
            }
            if column.ends_with("email") {
                let (local, host) = value.split_once('@').unwrap();
                assert!(host == "example.org" || host.ends_with(".example"), "{value}");
                assert!(value.is_ascii() && !local.is_empty(), "{value}");
            }
        }
    }
}

#[test]
fn three_children_in_a_hundred_have_a_twin() {
    let mut born = BTreeMap::<_, BTreeSet<_>>::new();
    for record in records(Source::GroBirths) {
        let mother = (record.get("carer_1_forenames"), record.get("carer_1_surname"));
        let key = (mother, record.get("date_of_birth"), record.get("postcode"));
        born.entry(key).or_default().insert(&record.truth.person_id);
    }
    let children: usize = born.values().map(BTreeSet::len).sum();
    let twins: usize = born.values().map(BTreeSet::len).filter(|together| *together > 1).sum();
    let share = twins as f64 / children as f64;
    assert!((0.018..0.042).contains(&share), "{share}");
}

#[test]
fn every_naming_pattern_is_borne() {
    let mut counts = BTreeMap::new();
    for record in records(Source::NhsGp) {
        *counts.entry(record.truth.naming_pattern).or_insert(0) += 1;
    }
    for pattern in NamingPattern::ALL {
        assert!(counts.get(&pattern).is_some_and(|count| *count >= 3), "{pattern:?}: {counts:?}");
    }
    assert!(records(Source::NhsGp).iter().any(|record| !record.get("surname").is_ascii()));
}

#[test]
fn names_are_as_frequent_as_in_life() {
    let smiths = records(Source::GroBirths).iter().filter(|record| record.get("surname") == "Smith").count();
    // 1.3 % of those named from the list, who are about six in ten.
    assert!((12..60).contains(&smiths), "{smiths}");
}

#[test]
fn the_home_authority_comes_first_and_social_care_knows_only_its_children() {
    assert_eq!(POPULATION.areas()[0].name, "Bolton");
    let known = records(Source::SocialCare).len();
    assert!((90..260).contains(&known), "{known}");
    let visited = records(Source::HealthVisiting);
    assert!(visited.iter().all(|record| record.get("involvement_1_service") == "health_visitor"));
}

#[test]
fn children_of_two_identities_are_two_in_the_truth_and_apart_in_the_constraints() {
    let mut identities = BTreeMap::<_, BTreeSet<_>>::new();
    let mut key = BTreeMap::new();
    for record in all() {
        identities.entry(&record.truth.person_id).or_default().insert(&record.truth.identity_id);
        key.insert((record.source, record.record_id.clone()), &record.truth);
    }
    let apart: BTreeSet<_> =
        identities.iter().filter(|(_, known)| known.len() == 2).map(|(who, _)| *who).collect();
    assert!(apart.len() >= 2);
    let mut constrained = BTreeSet::new();
    for pair in POPULATION.constraints() {
        let (a, b) = (key[&pair.a], key[&pair.b]);
        assert_eq!(a.person_id, b.person_id);
        assert_ne!(a.identity_id, b.identity_id);
        constrained.insert(&a.person_id);
    }
    assert_eq!(apart, constrained);
    for who in apart {
        let mine: Vec<_> = all().filter(|record| record.truth.person_id == *who).collect();
        let first = mine.iter().filter(|record| record.truth.identity_id.ends_with("-1")).count();
        let pairs = POPULATION.constraints().iter().filter(|pair| key[&pair.a].person_id == *who).count();
        assert_eq!(pairs, first * (mine.len() - first), "every record of one with every record of the other");
    }
}

#[test]
fn record_ids_are_unique_and_say_nothing_about_the_child() {
    for source in Source::ALL {
        let ids: BTreeSet<_> = records(source).iter().map(|record| &record.record_id).collect();
        assert_eq!(ids.len(), records(source).len());
    }
    // Rows are shuffled: neighbours in the file are hardly ever neighbours in the world.
    let numbers: Vec<i64> =
        records(Source::NhsGp).iter().map(|record| record.truth.person_id[1..].parse().unwrap()).collect();
    let near = numbers.windows(2).filter(|pair| (pair[0] - pair[1]).abs() <= 3).count();
    assert!(near < numbers.len() / 50, "{near}");
}
