//! The same configuration gives the same bytes, on every machine and in every year.

use std::fs;

use population::{Config, PopulationError, Source, generate};
use sha2::{Digest, Sha256};

fn digest(config: &Config) -> String {
    let dir = tempfile::tempdir().unwrap();
    generate(config).unwrap().write(dir.path(), &mut |_, _, _| {}).unwrap();
    let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let said =
        "six sources, deaths, two more terms, truth, constraints and stories, and nothing half written";
    assert_eq!(names.len(), 12, "{said}");
    let mut hash = Sha256::new();
    for path in names {
        hash.update(path.file_name().unwrap().to_str().unwrap());
        hash.update(fs::read(path).unwrap());
    }
    hex::encode(hash.finalize())
}

/// Changes with any change to the generator or its tables, and never otherwise: when it changes on purpose,
/// run the yardstick again and bring the figures in `docs/population.md` up to date with it.
#[test]
fn a_small_population_is_the_same_byte_for_byte_everywhere() {
    assert_eq!(
        digest(&Config::new(200, 42)),
        "6c396e0f3060e05fe3ad7d368a3997308556983d4418b1e5cc804eefd19c48c5"
    );
}

#[test]
fn another_seed_gives_other_children() {
    assert_ne!(digest(&Config::new(60, 1)), digest(&Config::new(60, 2)));
}

#[test]
fn what_is_written_is_what_is_iterated() {
    let population = generate(&Config::new(300, 5)).unwrap();
    for source in Source::ALL {
        let mut bytes = Vec::new();
        let rows = population.write_source(source, &mut bytes).unwrap();
        assert_eq!(rows as usize, population.len(source));
        let mut csv = csv::Reader::from_reader(bytes.as_slice());
        assert_eq!(csv.headers().unwrap().iter().collect::<Vec<_>>(), source.columns());
        for (row, record) in csv.records().zip(population.records(source)) {
            assert_eq!(row.unwrap().iter().collect::<Vec<_>>(), record.values);
        }
    }
}

#[test]
fn progress_counts_every_row_of_every_source() {
    let population = generate(&Config::new(60, 1)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut last = Vec::new();
    let summary = population
        .write(dir.path(), &mut |source, done, all| {
            if done == all {
                last.push((source, all));
            }
        })
        .unwrap();
    assert_eq!(last, summary.records);
    assert_eq!(summary.children, 60);
}

#[test]
fn an_impossible_size_or_day_is_refused_with_its_remedy() {
    let small = generate(&Config::new(10, 1)).unwrap_err();
    assert!(matches!(small, PopulationError::Size { asked: 10 }) && small.to_string().contains("50"));
    let early = Config { as_of: jiff::civil::date(1066, 10, 14), ..Config::new(60, 1) };
    assert!(generate(&early).unwrap_err().to_string().contains("1950-01-01"));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("taken");
    fs::write(&file, "").unwrap();
    let population = generate(&Config::new(60, 1)).unwrap();
    let error = population.write(&file, &mut |_, _, _| {}).unwrap_err();
    assert!(error.to_string().contains("taken"), "{error}");
}
