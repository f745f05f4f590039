//! The stories are always there and can be found.

use std::collections::{BTreeMap, BTreeSet};

use population::{Config, Population, Record, Source, generate};

use crate::world::{POPULATION, all};

const NAMES: [&str; 14] = [
    "jean",
    "carol",
    "christopher",
    "runaway",
    "missing_education",
    "shielded",
    "adoption",
    "protected_identity",
    "sensitive_service",
    "twins",
    "newborn",
    "two_households",
    "cousins",
    "left_england",
];

fn told(population: &Population, name: &str) -> Vec<Record> {
    let story = population.story(name).unwrap();
    let ids: BTreeSet<_> = story.records.iter().map(|told| (told.source, told.record_id.as_str())).collect();
    let every = Source::ALL.into_iter().flat_map(|source| population.records(source));
    every.filter(|record| ids.contains(&(record.source, record.record_id.as_str()))).collect()
}

#[test]
fn every_story_is_told_at_every_size_and_seed() {
    for (children, seed) in [(50, 1), (200, 2), (4_000, 3)] {
        let population = generate(&Config::new(children, seed)).unwrap();
        assert_eq!(population.stories().iter().map(|story| story.name).collect::<Vec<_>>(), NAMES);
        for name in NAMES {
            let story = population.story(name).unwrap();
            assert_eq!(told(&population, name).len(), story.records.len(), "{name}");
            assert!(!story.records.is_empty() && !story.summary.is_empty());
        }
    }
}

#[test]
fn the_child_of_a_story_is_the_same_whatever_the_seed() {
    let face = |population: &Population| {
        population
            .stories()
            .iter()
            .map(|story| {
                (story.forenames.clone(), story.surname.clone(), story.street.clone(), story.date_of_birth)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(face(&generate(&Config::new(50, 1)).unwrap()), face(&POPULATION));
}

#[test]
fn nobody_else_has_the_surname_the_street_or_the_postcode_of_a_story() {
    for story in POPULATION.stories() {
        let own: BTreeSet<_> = story.records.iter().map(|told| (told.source, &told.record_id)).collect();
        for record in all().filter(|record| !own.contains(&(record.source, &record.record_id))) {
            assert_ne!(record.get("surname"), story.surname, "{}", story.name);
            if !story.street.is_empty() {
                assert!(!record.get("address_line_1").ends_with(&story.street), "{}", story.name);
                assert_ne!(record.get("postcode"), story.postcode, "{}", story.name);
            }
        }
    }
}

#[test]
fn the_records_of_a_story_hold_what_the_story_says() {
    for story in POPULATION.stories() {
        let records = told(&POPULATION, story.name);
        let born = story.date_of_birth.to_string();
        assert!(records.iter().any(|record| record.get("surname") == story.surname
            && record.get("forenames") == story.forenames
            && record.get("date_of_birth") == born));
        if !story.street.is_empty() {
            assert!(records.iter().any(|record| record.get("postcode") == story.postcode));
        }
    }
}

#[test]
fn jean_finds_a_former_school_outside_the_area_by_surname_and_street() {
    let story = POPULATION.story("jean").unwrap();
    assert_eq!((story.surname.as_str(), story.street.as_str()), ("Featherby", "Larkspur Rise"));
    let records = told(&POPULATION, "jean");
    let census = records.iter().find(|record| record.source == Source::SchoolsCensus).unwrap();
    assert_ne!(census.get("local_authority"), POPULATION.areas()[0].code);
    assert!(!census.get("school_end").is_empty());
    assert_eq!(census.get("school_name"), story.school);
}

#[test]
fn carol_finds_a_family_under_an_alias_and_no_school() {
    let story = POPULATION.story("carol").unwrap();
    assert!(story.aliases.contains(&("Tyler James".to_owned(), "Quennell".to_owned())));
    let records = told(&POPULATION, "carol");
    assert!(records.iter().any(|record| record.get("alias_1_surname") == "Quennell"));
    assert!(records.iter().all(|r| r.source != Source::SchoolsCensus || !r.get("school_end").is_empty()));
}

#[test]
fn christopher_finds_five_identities_in_two_areas() {
    let records = told(&POPULATION, "christopher");
    let names: BTreeSet<_> =
        records.iter().map(|record| (record.get("forenames"), record.get("surname"))).collect();
    assert_eq!(names.len(), 5);
    let persons: BTreeSet<_> = records.iter().map(|record| &record.truth.identity_id).collect();
    assert_eq!(persons.len(), 1);
    let towns: BTreeMap<_, usize> = records.iter().fold(BTreeMap::new(), |mut towns, record| {
        *towns.entry(record.get("town")).or_default() += 1;
        towns
    });
    assert_eq!(towns.keys().copied().collect::<Vec<_>>(), ["Bolton", "Bury"]);
}

#[test]
fn the_shielded_children_share_a_mother_and_an_address() {
    let story = POPULATION.story("shielded").unwrap();
    let records = told(&POPULATION, "shielded");
    let hidden: BTreeSet<_> = records
        .iter()
        .filter(|record| record.get("postcode") == story.postcode)
        .map(|record| &record.truth.person_id)
        .collect();
    assert_eq!(hidden.len(), 2);
    assert!(story.carers.contains(&("Nadia".to_owned(), "Wrenshaw".to_owned())));
}

#[test]
fn adoption_and_protected_identity_are_each_one_person_of_two_identities() {
    for (name, why) in [("adoption", "adoption"), ("protected_identity", "protected_identity")] {
        let records = told(&POPULATION, name);
        let persons: BTreeSet<_> = records.iter().map(|record| &record.truth.person_id).collect();
        let identities: BTreeSet<_> = records.iter().map(|record| &record.truth.identity_id).collect();
        assert_eq!((persons.len(), identities.len()), (1, 2));
        let ids: BTreeSet<_> =
            records.iter().map(|record| (record.source, record.record_id.clone())).collect();
        let pairs = POPULATION.constraints().iter().filter(|pair| ids.contains(&pair.a) && pair.why == why);
        assert!(pairs.count() >= 4);
        let story = POPULATION.story(name).unwrap();
        assert!(story.aliases.is_empty(), "a sealed name is no alias");
    }
}

#[test]
fn the_newborn_is_baby_and_the_twins_are_two() {
    assert!(told(&POPULATION, "newborn").iter().all(|record| record.get("forenames").starts_with("Baby")));
    let twins = told(&POPULATION, "twins");
    let persons: BTreeSet<_> = twins.iter().map(|record| &record.truth.person_id).collect();
    let days: BTreeSet<_> = twins.iter().map(|record| record.get("date_of_birth")).collect();
    assert_eq!((persons.len(), days.len()), (2, 1));
}

#[test]
fn the_runaways_social_worker_leads_and_can_be_reached() {
    let records = told(&POPULATION, "runaway");
    let care = records.iter().find(|record| record.source == Source::SocialCare).unwrap();
    assert_eq!(care.get("involvement_1_service"), "social_worker");
    assert_eq!(care.get("involvement_1_lead"), "yes");
    assert!(!care.get("involvement_1_telephone").is_empty());
    assert_eq!(care.get("caf_exists"), "yes");
}
