//! Why a whole file is refused.
//!
//! Every error names the file, the place in it and what to do. None repeats a value of the file: the only
//! words quoted are column names, and those only once the first row is known to be a header.

use std::borrow::Cow;
use std::fmt;
use std::io;

/// A file that cannot be read any further. Rows given out before it stand; the same file, put right, may be
/// loaded again from its first row (a row that was taken already counts as unchanged).
#[derive(Debug, thiserror::Error)]
#[error("{file}{place}: {fault}. {remedy}", remedy = fault.remedy())]
pub struct FileError {
    /// The file's name as the caller gave it.
    pub file: String,
    /// Where reading stopped.
    pub place: Place,
    /// What is wrong.
    pub fault: FileFault,
}

/// A place in a file. Rows are numbered as a spreadsheet shows them: the header is row 1, blank lines count.
/// Bytes are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The row, when one is to blame.
    pub row: Option<u64>,
    /// The byte offset, when one is to blame.
    pub byte: Option<u64>,
}

impl Place {
    /// The whole file.
    pub const FILE: Self = Self { row: None, byte: None };

    /// A row.
    pub const fn row(row: u64) -> Self {
        Self { row: Some(row), byte: None }
    }

    /// A byte of a row.
    pub const fn byte(row: u64, byte: u64) -> Self {
        Self { row: Some(row), byte: Some(byte) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        if let Some(byte) = self.byte {
            write!(f, ", byte {byte}")?;
        }
        Ok(())
    }
}

/// What is wrong with a file as a whole.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// No bytes, or nothing but blank lines.
    #[error("the file is empty: not even a header row")]
    Empty,
    /// Text in another encoding than UTF-8.
    #[error("the text is not UTF-8: it looks like {0}")]
    Encoding(Encoding),
    /// Not text at all.
    #[error("this is {0}, which is not read")]
    NotText(&'static str),
    /// A zero byte inside UTF-8 text.
    #[error("a NUL byte stands in the text")]
    Nul,
    /// A row longer than any row of a feed can be.
    #[error("the row is longer than {limit} bytes")]
    RecordTooLong {
        /// Bytes.
        limit: usize,
    },
    /// The header is whole, but split by something else than a comma.
    #[error("the columns are separated by {0}, not by commas")]
    Delimiter(Delimiter),
    /// No cell of the first row is a column of the profile.
    #[error("{}", no_header_message(.source_name, .meant))]
    NoHeader {
        /// The profile.
        source_name: Cow<'static, str>,
        /// The profile's columns that it names in another case or with other punctuation.
        meant: Vec<Cow<'static, str>>,
    },
    /// Columns outside the closed list (law 1).
    #[error("{}", columns_message("is not permitted", "are not permitted", .0))]
    UnknownColumns(Vec<RefusedColumn>),
    /// Elements of XML or FHIR outside the closed list (law 1), by their names.
    #[error("what the source may not send: {}", .0.join(", "))]
    UnknownElements(Vec<String>),
    /// Resources that cannot be told to which child of the file they belong, in words.
    #[error("it cannot be told to which child these belong: {}", .0.join(", "))]
    Unattached(Vec<String>),
    /// A header cell without a name.
    #[error("column {position} has no name")]
    UnnamedColumn {
        /// Counted from 1.
        position: usize,
    },
    /// A column that stands twice.
    #[error("the column {name} stands twice, at {first} and at {second}")]
    RepeatedColumn {
        /// The column.
        name: Cow<'static, str>,
        /// Counted from 1.
        first: usize,
        /// Counted from 1.
        second: usize,
    },
    /// Columns of the profile that the header lacks.
    #[error("the header lacks {}", .0.join(", "))]
    MissingColumns(Vec<&'static str>),
    /// The file ends inside a quoted value.
    #[error("a quoted value that begins in this row is never closed")]
    UnterminatedQuote,
    /// More bytes than at opening.
    #[error("the file grew while it was read: it had {length} bytes when opened")]
    Grew {
        /// Bytes at opening.
        length: u64,
    },
    /// Fewer bytes than at opening.
    #[error("the file shrank while it was read: it had {length} bytes when opened")]
    Shrank {
        /// Bytes at opening.
        length: u64,
    },
    /// The operating system could not read on.
    #[error("the file could not be read: {0}")]
    Read(#[source] io::Error),
    /// XML in another form than the documented one.
    #[error("the XML is not a list of rows: {0}")]
    Markup(&'static str),
    /// A workbook that is damaged, or holds what is not read.
    #[error("the workbook cannot be read: {0}")]
    Workbook(&'static str),
    /// A part of a workbook that unpacks to more than any feed needs.
    #[error("the workbook's {part} is larger than {limit} bytes when unpacked")]
    UnpacksTooLarge {
        /// Which part.
        part: &'static str,
        /// Bytes.
        limit: u64,
    },
    /// A line of NDJSON that is not a resource.
    #[error("the line is not a FHIR resource: {0}")]
    Resource(&'static str),
    /// Sheets of a workbook behind the first, with something in them, by their names.
    #[error("only the first sheet of a workbook is read, and something stands in more: {}", .0.join(", "))]
    FurtherSheets(Vec<String>),
    /// A header of more columns than any profile has.
    #[error("the header has {count} columns, and at most {limit} are read")]
    TooManyColumns {
        /// Columns found.
        count: usize,
        /// Columns permitted.
        limit: usize,
    },
}

impl FileFault {
    /// The stable code, `E01`…, which summaries carry and docs/feeds/rules.md lists.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "E01",
            Self::Encoding(_) => "E02",
            Self::NotText(_) => "E03",
            Self::Nul => "E04",
            Self::RecordTooLong { .. } => "E05",
            Self::Delimiter(_) => "E06",
            Self::NoHeader { .. } => "E07",
            Self::UnknownColumns(_) | Self::UnknownElements(_) => "E08",
            Self::UnnamedColumn { .. } => "E09",
            Self::RepeatedColumn { .. } => "E10",
            Self::MissingColumns(_) => "E11",
            Self::UnterminatedQuote => "E12",
            Self::Grew { .. } => "E13",
            Self::Shrank { .. } => "E14",
            Self::Read(_) => "E15",
            Self::Markup(_) => "E16",
            Self::Workbook(_) => "E17",
            Self::UnpacksTooLarge { .. } => "E18",
            Self::Resource(_) => "E19",
            Self::TooManyColumns { .. } => "E20",
            Self::Unattached(_) => "E21",
            Self::FurtherSheets(_) => "E22",
        }
    }

    /// What the sender can do about it, as a sentence without its full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Empty => "Send the file again; a file without rows still has its header",
            Self::Encoding(encoding) => encoding.remedy(),
            Self::NotText(_) => "Export the data as CSV (UTF-8, commas), .xlsx, XML or FHIR NDJSON",
            Self::Nul => "Export the file again without fixed-width padding or binary data",
            Self::RecordTooLong { .. } => "Look there for a missing line end or a quote that is never closed",
            Self::Delimiter(_) => "Export the file with commas, values that hold a comma in double quotes",
            Self::NoHeader { meant, .. } if meant.is_empty() => {
                "Put the header row first, and check that the file belongs to this source"
            }
            Self::NoHeader { .. } => {
                "Write each name exactly as the column is called: case, spaces and underscores count"
            }
            Self::Unattached(_) => {
                "Put what is about a child right behind its Patient, and what several children share before the first Patient"
            }
            Self::UnknownColumns(_) | Self::UnknownElements(_) => {
                "Take out of the export what is not permitted; nothing of this file was taken"
            }
            Self::UnnamedColumn { .. } => "Name it, or remove the empty column (often a comma too many)",
            Self::RepeatedColumn { .. } => "Keep one of the two",
            Self::MissingColumns(_) => "Add them; a column without values may be empty but must be there",
            Self::UnterminatedQuote => "Send the whole file again: it was cut, or a double quote is missing",
            Self::Grew { .. } => "Wait until the export is finished and load the file again",
            Self::Shrank { .. } => "Something replaced or cut the file; load it again once it is at rest",
            Self::Read(_) => "Check the disk and the permissions, then load the file again",
            Self::Markup(_) => {
                "Export <rows><row><surname>…</surname></row></rows>: one element a row, one a column, and nothing else"
            }
            Self::Workbook(_) => {
                "Open it, save it again as .xlsx without a password, or save it as \"CSV UTF-8\""
            }
            Self::UnpacksTooLarge { .. } => "Save it as \"CSV UTF-8\": a CSV file may have any size",
            Self::FurtherSheets(_) => {
                "Delete them, hidden ones too, or send each as a file of its own; nothing of this file was taken"
            }
            Self::Resource(_) => "Export one whole FHIR R4 resource a line (application/fhir+ndjson)",
            Self::TooManyColumns { .. } => {
                "Look there for a missing line end; export the source's columns and no others"
            }
        }
    }
}

/// A column outside the closed list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedColumn {
    /// Counted from 1.
    pub position: usize,
    /// The name, when it is shaped like one; otherwise the cell is not repeated.
    pub name: Option<String>,
    /// Why such content is never held, when the name tells (rule 1.20).
    pub forbidden: Option<&'static str>,
    /// The permitted column that was probably meant.
    pub meant: Option<&'static str>,
}

impl fmt::Display for RefusedColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}")?,
            None => write!(f, "number {}", self.position)?,
        }
        match (self.forbidden, self.meant) {
            (Some(reason), _) => write!(f, " ({reason})"),
            (None, Some(meant)) => write!(f, " (did you mean {meant}?)"),
            (None, None) => Ok(()),
        }
    }
}

