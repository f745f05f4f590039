//! Small feed files made from the examples of the column tables.

use std::io::Read;

use feeds::{FileError, Options, Outcome, Profile, Quarantined, Reader, Row};
use jiff::civil::{Date, date};

pub const TODAY: Date = date(2026, 11, 1);

pub fn profile(name: &str) -> &'static Profile {
    Profile::named(name).unwrap_or_else(|| panic!("no profile {name}"))
}

pub fn options() -> Options {
    Options::new("feed.csv", TODAY)
}

/// A line of CSV with every value quoted that needs it.
pub fn line(values: &[String]) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(values).unwrap();
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// The example row with some values changed.
pub fn row(profile: &'static Profile, changes: &[(&str, &str)]) -> String {
    let values: Vec<String> = profile
        .columns()
        .map(|column| {
            let change = changes.iter().find(|(name, _)| *name == column.name);
            change.map_or(column.example, |(_, value)| value).to_owned()
        })
        .collect();
    for (name, _) in changes {
        assert!(profile.position(name).is_some(), "{} has no column {name}", profile.name);
    }
    line(&values)
}

/// A file of one row: the example with some values changed.
pub fn file(profile: &'static Profile, changes: &[(&str, &str)]) -> String {
    format!("{}\n{}", profile.header(), row(profile, changes))
}

pub fn read(profile: &'static Profile, source: impl Read) -> Result<Vec<Outcome>, FileError> {
    Reader::open(source, profile, options())?.collect()
}

pub fn accepted(profile: &'static Profile, text: &str) -> Row {
    match read(profile, text.as_bytes()).unwrap().as_slice() {
        [Outcome::Accepted(row)] => (**row).clone(),
        other => panic!("not one accepted row: {other:?}"),
    }
}

pub fn quarantined(profile: &'static Profile, text: &str) -> Quarantined {
    match read(profile, text.as_bytes()).unwrap().as_slice() {
        [Outcome::Quarantined(row)] => row.clone(),
        other => panic!("not one quarantined row: {other:?}"),
    }
}

/// Rows taken and rows quarantined.
pub fn counts(outcomes: &[Outcome]) -> (usize, usize) {
    let taken = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Accepted(_))).count();
    (taken, outcomes.len() - taken)
}
