//! A run: read the files, check the rows on all cores, merge the counts in order, compare, and report.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, Write};
use std::ops::ControlFlow;

use feeds::{FileError, FileFault, FileSnapshot, Options, RowSink, Rule, TextRow, Unread, read_rows};
use jiff::civil::Date;
use rayon::prelude::*;

use crate::batch::{Batch, Checked, Checking};
use crate::check::{Checker, Found};
use crate::digesting::Digesting;
use crate::fault::{Check, Code, Dimension};
use crate::faults_file;
use crate::layout::{Layout, MisnamedColumn, RefusedColumn};
use crate::linking;
use crate::measures::Measures;
use crate::places::{Place, Places};
use crate::profile::{Column, Profile};
use crate::repeats::Repeats;
use crate::report::{FileReport, Report, Unmerged};
use crate::row_marks::RowMarks;
use crate::sample::Sample;
use crate::score::{Beside, scores};
use crate::worst::Worst;

/// A file to be read.
pub struct Input<R> {
    /// Its name, for the report. It is not opened.
    pub name: String,
    /// Its bytes.
    pub source: R,
    /// Its size at opening.
    pub snapshot: Option<FileSnapshot>,
}

/// How to measure.
pub struct Settings<'a> {
    /// What the files are measured by.
    pub profile: &'a Profile,
    /// The day on which is measured.
    pub today: Date,
    /// Let values of rows into the reports.
    pub show_values: bool,
    /// What a second file is read by; the same profile where none is given.
    pub against_profile: Option<&'a Profile>,
    /// Whether to look for second records of one child.
    pub duplicates: bool,
    /// The system of the source's own numbers in FHIR, where another than `feeds::fhir::RECORD` was agreed;
    /// of a second file too.
    pub own_system: Option<&'a str>,
}

/// Measures files. `against` are files of which is asked how many of these children they know; `faults` takes the list of
/// faults as CSV.
///
/// # Errors
/// When the list of faults cannot be written. A file that cannot be read is a part of the report.
pub fn measure<R: Read + Seek>(
    inputs: Vec<Input<R>>,
    against: Vec<Input<R>>,
    settings: &Settings<'_>,
    faults: Option<&mut dyn Write>,
) -> io::Result<Report> {
    let profile = settings.profile;
    let checker = Checker::new(profile, settings.today);
    let mut run = Run::new(&checker, settings, faults);
    run.begin_faults();
    for (file, input) in inputs.into_iter().enumerate() {
        run.file(file, input);
    }
    run.repeats();
    if let Some(error) = run.failed {
        return Err(error);
    }
    let rows = run.measures.rows;
    let duplicates = settings
        .duplicates
        .then(|| linking::duplicates(profile, &run.measures.sample, rows, &run.places, settings.show_values))
        .flatten();
    let mut other_files = Vec::new();
    let compared_with = if against.is_empty() {
        None
    } else {
        let other_profile = settings.against_profile.unwrap_or(profile);
        let (other, other_rows, files) = sample_of(against, other_profile, settings)?;
        other_files = files;
        linking::against((profile, &run.measures.sample, rows), (other_profile, &other, other_rows))
    };
    let beside = Beside {
        duplicates: duplicates.as_ref().map_or(0.0, |found| found.estimate.share),
        forbidden: !run.refused.is_empty()
            || !run.unpermitted.is_empty()
            || run.measures.rows_by_dimension.contains_key(&Dimension::Forbidden),
        misnamed: !run.misnamed.is_empty(),
        missing: lacks_a_column(profile, &run.measures),
        unattached: !run.unattached.is_empty(),
        genders_swapped: run.measures.names.tell().by_known_names.is_some_and(|names| names.are_swapped()),
        unread: run.files.iter().any(|file| file.refused.is_some()),
    };
    let scores = scores(&run.measures, profile, beside);
    let beside = Unmerged {
        files: run.files,
        refused: run.refused,
        misnamed: run.misnamed,
        unpermitted: run.unpermitted,
        clinical: run.clinical,
        unattached: run.unattached,
        repeats_estimated: run.repeats_estimated,
        against_files: other_files,
        duplicates,
        against: compared_with,
        households: std::mem::take(&mut run.measures.carers).tell(),
    };
    Ok(Report::new(profile, settings.today, &run.measures, scores, beside, &run.places))
}

/// Whether a file lacks a column that a load demands. One of an own profile that means none of docs/feeds is none of a load's.
fn lacks_a_column(profile: &Profile, measures: &Measures) -> bool {
    let demanded = |at: usize| profile.columns.get(at).is_some_and(|column| column.means.is_some());
    let missing = |(at, code): &(Option<usize>, Code)| {
        *code == Code::Own(Check::MissingColumn) && at.is_some_and(demanded)
    };
    measures.faults.keys().any(missing)
}