fn columns_message(one: &str, many: &str, columns: &[RefusedColumn]) -> String {
    let named: Vec<String> = columns.iter().map(ToString::to_string).collect();
    let (noun, verb) = if columns.len() == 1 { ("column", one) } else { ("columns", many) };
    format!("the {noun} {} {verb}", named.join(", "))
}

/// Columns named where a header writes all of them in another way.
const NAMED: usize = 5;

/// Only the names of columns are repeated: the first row may be a child's.
fn no_header_message(source_name: &str, meant: &[Cow<'static, str>]) -> String {
    if meant.is_empty() {
        return format!("the first row names none of the columns of {source_name}");
    }
    let named: Vec<&str> = meant.iter().take(NAMED).map(AsRef::as_ref).collect();
    let more = match meant.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "the first row writes the columns of {source_name} in another way: they are called {}{more}",
        named.join(", ")
    )
}

/// Encodings that are recognised in order to be refused by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16, low byte first ("Unicode" in older Windows programs).
    Utf16LittleEndian,
    /// UTF-16, high byte first.
    Utf16BigEndian,
    /// UTF-32 in either order.
    Utf32,
    /// Windows-1252, ISO 8859-1 and their relatives: one byte a letter.
    Windows1252,
    /// UTF-8 that ends in the middle of a character.
    CutUtf8,
}

