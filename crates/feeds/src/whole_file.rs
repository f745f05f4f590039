//! A source's file in whatever format it comes, each row judged by the rules of a row: what a load takes.
//!
//! The rows of a workbook, of XML and of FHIR NDJSON become the same statements, faults and quarantined rows as those of CSV.
//! Something outside the closed list refuses the whole file by its name, as a column does (law 1), and so does what cannot be
//! told to which child it belongs: nothing is dropped unsaid.

use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use crate::error::{FileError, FileFault, Place};
use crate::form::Form;
use crate::formats::{Format, RowSink, TextRow, Unread, format_of, read_rows};
use crate::given::Given;
use crate::header::Layout;
use crate::judging::record_named;
use crate::message::as_file;
use crate::profile::Profile;
use crate::reader::{Examined, Options, Outcome, Quarantined, Reader, examine};
use crate::rules::{Fault, Rule};
use crate::seen::SeenIds;
use crate::values::Values;

/// Names of what is refused that are told; the sender finds the others once these are gone.
const MOST_NAMES: usize = 100;

/// Reads a file to its end or until `each` breaks, and gives what became of each row, in their order.
///
/// # Errors
/// Where and why the file cannot be read on; the rows before it were given.
pub fn judge_file<R: Read + Seek>(
    mut source: R,
    profile: &'static Profile,
    options: &Options,
    mut each: impl FnMut(Outcome) -> ControlFlow<()>,
) -> Result<(), FileError> {
    let format = format_told(&mut source, options)?;
    if format == Format::Csv {
        for outcome in Reader::open(source, profile, options.clone())? {
            if each(outcome?).is_break() {
                break;
            }
        }
        return Ok(());
    }
    let (form, mut values, mut seen) = (Form::of(profile), Values::default(), SeenIds::default());
    read_listed(source, format, profile, options, |layout, row| {
        let value = |place: &Option<usize>| place.and_then(|place| row.value(place)).unwrap_or_default();
        let in_its_place = || record_named(layout.places.get(Form::RECORD_ID).map(value)?);
        if let Some(fault) = row.unreadable {
            return each(nothing_kept(row, fault, in_its_place()));
        }
        // More cells than the header has names: as in CSV, something outside the closed list.
        if row.count > layout.width {
            let fault = Fault { field: Fault::ROW, rule: Rule::ValueCount, length: row.count };
            let is_first = layout.places.get(Form::RECORD_ID) == Some(&Some(0));
            return each(nothing_kept(row, fault, is_first.then(in_its_place).flatten()));
        }
        values.take_each(layout.places.iter().map(value));
        let record_id = values.get(Form::RECORD_ID);
        let repeated = !record_id.is_empty() && !seen.insert(record_id);
        let (values, today, row_number) = (&values, options.today, row.number);
        let given = Given { profile, form: &form, values, today, row_number, repeated };
        let kept = || as_file(profile, (0..layout.places.len()).map(|column| values.get(column)));
        each(given.judge(kept))
    })
}

/// Reads a file to its end without looking into its rows, as [`examine`] does of CSV.
///
/// # Errors
/// Every [`FileError`] that reading the same bytes would end in.
pub fn examine_file<R: Read + Seek>(
    mut source: R,
    profile: &'static Profile,
    options: &Options,
) -> Result<Examined, FileError> {
    let format = format_told(&mut source, options)?;
    if format == Format::Csv {
        return examine(source, profile, options);
    }
    let unreadable = |error| stopped(options, FileFault::Read(error));
    let bytes = source.seek(SeekFrom::End(0)).map_err(unreadable)?;
    source.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    if let Some(length) = options.snapshot.map(crate::FileSnapshot::length).filter(|length| *length != bytes)
    {
        let fault = if bytes > length { FileFault::Grew { length } } else { FileFault::Shrank { length } };
        return Err(stopped(options, fault));
    }
    let mut rows = 0;
    read_listed(source, format, profile, options, |_, _| {
        rows += 1;
        ControlFlow::Continue(())
    })?;
    Ok(Examined { rows, bytes })
}

