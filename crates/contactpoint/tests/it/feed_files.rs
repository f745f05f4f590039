//! Feed files made from the examples of the column tables.

use std::path::{Path, PathBuf};

use feeds::Profile;

/// The GP registrations, the profile most tests use: names, an address, a number, nothing that depends on another column.
pub fn gp() -> &'static Profile {
    Profile::named("nhs-gp").unwrap()
}

/// A line of CSV, every value quoted that needs it.
pub fn line<S: AsRef<[u8]>>(values: impl IntoIterator<Item = S>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(values).unwrap();
    writer.into_inner().unwrap()
}

/// The example row of a profile under another record id, with some values changed.
pub fn row(profile: &'static Profile, record_id: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    for (name, _) in changes {
        assert!(profile.position(name).is_some(), "{} has no column {name}", profile.name);
    }
    line(profile.columns().map(|column| match changes.iter().find(|(name, _)| *name == column.name) {
        Some((_, value)) => value,
        None if column.name == "record_id" => record_id,
        None => column.example,
    }))
}

/// Header and rows.
pub fn file(profile: &'static Profile, rows: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = profile.header().into_bytes();
    bytes.push(b'\n');
    bytes.extend(rows.iter().flatten());
    bytes
}

/// Writes bytes into a folder.
pub fn written(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A CSV file as a table: its header, and its rows.
pub fn read(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = texts(reader.headers().unwrap());
    (header, reader.records().map(|record| texts(&record.unwrap())).collect())
}

/// Writes a table.
pub fn write(path: &Path, header: &[String], rows: &[Vec<String>]) {
    let mut bytes = line(header);
    rows.iter().for_each(|row| bytes.extend(line(row)));
    std::fs::write(path, bytes).unwrap();
}
