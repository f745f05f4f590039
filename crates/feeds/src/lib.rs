//! Formats in: files from source systems to source records, quality rules, quarantine.
//!
//! [`Profile`] says which columns a source may send: a closed list (law 1). [`judge_file`] reads a file of any size and of any
//! [`Format`] ([`Reader`] a CSV file) in bounded memory and gives, row by row, either a [`Row`] with its
//! [`directory::source_record::Content`] or a [`Quarantined`] row that says which rules it breaks, where and how long the
//! offending value is, never what it is. A file that cannot be read on ends in one [`FileError`] that names the file, the place
//! and the remedy.
//!
//! Everything about a row is decided here; whether a record is new, unchanged or updated is decided by whoever
//! compares the digest of [`Row::canonical`] with what is stored. [`Summary`] is what a load reports.

mod basis;
mod carers;
mod check;
mod content;
pub mod docs;
mod encoding;
mod error;
pub mod fhir;
mod forbidden;
mod form;
mod formats;
mod given;
mod header;
pub mod hl7;
mod judging;
mod message;
mod profile;
mod reader;
mod records;
mod rules;
mod said;
mod seen;
mod snapshot;
mod summary;
mod values;
mod whole_file;

pub use basis::{Lapsed, Named, Withdrawn};
pub use error::{Delimiter, Encoding, FileError, FileFault, Place, RefusedColumn};
pub use formats::{Format, RowSink, TextRow, Unread, every_text, format_of, read_rows, shaped_like_a_name};
pub use header::differ_only_in_writing;
pub use judging::{
    Judge, RowValues, column_named, date_of, is_spreadsheet_error, moment_of, value_fault, why_forbidden,
};
pub use message::{Message, UnknownColumn};
pub use profile::{Code, CodeList, Column, Kind, Profile};
pub use reader::{Examined, Options, Outcome, Quarantined, Reader, Row, examine};
pub use records::MAX_RECORD_BYTES;
pub use rules::{Fault, Rule, RuleText};
pub use said::Said;
pub use snapshot::FileSnapshot;
pub use summary::{FaultCount, Refusal, Summary};
pub use whole_file::{examine_file, judge_file};