impl Encoding {
    fn remedy(self) -> &'static str {
        match self {
            Self::Utf32 => {
                "Save it as \"CSV UTF-8\", or convert it: iconv -f UTF-32 -t UTF-8 IN.csv > OUT.csv"
            }
            Self::Utf16LittleEndian | Self::Utf16BigEndian => {
                "Save it as \"CSV UTF-8\", or convert it: iconv -f UTF-16 -t UTF-8 IN.csv > OUT.csv"
            }
            Self::Windows1252 => {
                "Save it as \"CSV UTF-8\", or convert it: iconv -f WINDOWS-1252 -t UTF-8 IN.csv > OUT.csv"
            }
            Self::CutUtf8 => "Send the whole file again: it was cut",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf16LittleEndian => "UTF-16 (little-endian)",
            Self::Utf16BigEndian => "UTF-16 (big-endian)",
            Self::Utf32 => "UTF-32",
            Self::Windows1252 => "Windows-1252 or another one-byte encoding",
            Self::CutUtf8 => "UTF-8 cut in the middle of a character",
        })
    }
}

/// Separators other files use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    pub(crate) const ALL: [Self; 3] = [Self::Semicolon, Self::Tab, Self::Pipe];

    pub(crate) const fn character(self) -> char {
        match self {
            Self::Semicolon => ';',
            Self::Tab => '\t',
            Self::Pipe => '|',
        }
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Semicolon => "semicolons",
            Self::Tab => "tabs",
            Self::Pipe => "vertical bars",
        })
    }
}
