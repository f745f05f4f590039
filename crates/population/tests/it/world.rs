//! A population of 4,000 that the tests share.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use population::{Config, Population, Record, Source, generate};

pub static POPULATION: LazyLock<Population> = LazyLock::new(|| generate(&Config::new(4_000, 7)).unwrap());

pub static RECORDS: LazyLock<BTreeMap<Source, Vec<Record>>> = LazyLock::new(|| {
    Source::ALL.into_iter().map(|source| (source, POPULATION.records(source).collect())).collect()
});

pub fn records(source: Source) -> &'static [Record] {
    &RECORDS[&source]
}

pub fn all() -> impl Iterator<Item = &'static Record> {
    RECORDS.values().flatten()
}

/// Whether the record carries a change of that code.
pub fn changed(record: &Record, code: &str) -> bool {
    record.truth.changes.iter().any(|change| change.code == code)
}

/// Asserts that `found` of `all` is `rate` in 100,000, within four standard deviations and a little.
pub fn assert_rate(what: &str, found: usize, all: usize, rate: u32) {
    let p = f64::from(rate) / 100_000.0;
    let expected = all as f64 * p;
    let deviation = (all as f64 * p * (1.0 - p)).sqrt();
    let off = (found as f64 - expected).abs();
    assert!(
        off <= 4.0 * deviation + 2.0,
        "{what}: {found} of {all}, expected {expected:.1} ± {deviation:.1}"
    );
}