/// Reads files for nothing but the rows to be compared with, on the day and by the system of numbers of `settings`.
fn sample_of<R: Read + Seek>(
    inputs: Vec<Input<R>>,
    profile: &Profile,
    settings: &Settings<'_>,
) -> io::Result<(Sample, u64, Vec<FileReport>)> {
    let settings = Settings {
        profile,
        today: settings.today,
        show_values: false,
        against_profile: None,
        duplicates: false,
        own_system: settings.own_system,
    };
    let checker = Checker::new(profile, settings.today);
    let mut run = Run::new(&checker, &settings, None);
    for (file, input) in inputs.into_iter().enumerate() {
        run.file(file, input);
    }
    Ok((run.measures.sample, run.measures.rows, run.files))
}

/// Batches checked at a time.
const BATCHES: usize = 16;

/// Bytes of lines of the list of faults that are written together.
const LINES_HELD: usize = 1 << 16;

/// Names of things left unread that are told apart; more are counted together.
const MOST_NAMES: usize = 100;

struct Run<'a, 'w> {
    checker: &'a Checker<'a>,
    settings: &'a Settings<'a>,
    compared: Vec<usize>,
    measures: Measures,
    places: Places,
    marks: RowMarks,
    faults: Option<&'w mut (dyn Write + 'w)>,
    failed: Option<io::Error>,
    files: Vec<FileReport>,
    refused: Vec<RefusedColumn>,
    misnamed: Vec<MisnamedColumn>,
    unpermitted: BTreeMap<String, u64>,
    clinical: BTreeMap<String, u64>,
    unattached: BTreeMap<String, u64>,
    repeats_estimated: bool,
    // Of the file that is being read.
    file: usize,
    name: String,
    layout: Layout,
    has: Vec<bool>,
    batches: Vec<Batch>,
    rows: u64,
}

