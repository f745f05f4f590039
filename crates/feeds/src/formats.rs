//! A file's rows as text, whatever its format: CSV, an Excel workbook, XML, or FHIR resources a line each.
//!
//! [`read_rows`] gives the names of the columns and then row after row to a [`RowSink`], in memory that does not depend on
//! the file's size. What a row means is decided by whoever takes it; what stands outside the closed list is never read
//! here, only named (law 1).

mod cells;
mod container;
mod csv;
mod fhir;
mod markup;
mod texts;
mod xlsx;
mod xml;

use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use crate::error::{FileError, FileFault, Place};
use crate::reader::Options;
use crate::records::Stop;
use crate::rules::Fault;

pub use texts::every_text;

/// The formats in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, UTF-8.
    Csv,
    /// The first sheet of an Excel workbook.
    Xlsx,
    /// One element a row, one element a column.
    Xml,
    /// FHIR R4 resources, one a line.
    FhirNdjson,
}

impl Format {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Xlsx, Self::Xml, Self::FhirNdjson];

    /// Its code, which stays what it is.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Xml => "xml",
            Self::FhirNdjson => "fhir_ndjson",
        }
    }

    /// The format of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    /// In words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Xlsx => "Excel workbook",
            Self::Xml => "XML",
            Self::FhirNdjson => "FHIR NDJSON",
        }
    }

    /// By the first bytes: a name's ending may be anything.
    fn of(first: &[u8]) -> Self {
        let text = first.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first).trim_ascii_start();
        match text.first() {
            _ if first.starts_with(b"PK\x03\x04") => Self::Xlsx,
            Some(b'<') => Self::Xml,
            Some(b'{') => Self::FhirNdjson,
            _ => Self::Csv,
        }
    }
}

/// One row as the file has it, values in the order of the columns.
#[derive(Clone, Copy)]
pub struct TextRow<'a> {
    /// As a spreadsheet numbers it, the header being row 1; of XML and NDJSON the position of the row in the file.
    pub number: u64,
    /// Number of values, also of those not kept.
    pub count: usize,
    /// A double quote of a CSV file stands where none may: the columns are in doubt.
    pub misquoted: bool,
    /// Why FHIR resources of one child cannot be read together; then of their values the record's own number
    /// alone may be here.
    pub unreadable: Option<Fault>,
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> TextRow<'a> {
    /// The value at `index`; `None` beyond the end.
    pub fn value(&self, index: usize) -> Option<&'a str> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }
}

/// Something of a file that was left unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread<'a> {
    /// An element outside the closed list.
    Unpermitted(&'a str),
    /// An attribute: the closed list has elements alone.
    Attribute {
        /// The element it stands in.
        element: &'a str,
        /// Its own name.
        name: &'a str,
    },
    /// A sheet behind the first in which something stands.
    Sheet {
        /// Its place among the sheets, from 1.
        position: usize,
        /// Its name.
        name: &'a str,
    },
    /// An element or a resource of clinical content, known as such.
    Clinical(&'a str),
    /// A resource that says nothing about a child, or cannot be told to which child it belongs.
    Unattached(&'a str),
}

impl Unread<'_> {
    /// What it is called, as it may be repeated in a report.
    #[must_use]
    pub fn told(&self) -> String {
        match *self {
            Self::Unpermitted(name) | Self::Clinical(name) | Self::Unattached(name) => {
                let shaped = shaped_like_a_name(name);
                if shaped { name } else { "an element whose name is not shaped like one" }.to_owned()
            }
            Self::Attribute { element, name } if shaped_like_a_name(element) && shaped_like_a_name(name) => {
                format!("{element}@{name}")
            }
            Self::Attribute { .. } => "an attribute whose name is not shaped like one".to_owned(),
            Self::Sheet { name, .. } if shaped_like_a_name(name) => format!("sheet {name}"),
            Self::Sheet { position, .. } => format!("sheet number {position}"),
        }
    }
}

/// Takes what a file holds.
pub trait RowSink {
    /// The columns, once, before the first row.
    ///
    /// # Errors
    /// Why nothing of the file can be taken.
    fn columns(&mut self, names: &[&str]) -> Result<(), FileFault>;

    /// A row. `Break` ends the reading.
    fn row(&mut self, row: TextRow<'_>) -> ControlFlow<()>;

    /// Something that was left unread.
    fn unread(&mut self, what: Unread<'_>);
}

/// The columns that may stand in a file.
#[derive(Clone, Copy)]
struct Expected<'e> {
    names: &'e [&'e str],
    others: &'e [(String, String)],
}

impl<'e> Expected<'e> {
    /// The place of the column that an element or a cell of this name is.
    fn position(self, name: &str) -> Option<usize> {
        self.named(name).or_else(|| self.named(self.other(name)?))
    }

    fn named(self, name: &str) -> Option<usize> {
        self.names.iter().position(|column| *column == name)
    }

    /// The column that another name stands for.
    fn other(self, name: &str) -> Option<&'e str> {
        self.others.iter().find(|(other, _)| other == name).map(|(_, column)| column.as_str())
    }
}

/// Reads a file to its end. `expected` are the names of the columns that may stand in it: CSV and workbooks bring their own
/// header, XML and FHIR have none and are read for these.
///
/// # Errors
/// Where and why reading stopped; the rows before it were given.
pub fn read_rows<R: Read + Seek>(
    mut source: R,
    expected: &[&str],
    options: &Options,
    sink: &mut impl RowSink,
) -> Result<Format, FileError> {
    let named = |(place, fault): Stop| FileError { file: options.file.clone(), place, fault };
    let format = format_of(&mut source).map_err(|error| named((Place::FILE, FileFault::Read(error))))?;
    let expected = Expected { names: expected, others: &options.other_names };
    match format {
        Format::Csv => csv::read(source, expected, options.snapshot, sink),
        Format::Xlsx => xlsx::read(source, sink),
        Format::Xml => xml::read(source, expected, sink),
        Format::FhirNdjson => fhir::read(source, expected, options.own_system.as_deref(), sink),
    }
    .map_err(named)?;
    Ok(format)
}

/// The format of a file, by its first bytes; it stands at the first again.
///
/// # Errors
/// When it cannot be read.
pub fn format_of(source: &mut (impl Read + Seek)) -> std::io::Result<Format> {
    let mut first = Vec::with_capacity(512);
    source.by_ref().take(512).read_to_end(&mut first)?;
    source.seek(SeekFrom::Start(0))?;
    Ok(Format::of(&first))
}

/// A name as it may be repeated in a report: shaped like the name of a column or an element, otherwise it may be a value.
pub fn shaped_like_a_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 60
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_- .()/:".contains(letter))
}
