//! A feed file, row by row.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use directory::source_record::Content;
use jiff::civil::Date;

use crate::basis::{Lapsed, Withdrawn};
use crate::error::{FileError, FileFault, Place};
use crate::form::Form;
use crate::given::Given;
use crate::header::Layout;
use crate::profile::Profile;
use crate::records::{Record, Records, Stop};
use crate::rules::{Fault, Rule};
use crate::seen::SeenIds;
use crate::snapshot::FileSnapshot;
use crate::values::{self, Values};

/// What a reader needs to know besides the bytes.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file's name, for errors. It is not opened.
    pub file: String,
    /// The day against which birth dates and effective dates are checked.
    pub today: Date,
    /// The file's size at opening. Without one (a pipe) the reader reads to the end.
    pub snapshot: Option<FileSnapshot>,
    /// The system (Patient.identifier) of the source's own numbers in FHIR, where another than `fhir::RECORD` was agreed.
    pub own_system: Option<String>,
    /// Other names of the columns that may stand in the file: the name, and the column it stands for. FHIR, which speaks of the
    /// columns of docs/feeds, goes by these where there are any.
    pub other_names: Vec<(String, String)>,
}

impl Options {
    /// Of a file that is read to its end, whose source numbers its records as everybody does.
    #[must_use]
    pub fn new(file: impl Into<String>, today: Date) -> Self {
        Self { file: file.into(), today, snapshot: None, own_system: None, other_names: Vec::new() }
    }
}

/// A row that keeps every rule. `Debug` shows no content.
#[derive(Clone, PartialEq)]
pub struct Row {
    /// As a spreadsheet numbers it: the header is row 1.
    pub row_number: u64,
    /// The source's own identifier of the record, 1 to 64 characters.
    pub record_id: String,
    /// The complete current statement of the source about the child.
    pub content: Content,
    /// The consents to sensitive services that it says were withdrawn; `content` has none of those services.
    pub withdrawn: Vec<Withdrawn>,
    /// The statement as bytes for its digest: the same for the same statement, whatever the order of the columns,
    /// the quoting, the white space around values or the composition of accents.
    pub canonical: Vec<u8>,
}

impl Row {
    /// What the row says, by the columns of its profile: trimmed, its accents composed; what is empty is left out.
    #[must_use]
    pub fn said(&self) -> BTreeMap<&'static str, String> {
        values::of_canonical(&self.canonical)
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("row_number", &self.row_number)
            .field("canonical_bytes", &self.canonical.len())
            .finish_non_exhaustive()
    }
}

/// A row that breaks a rule. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// As a spreadsheet numbers it: the header is row 1.
    pub row_number: u64,
    /// What is wrong, in the order of the columns; at least one, at most one a column.
    pub faults: Vec<Fault>,
    /// A feed file of its own, header and this row byte for byte, to be sealed and processed again; `None` when
    /// the row holds something outside the closed list (too many values, a value too long for its column, quotes
    /// that leave the columns in doubt; a sensitive service without a basis), because forbidden content is never kept.
    pub raw: Option<Vec<u8>>,
    /// The source's own number of the record, where that column has no fault of its own, whatever else has one: whom a file names is
    /// not absent from it. It is never stored.
    pub record_id: Option<String>,
    /// The sensitive services that it names without a basis, where nothing else is wrong with it: their record no longer
    /// carries one. A row with other faults may have its columns in the wrong order, and says nothing about anybody.
    pub lapsed: Option<Lapsed>,
}

impl fmt::Debug for Quarantined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantined")
            .field("row_number", &self.row_number)
            .field("faults", &self.faults)
            .field("raw_bytes", &self.raw.as_ref().map(Vec::len))
            .finish()
    }
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It can be loaded.
    Accepted(Box<Row>),
    /// It cannot; the rest of the file can.
    Quarantined(Quarantined),
}

