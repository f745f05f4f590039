//! The pages of docs/feeds say what the tables say.

use std::collections::BTreeSet;
use std::path::PathBuf;

use directory::{BasisKind, Consent, Gender, Relationship, Responsibility, ServiceType};
use feeds::{Kind, Profile, Rule, Summary, docs};

use crate::files::{file, profile, quarantined};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/feeds")
}

fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<_> = Profile::ALL
        .iter()
        .map(|profile| (format!("{}.md", profile.name), docs::profile_page(profile)))
        .collect();
    pages.push(("rules.md".to_owned(), docs::rules_page()));
    pages.push(("../connect/hl7-lists.md".to_owned(), docs::hl7_page()));
    pages.push(("../connect/fhir-lists.md".to_owned(), docs::fhir_page()));
    pages
}

#[test]
fn every_page_is_the_one_printed_from_its_table() {
    let rewrite = std::env::var_os("UPDATE_DOCS").is_some();
    for (name, expected) in pages() {
        let path = folder().join(&name);
        if rewrite {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &expected).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == expected, "docs/feeds/{name} is not what its table says: run with UPDATE_DOCS=1");
    }
}

#[test]
fn the_readme_names_every_source_and_every_reason_to_refuse_a_file() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for profile in Profile::ALL {
        assert!(readme.contains(&format!("{}.md", profile.name)), "{}", profile.name);
    }
    for code in (1..=15).map(|number| format!("| E{number:02} |")) {
        assert!(readme.contains(&code), "{code}");
    }
}

#[test]
fn the_readme_shows_the_summary_as_it_is() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let mut summary = Summary::new("nhs-gp", "nhs-gp.csv");
    summary.rows = 19_998;
    summary.accepted = 19_998;
    for _ in 0..2 {
        let profile = profile("nhs-gp");
        summary.quarantine(&quarantined(profile, &file(profile, &[("date_of_birth", "31/02/2015")])));
    }
    let json = serde_json::to_string_pretty(&summary).unwrap();
    assert!(readme.contains(&json), "{json}");
}

#[test]
fn rules_have_codes_of_their_own_in_rising_order() {
    let codes: Vec<&str> = Rule::ALL.iter().map(|rule| rule.code()).collect();
    assert!(codes.is_sorted());
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
}

#[test]
fn columns_of_a_profile_have_names_of_their_own_and_begin_with_the_record_id() {
    for profile in Profile::ALL {
        let names: Vec<&str> = profile.columns().map(|column| column.name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{}", profile.name);
        assert_eq!(names.first(), Some(&"record_id"));
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'))
        );
    }
}

#[test]
fn code_lists_are_those_of_the_directory() {
    let listed = |source: &str, column: &str| -> Vec<&'static str> {
        match profile(source).position(column) {
            Some((_, column)) => match column.kind {
                Kind::Code(list) => list.codes.iter().map(|code| code.value).collect(),
                other => panic!("{other:?}"),
            },
            None => panic!("{column}"),
        }
    };
    let codes = |all: &[&'static str]| all.to_vec();
    let of = |values: Vec<&'static str>| values;
    assert_eq!(listed("nhs-gp", "gender"), of(Gender::ALL.iter().map(|value| value.code()).collect()));
    assert_eq!(
        listed("gro-births", "carer_1_relationship"),
        of(Relationship::ALL.iter().map(|value| value.code()).collect())
    );
    assert_eq!(
        listed("gro-births", "carer_1_responsibility"),
        of(Responsibility::ALL.iter().map(|value| value.code()).collect())
    );
    assert_eq!(
        listed("social-care", "involvement_1_service"),
        of(ServiceType::ALL.iter().map(|value| value.code()).collect())
    );
    assert_eq!(
        listed("social-care", "involvement_1_basis"),
        of(BasisKind::ALL.iter().map(|value| value.code()).collect())
    );
    assert_eq!(
        listed("social-care", "involvement_1_consent"),
        of(Consent::ALL.iter().map(|value| value.code()).collect())
    );
    assert_eq!(listed("social-care", "caf_exists"), codes(&["yes", "no"]));
}