fn format_told(source: &mut (impl Read + Seek), options: &Options) -> Result<Format, FileError> {
    format_of(source).map_err(|error| stopped(options, FileFault::Read(error)))
}

fn stopped(options: &Options, fault: FileFault) -> FileError {
    FileError { file: options.file.clone(), place: Place::FILE, fault }
}

/// A row of which no value is kept, and the record that it names where that can be told.
fn nothing_kept(row: TextRow<'_>, fault: Fault, record_id: Option<String>) -> Outcome {
    let (row_number, faults) = (row.number, vec![fault]);
    Outcome::Quarantined(Quarantined { row_number, faults, raw: None, record_id, lapsed: None })
}

/// Where the columns of the profile stand in a row.
struct Places {
    /// For each column of the profile, in its order; none where the format cannot say it.
    places: Vec<Option<usize>>,
    /// Values a row has.
    width: usize,
}

/// Reads the rows of a file in which nothing stands outside the closed list.
fn read_listed<R: Read + Seek>(
    source: R,
    format: Format,
    profile: &'static Profile,
    options: &Options,
    row: impl FnMut(&Places, TextRow<'_>) -> ControlFlow<()>,
) -> Result<(), FileError> {
    let expected: Vec<&str> = profile.columns().map(|column| column.name).collect();
    let layout = Places { places: Vec::new(), width: 0 };
    let (unlisted, sheets, unattached) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut listed = Listed { profile, format, layout, unlisted, sheets, unattached, row };
    read_rows(source, &expected, options, &mut listed)?;
    let told = |names: BTreeSet<String>| names.into_iter().collect();
    if !listed.unlisted.is_empty() {
        return Err(stopped(options, FileFault::UnknownElements(told(listed.unlisted))));
    }
    if !listed.sheets.is_empty() {
        return Err(stopped(options, FileFault::FurtherSheets(told(listed.sheets))));
    }
    if !listed.unattached.is_empty() {
        return Err(stopped(options, FileFault::Unattached(told(listed.unattached))));
    }
    Ok(())
}

struct Listed<F> {
    profile: &'static Profile,
    format: Format,
    layout: Places,
    /// What is not permitted, by its names.
    unlisted: BTreeSet<String>,
    /// Sheets that would be left unread.
    sheets: BTreeSet<String>,
    /// What belongs to nobody.
    unattached: BTreeSet<String>,
    row: F,
}

impl<F: FnMut(&Places, TextRow<'_>) -> ControlFlow<()>> RowSink for Listed<F> {
    fn columns(&mut self, names: &[&str]) -> Result<(), FileFault> {
        let places = match self.format {
            // A workbook has a header of its own, and keeps the rules of one.
            Format::Xlsx | Format::Csv => Layout::of_names(names, self.profile)?.places().to_vec(),
            Format::Xml | Format::FhirNdjson => {
                let columns = self.profile.columns();
                columns.map(|column| names.iter().position(|name| *name == column.name)).collect()
            }
        };
        self.layout = Places { places, width: names.len() };
        Ok(())
    }

    fn row(&mut self, row: TextRow<'_>) -> ControlFlow<()> {
        if self.unlisted.is_empty() && self.sheets.is_empty() && self.unattached.is_empty() {
            (self.row)(&self.layout, row)
        } else {
            // Nothing of the file is taken any more; its other faults are still named.
            ControlFlow::Continue(())
        }
    }

    fn unread(&mut self, what: Unread<'_>) {
        let names = match what {
            Unread::Unpermitted(_) | Unread::Attribute { .. } => &mut self.unlisted,
            Unread::Sheet { .. } => &mut self.sheets,
            Unread::Unattached(_) => &mut self.unattached,
            // On the published list of what is discarded unread.
            Unread::Clinical(_) => return,
        };
        if names.len() < MOST_NAMES {
            names.insert(what.told());
        }
    }
}
