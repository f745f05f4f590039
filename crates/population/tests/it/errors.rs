//! The table of rates is what happens.

use std::collections::BTreeSet;

use population::{NamingPattern, Record, Source, rates::TABLE};

use crate::world::{all, assert_rate, changed, records};

fn rate(code: &str, source: Source) -> u32 {
    let row = TABLE.iter().find(|row| row.code == code).unwrap();
    row.in_100_000[source as usize]
}

/// Records of the generated children: those of the stories have their own differences.
fn generated(source: Source) -> impl Iterator<Item = &'static Record> {
    records(source).iter().filter(|record| record.truth.person_id.as_str() > "P0000017")
}

#[test]
fn causes_that_strike_any_record_strike_at_their_rate() {
    let codes = [
        "gender_not_stated",
        "gender_wrong",
        "names_swapped",
        "birth_missing",
        "birth_partial",
        "left_england",
        "identifier_missing",
    ];
    for source in Source::ALL {
        let whole: Vec<_> = generated(source).collect();
        for code in codes {
            let found = whole.iter().filter(|record| changed(record, code)).count();
            // Social care carries two numbers, so that one of them is missing more often.
            if source == Source::SocialCare && code == "identifier_missing" {
                continue;
            }
            let given = rate(code, source);
            // Exclusive causes are tried one after the other, which costs the later ones a little.
            assert_rate(&format!("{source} {code}"), found, whole.len(), given);
        }
    }
}

#[test]
fn sources_know_the_share_of_children_that_the_table_says() {
    let gp = generated(Source::NhsGp).filter(|record| !changed(record, "duplicate")).count();
    let persons: BTreeSet<_> = all().map(|record| &record.truth.identity_id).collect();
    assert_rate("nhs-gp", gp, persons.len(), rate("covered", Source::NhsGp) - 300);
    for source in Source::ALL {
        let whole: Vec<_> = generated(source).collect();
        let again = whole.iter().filter(|record| changed(record, "duplicate")).count();
        assert_rate(&format!("{source} duplicates"), again, whole.len() - again, rate("duplicate", source));
    }
}

#[test]
fn spellings_and_marks_change_at_their_rate() {
    for source in [Source::GroBirths, Source::DwpChildBenefit, Source::NhsGp, Source::SchoolsCensus] {
        // A name without any mark has none to lose, and a name with several has several occasions.
        let marked: Vec<_> = generated(source)
            .filter(|record| record.truth.naming_pattern == NamingPattern::NonAscii)
            .collect();
        let lost = marked.iter().filter(|record| changed(record, "marks_lost")).count();
        let share = lost as f64 / marked.len() as f64;
        let rate = f64::from(rate("marks_lost", source)) / 100_000.0;
        assert!((rate * 0.6..rate * 1.5).contains(&share), "{source}: {share} against {rate}");
    }
}

#[test]
fn every_code_in_the_truth_is_in_the_table() {
    let known: BTreeSet<_> = TABLE.iter().map(|row| row.code).chain(["address_former"]).collect();
    for change in all().flat_map(|record| &record.truth.changes) {
        assert!(known.contains(change.code), "{change}");
    }
}

#[test]
fn a_record_without_changes_says_what_the_others_without_changes_say() {
    // The birth date is the one field that nothing but an error changes.
    let mut born = std::collections::BTreeMap::new();
    for record in all() {
        let touched = record.truth.changes.iter().any(|change| {
            change.code.starts_with("birth_")
                || change.code == "day_month_swapped"
                || change.code == "duplicate"
        });
        if !touched {
            let date = record.get("date_of_birth");
            let first = *born.entry(&record.truth.person_id).or_insert(date);
            assert_eq!(first, date, "{record:?}");
        }
    }
}

#[test]
fn about_every_third_record_that_should_carry_a_number_lacks_it() {
    let whole: Vec<_> = generated(Source::NhsGp).collect();
    let empty = whole.iter().filter(|record| record.get("nhs_number").is_empty()).count();
    assert_rate("missing NHS numbers", empty, whole.len(), 30_000);
}

#[test]
fn an_address_is_one_statement_only() {
    for record in all() {
        let place = ["address_line_1", "address_line_2", "town", "postcode"];
        let given = place.iter().any(|column| !record.get(column).is_empty());
        match record.get("address_kind") {
            "current" | "last_known" => assert!(given),
            "" | "none" | "left_return" | "left_no_return" | "left_unknown" => assert!(!given),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_sensitive_service_always_has_a_basis() {
    let mut sensitive = 0;
    for record in records(Source::SocialCare) {
        for k in 1..=3 {
            let service = record.get(&format!("involvement_{k}_service"));
            if ["mental_health", "sexual_health", "substance_misuse"].contains(&service) {
                sensitive += 1;
                for column in ["basis", "asserted_by", "asserted_on"] {
                    assert!(!record.get(&format!("involvement_{k}_{column}")).is_empty(), "{column}");
                }
                let consents = record.get(&format!("involvement_{k}_basis")) == "consent";
                assert_eq!(!record.get(&format!("involvement_{k}_consent")).is_empty(), consents);
            }
        }
    }
    assert!(sensitive > 0);
}
