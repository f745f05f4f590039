//! What is written can be fed: every row is accepted by the feed of its source.

use feeds::{Options, Outcome, Profile, Reader};
use population::{DEFAULT_AS_OF, Source};

use crate::world::POPULATION;

#[test]
fn the_columns_are_exactly_those_of_the_feeds_but_for_the_spare_ones() {
    for source in Source::ALL {
        let profile = Profile::named(source.name()).unwrap();
        let mut asked: Vec<_> =
            profile.columns().filter(|column| !column.may_lack).map(|column| column.name).collect();
        let mut given = source.columns();
        asked.sort_unstable();
        given.sort_unstable();
        assert_eq!(given, asked, "{source}");
    }
}

#[test]
fn no_row_is_quarantined() {
    for source in Source::ALL {
        let mut bytes = Vec::new();
        POPULATION.write_source(source, &mut bytes).unwrap();
        let options = Options::new(source.file_name(), DEFAULT_AS_OF);
        let profile = Profile::named(source.name()).unwrap();
        let mut accepted = 0;
        for outcome in Reader::open(bytes.as_slice(), profile, options).unwrap() {
            match outcome.unwrap() {
                Outcome::Accepted(_) => accepted += 1,
                Outcome::Quarantined(row) => panic!("{source}: {row:?}"),
            }
        }
        assert_eq!(accepted, POPULATION.len(source), "{source}");
    }
}

/// The rows of a file that are accepted; any other is a fault.
fn accepted(profile: &str, bytes: &[u8]) -> Vec<feeds::Row> {
    let options = Options::new(profile, DEFAULT_AS_OF);
    let rows = Reader::open(bytes, Profile::named(profile).unwrap(), options).unwrap();
    rows.map(|outcome| match outcome.unwrap() {
        Outcome::Accepted(row) => *row,
        Outcome::Quarantined(row) => panic!("{profile}: {row:?}"),
    })
    .collect()
}

#[test]
fn the_register_of_deaths_and_the_terms_before_can_be_fed_and_the_truth_knows_them() {
    let dir = tempfile::tempdir().unwrap();
    let population = population::generate(&population::Config::new(4_000, 11)).unwrap();
    let summary = population.write(dir.path(), &mut |_, _, _| {}).unwrap();
    let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    let truth = String::from_utf8(read("truth.csv")).unwrap();
    let deaths = accepted("gro-deaths", &read("gro-deaths.csv"));
    assert!(!deaths.is_empty() && deaths.len() as u64 == summary.deaths);
    for death in &deaths {
        let known =
            truth.lines().find(|line| line.starts_with(&format!("gro-deaths,{},", death.record_id))).unwrap();
        assert_eq!(death.content.registered_death().is_some(), known.ends_with("died"), "{known}");
    }
    let ids = |rows: &[feeds::Row]| -> std::collections::HashSet<String> {
        rows.iter().map(|row| row.record_id.clone()).collect()
    };
    let schools = |rows: &[feeds::Row]| -> std::collections::HashMap<String, Option<String>> {
        rows.iter().map(|row| (row.record_id.clone(), row.said().remove("school_urn"))).collect()
    };
    let spring = accepted("schools-census", &read("schools-census-spring.csv"));
    let summer = accepted("schools-census", &read("schools-census-summer.csv"));
    let autumn = accepted("schools-census", &read("schools-census.csv"));
    for (before, after) in [(&spring, &summer), (&summer, &autumn)] {
        assert!(ids(before).difference(&ids(after)).count() > 5, "some leave");
        assert!(ids(after).difference(&ids(before)).count() > 5, "some join");
        let (was, is) = (schools(before), schools(after));
        assert!(
            was.iter().filter(|(id, school)| is.get(*id).is_some_and(|now| now != *school)).count() > 5,
            "some move"
        );
    }
    assert!(ids(&spring).iter().all(|id| truth.contains(&format!("schools-census,{id},"))));
}
