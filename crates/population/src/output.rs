//! Writing a population: each file whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::{Population, PopulationError, Record, Source, Term, Truth, deaths};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Children (persons).
    pub children: u32,
    /// Rows by source, in the order of [`Source::ALL`].
    pub records: Vec<(Source, u64)>,
    /// Rows of `gro-deaths.csv`.
    pub deaths: u64,
    /// Pairs in `constraints.csv`.
    pub constraints: u64,
    /// Rows of `stories.csv`.
    pub story_records: u64,
}

/// Columns of `truth.csv`.
pub const TRUTH_COLUMNS: [&str; 6] =
    ["source", "record_id", "person_id", "identity_id", "naming_pattern", "changes"];
/// Columns of `constraints.csv`.
pub const CONSTRAINT_COLUMNS: [&str; 5] = ["source_a", "record_id_a", "source_b", "record_id_b", "why"];
/// Columns of `stories.csv`.
pub const STORY_COLUMNS: [&str; 4] = ["story", "source", "record_id", "note"];

impl Population {
    /// Writes one CSV a source, `gro-deaths.csv`, the census of the terms before, `truth.csv`,
    /// `constraints.csv` and `stories.csv` into `dir` (made if
    /// absent). Each file appears whole or not at all; existing files of these names are replaced.
    /// `progress` is told of each record written: its source, how many of it are written, and how many there are.
    ///
    /// # Errors
    /// [`PopulationError::Write`] names the file or folder.
    pub fn write(
        &self,
        dir: &Path,
        progress: &mut dyn FnMut(Source, u64, u64),
    ) -> Result<Summary, PopulationError> {
        fs::create_dir_all(dir).map_err(|cause| PopulationError::Write { path: dir.to_owned(), cause })?;
        let mut truth = Table::create(dir, "truth.csv", &TRUTH_COLUMNS)?;
        let mut records = Vec::new();
        for source in Source::ALL {
            let mut table = Table::create(dir, &source.file_name(), &source.columns())?;
            let all = self.len(source) as u64;
            let mut done = 0;
            for record in self.records(source) {
                table.row(&record.values)?;
                truth.row(&truth_row(source.name(), &record.record_id, &record.truth))?;
                done += 1;
                progress(source, done, all);
            }
            table.finish()?;
            records.push((source, done));
        }
        let mut table = Table::create(dir, deaths::FILE, &deaths::COLUMNS)?;
        let mut dead = 0;
        for death in self.deaths() {
            table.row(&death.values)?;
            truth.row(&truth_row(deaths::SOURCE, &death.record_id, &death.truth))?;
            dead += 1;
        }
        table.finish()?;
        for term in Term::ALL {
            let mut table = Table::create(dir, term.file_name(), &Source::SchoolsCensus.columns())?;
            for record in self.census_of(term) {
                table.row(&record.values)?;
            }
            table.finish()?;
        }
        for (_, left) in self.leavers() {
            truth.row(&truth_row(left.source.name(), &left.record_id, &left.truth))?;
        }
        truth.finish()?;
        let mut constraints = Table::create(dir, "constraints.csv", &CONSTRAINT_COLUMNS)?;
        for pair in self.constraints() {
            constraints.row(&[pair.a.0.name(), &pair.a.1, pair.b.0.name(), &pair.b.1, pair.why])?;
        }
        constraints.finish()?;
        let mut stories = Table::create(dir, "stories.csv", &STORY_COLUMNS)?;
        let mut story_records = 0;
        for story in self.stories() {
            for record in &story.records {
                stories.row(&[story.name, record.source.name(), &record.record_id, record.note])?;
                story_records += 1;
            }
        }
        stories.finish()?;
        let constraints = self.constraints().len() as u64;
        Ok(Summary { children: self.config().children, records, deaths: dead, constraints, story_records })
    }

    /// Writes these records of one source as a file of its feed.
    ///
    /// # Errors
    /// [`PopulationError::Write`] names the file.
    pub fn write_records<'r>(
        dir: &Path,
        name: &str,
        source: Source,
        records: impl IntoIterator<Item = &'r Record>,
    ) -> Result<(), PopulationError> {
        let mut table = Table::create(dir, name, &source.columns())?;
        for record in records {
            table.row(&record.values)?;
        }
        table.finish()
    }

    /// Writes the feed of one source as CSV, heading first.
    ///
    /// # Errors
    /// Whatever `to` says when it cannot be written.
    pub fn write_source(&self, source: Source, to: impl Write) -> std::io::Result<u64> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record(source.columns()).map_err(io_error)?;
        let mut rows = 0;
        for record in self.records(source) {
            csv.write_record(&record.values).map_err(io_error)?;
            rows += 1;
        }
        csv.flush()?;
        Ok(rows)
    }
}

fn truth_row(source: &str, record_id: &str, truth: &Truth) -> [String; 6] {
    let changes: Vec<String> = truth.changes.iter().map(ToString::to_string).collect();
    [
        source.to_owned(),
        record_id.to_owned(),
        truth.person_id.clone(),
        truth.identity_id.clone(),
        truth.naming_pattern.label().to_owned(),
        changes.join(";"),
    ]
}

/// A file that takes its name when it is complete.
struct Table {
    csv: csv::Writer<BufWriter<File>>,
    path: std::path::PathBuf,
    part: std::path::PathBuf,
}

impl Table {
    fn create(dir: &Path, name: &str, columns: &[&str]) -> Result<Table, PopulationError> {
        let (path, part) = (dir.join(name), dir.join(format!("{name}.part")));
        let file =
            File::create(&part).map_err(|cause| PopulationError::Write { path: part.clone(), cause })?;
        let csv = csv::Writer::from_writer(BufWriter::with_capacity(1 << 16, file));
        let mut table = Table { csv, path, part };
        table.row(columns)?;
        Ok(table)
    }

    fn row<T: AsRef<[u8]>>(&mut self, cells: &[T]) -> Result<(), PopulationError> {
        self.csv
            .write_record(cells)
            .map_err(|cause| PopulationError::Write { path: self.part.clone(), cause: io_error(cause) })
    }

    fn finish(mut self) -> Result<(), PopulationError> {
        let failed = |cause| PopulationError::Write { path: self.path.clone(), cause };
        self.csv.flush().map_err(failed)?;
        fs::rename(&self.part, &self.path).map_err(failed)
    }
}

fn io_error(cause: csv::Error) -> std::io::Error {
    match cause.into_kind() {
        csv::ErrorKind::Io(cause) => cause,
        other => std::io::Error::other(format!("{other:?}")),
    }
}