/// Reads a feed file from its first byte to its last, in memory that does not depend on its size: one buffer of
/// 64 kB, one row of at most a megabyte, and about 16 bytes a row to notice a record that comes twice.
///
/// As an iterator it gives one item a row (blank lines are passed over) and ends after the last row or after the
/// first [`FileError`].
pub struct Reader<R> {
    records: Records<R>,
    profile: &'static Profile,
    form: Form,
    layout: Layout,
    header: Vec<u8>,
    options: Options,
    values: Values,
    seen: SeenIds,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads and checks the header.
    ///
    /// # Errors
    /// When the file is empty, in another encoding, format or separator, or when its header does not name exactly
    /// the profile's columns (law 1). Nothing of such a file is taken.
    pub fn open(source: R, profile: &'static Profile, options: Options) -> Result<Self, FileError> {
        let (records, layout) = begin(source, profile, &options)?;
        Ok(Self {
            header: records.record().raw.clone(),
            records,
            profile,
            form: Form::of(profile),
            layout,
            options,
            values: Values::default(),
            seen: SeenIds::default(),
            ended: false,
        })
    }

    /// The profile the file is read by.
    pub fn profile(&self) -> &'static Profile {
        self.profile
    }

    /// Bytes taken from the source so far, for a progress bar.
    pub fn bytes_read(&self) -> u64 {
        self.records.bytes_read()
    }

    fn advance(&mut self) -> Result<Option<Outcome>, Stop> {
        while self.records.advance()? {
            if !self.records.record().is_blank() {
                return Ok(Some(self.judge()));
            }
        }
        Ok(None)
    }

    fn judge(&mut self) -> Outcome {
        let record = self.records.record();
        let row_number = record.row;
        let whole = |rule, length| vec![Fault { field: Fault::ROW, rule, length }];
        if record.misquoted {
            return Outcome::Quarantined(Quarantined {
                row_number,
                faults: whole(Rule::Quoting, record.raw.len()),
                raw: None,
                record_id: None,
                lapsed: None,
            });
        }
        if record.count != self.layout.width() {
            // Too few values are a part of the closed list; too many are something else.
            let raw = (record.count < self.layout.width()).then(|| self.keep(record));
            return Outcome::Quarantined(Quarantined {
                row_number,
                faults: whole(Rule::ValueCount, record.count),
                raw,
                record_id: self.layout.record_named(record.count, |place| record.value(place)),
                lapsed: None,
            });
        }
        self.values.take(record, &self.layout);
        let record_id = self.values.get(Form::RECORD_ID);
        let repeated = !record_id.is_empty() && !self.seen.insert(record_id);
        let (profile, form, values, today) = (self.profile, &self.form, &self.values, self.options.today);
        Given { profile, form, values, today, row_number, repeated }.judge(|| self.keep(record))
    }

    fn keep(&self, record: &Record) -> Vec<u8> {
        [self.header.as_slice(), b"\n", &record.raw, b"\n"].concat()
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Outcome, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = self.advance().map_err(|stop| named(&self.options, stop)).transpose();
        self.ended = !matches!(item, Some(Ok(_)));
        item
    }
}

/// What a first look at a whole file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examined {
    /// Rows below the header, blank lines left out.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Reads a file to its end without looking into its rows: encoding, separators, header, quotes and the length of
/// rows. A load that examines a file first takes nothing of a file that it would have to stop in the middle of,
/// and knows the number of rows for its progress bar.
///
/// # Errors
/// Every [`FileError`] that reading the same bytes would end in.
pub fn examine(
    source: impl Read,
    profile: &'static Profile,
    options: &Options,
) -> Result<Examined, FileError> {
    let (mut records, _) = begin(source, profile, options)?;
    let mut rows = 0;
    while records.advance().map_err(|stop| named(options, stop))? {
        rows += u64::from(!records.record().is_blank());
    }
    Ok(Examined { rows, bytes: records.bytes_read() })
}

fn begin<R: Read>(
    source: R,
    profile: &'static Profile,
    options: &Options,
) -> Result<(Records<R>, Layout), FileError> {
    let stop = |stop| named(options, stop);
    let mut records = Records::open(source, options.snapshot).map_err(stop)?;
    loop {
        if !records.advance().map_err(stop)? {
            return Err(stop((Place::FILE, FileFault::Empty)));
        }
        if !records.record().is_blank() {
            break;
        }
    }
    let place = Place::row(records.record().row);
    let layout = Layout::of(records.record(), profile).map_err(|fault| stop((place, fault)))?;
    Ok((records, layout))
}

fn named(options: &Options, (place, fault): Stop) -> FileError {
    FileError { file: options.file.clone(), place, fault }
}