impl<'a, 'w> Run<'a, 'w> {
    fn new(
        checker: &'a Checker<'a>,
        settings: &'a Settings<'a>,
        faults: Option<&'w mut (dyn Write + 'w)>,
    ) -> Self {
        Self {
            checker,
            settings,
            compared: linking::compared(checker.profile),
            measures: Measures::new(checker),
            places: Places::default(),
            marks: RowMarks::default(),
            faults,
            failed: None,
            files: Vec::new(),
            refused: Vec::new(),
            misnamed: Vec::new(),
            unpermitted: BTreeMap::new(),
            clinical: BTreeMap::new(),
            unattached: BTreeMap::new(),
            repeats_estimated: false,
            file: 0,
            name: String::new(),
            layout: Layout::default(),
            has: Vec::new(),
            batches: Vec::new(),
            rows: 0,
        }
    }

    fn begin_faults(&mut self) {
        self.write(faults_file::HEADER.as_bytes());
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.failed.is_none()
            && let Some(faults) = &mut self.faults
        {
            self.failed = faults.write_all(bytes).err();
        }
    }

    fn file<R: Read + Seek>(&mut self, file: usize, input: Input<R>) {
        let profile = self.checker.profile;
        (self.file, self.rows, self.name) = (file, 0, input.name.clone());
        // A column may be called as in docs/feeds, whatever this profile calls it.
        let other_name =
            |column: &Column| column.means.map(|means| (means.name.to_owned(), column.name.clone()));
        let options = Options {
            snapshot: input.snapshot,
            own_system: self.settings.own_system.map(str::to_owned),
            other_names: profile.columns.iter().filter_map(other_name).collect(),
            ..Options::new(input.name.clone(), self.settings.today)
        };
        let expected: Vec<&str> = profile.columns.iter().map(|column| column.name.as_str()).collect();
        let mut source = Digesting::new(input.source);
        let outcome = read_rows(&mut source, &expected, &options, self).and_then(|format| {
            let digest = source.finish().map_err(|error| FileError {
                file: input.name.clone(),
                place: feeds::Place::FILE,
                fault: FileFault::Read(error),
            })?;
            Ok((format.in_words(), digest))
        });
        self.flush();
        let (format, digested) = match &outcome {
            Ok((format, digest)) => (Some(*format), Ok(digest.clone())),
            Err(error) => (None, Err(error)),
        };
        self.files.push(FileReport::new(&input.name, format, self.rows, digested));
    }

    /// Checks what is held, on all cores, and merges the counts in the order of the rows.
    fn flush(&mut self) {
        let batches = std::mem::take(&mut self.batches);
        let with = Checking {
            checker: self.checker,
            compared: &self.compared,
            has: &self.has,
            file: &self.name,
            show_values: self.settings.show_values,
            list: self.faults.is_some(),
        };
        let measures = &self.measures;
        let check = |batch: &Batch| batch.check(&with, measures.blank(with.checker));
        let parts: Vec<Checked> = batches.par_iter().map(check).collect();
        for part in parts {
            self.measures.merge(part.measures);
            self.write(&part.lines);
            part.faulty.into_iter().for_each(|ordinal| self.marks.blame(ordinal));
            part.quarantined.into_iter().for_each(|ordinal| self.marks.quarantine(ordinal));
            part.ids.iter().for_each(|id| self.marks.push_id(id));
        }
    }

    /// What only shows once all rows are read: records and numbers that come twice.
    fn repeats(&mut self) {
        let record_ids = std::mem::take(&mut self.measures.record_ids);
        let numbers = std::mem::take(&mut self.measures.numbers);
        let record_id = self.checker.slots.record_id;
        let records = record_id.map(|column| (column, Code::Feed(Rule::RepeatedRecord), record_ids));
        let columns = self.checker.numbers.iter().copied().zip(numbers);
        let numbers = columns.map(|(column, keys)| (column, Code::Own(Check::RepeatedNumber), keys));
        let repeats = Repeats::of(records.into_iter().chain(numbers));
        self.repeats_estimated |= repeats.are_estimated();
        let (profile, places, marks, files) = (self.checker.profile, &self.places, &self.marks, &self.files);
        let (mut list, mut failed, mut lines) = (self.faults.take(), None, Vec::new());
        repeats.count(&mut self.measures, marks, |measures, ordinal, found| {
            let id = marks.id(ordinal);
            let is_id = |fault: &Found| fault.column.is_some() && fault.column == record_id;
            let more = Worst {
                ordinal,
                faults: found.iter().map(|fault| (fault.column, fault.code)).collect(),
                values: found.iter().map(|fault| id.filter(|_| is_id(fault)).map(str::to_owned)).collect(),
            };
            measures.worst.add(more, !marks.is_faulty(ordinal));
            if let Some(list) = &mut list {
                let Place { file, row } = places.of(ordinal);
                let name = files.get(file).map_or("", |file| file.name.as_str());
                faults_file::lines(&mut lines, profile, (name, row), id, found);
                if lines.len() >= LINES_HELD && failed.is_none() {
                    failed = list.write_all(&lines).err();
                    lines.clear();
                }
            }
        });
        self.faults = list;
        self.failed = self.failed.take().or(failed);
        self.write(&lines);
    }
}

impl RowSink for Run<'_, '_> {
    fn columns(&mut self, names: &[&str]) -> Result<(), FileFault> {
        self.layout = Layout::of(names, self.checker.profile)?;
        self.has = self.layout.places.iter().map(Option::is_some).collect();
        for column in &self.layout.misnamed {
            if !self.misnamed.contains(column) && self.misnamed.len() < MOST_NAMES {
                self.misnamed.push(column.clone());
            }
        }
        for column in &self.layout.refused {
            if !self.refused.contains(column) && self.refused.len() < MOST_NAMES {
                self.refused.push(column.clone());
            }
        }
        let columns = &self.checker.profile.columns;
        for (at, (has, column)) in self.has.iter().zip(columns).enumerate() {
            if !has && !column.means.is_some_and(|means| means.may_lack) {
                *self.measures.faults.entry((Some(at), Code::Own(Check::MissingColumn))).or_default() += 1;
            }
        }
        Ok(())
    }

    fn row(&mut self, row: TextRow<'_>) -> ControlFlow<()> {
        self.rows += 1;
        let ordinal = self.places.add(Place { file: self.file, row: row.number });
        if self.batches.last().is_none_or(Batch::is_full) {
            if self.batches.len() >= BATCHES {
                self.flush();
            }
            self.batches.push(Batch::default());
        }
        if let Some(batch) = self.batches.last_mut() {
            batch.push(ordinal, row, &self.layout.places, self.layout.width);
        }
        if self.failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn unread(&mut self, what: Unread<'_>) {
        let names = match what {
            Unread::Unpermitted(_) | Unread::Attribute { .. } | Unread::Sheet { .. } => &mut self.unpermitted,
            Unread::Clinical(_) => &mut self.clinical,
            Unread::Unattached(_) => &mut self.unattached,
        };
        let name = what.told();
        let known = names.contains_key(&name) || names.len() < MOST_NAMES;
        *names.entry(if known { name } else { "others".to_owned() }).or_default() += 1;
    }
}
