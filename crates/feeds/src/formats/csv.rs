//! CSV: the same splitter that a load uses.

use std::io::Read;

use super::{Expected, RowSink, TextRow};
use crate::error::{FileFault, Place};
use crate::header::foreign_delimiter;
use crate::records::{MAX_VALUES_KEPT, Record, Records, Stop};
use crate::snapshot::FileSnapshot;

pub(super) fn read(
    source: impl Read,
    expected: Expected<'_>,
    snapshot: Option<FileSnapshot>,
    sink: &mut impl RowSink,
) -> Result<(), Stop> {
    let mut records = Records::open(source, snapshot)?;
    loop {
        if !records.advance()? {
            return Err((Place::FILE, FileFault::Empty));
        }
        if !records.record().is_blank() {
            break;
        }
    }
    let header = records.record();
    columns(header, expected, sink).map_err(|fault| (Place::row(header.row), fault))?;
    while records.advance()? {
        let record = records.record();
        if record.is_blank() {
            continue;
        }
        let row = TextRow {
            number: record.row,
            count: record.count,
            misquoted: record.misquoted,
            unreadable: None,
            text: &record.text,
            ends: &record.ends,
        };
        if sink.row(row).is_break() {
            break;
        }
    }
    Ok(())
}

fn columns(header: &Record, expected: Expected<'_>, sink: &mut impl RowSink) -> Result<(), FileFault> {
    if header.count > MAX_VALUES_KEPT {
        return Err(FileFault::TooManyColumns { count: header.count, limit: MAX_VALUES_KEPT });
    }
    let names: Vec<&str> = header.values().map(str::trim).collect();
    let is_column = |name: &str| expected.position(name).is_some();
    if names.iter().filter(|name| is_column(name)).count() <= 1
        && let Some(found) = foreign_delimiter(header, is_column)
    {
        return Err(FileFault::Delimiter(found));
    }
    sink.columns(&names)
}
