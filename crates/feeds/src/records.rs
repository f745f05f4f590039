//! Bytes to records: a CSV splitter with a fixed ceiling on memory.
//!
//! The `csv` crate reads valid files as this does (a test holds the two side by side), but a feed also needs
//! what it does not give: a limit on the length of a row, the row's own bytes for the quarantine, and a word
//! about quotes that stand in the wrong place or are never closed.

use std::io::{self, Read};

use crate::encoding;
use crate::error::{Encoding, FileFault, Place};
use crate::snapshot::FileSnapshot;

/// The longest row, in bytes without its line end. All values of the widest profile at their greatest lengths
/// come to less than 40 kB.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

const BUFFER_BYTES: usize = 64 << 10;

/// Values beyond this many are counted, not kept: a megabyte of commas must not become megabytes of offsets.
pub(crate) const MAX_VALUES_KEPT: usize = 512;

/// One row as it stands in the file.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// As a spreadsheet numbers it: from 1.
    pub(crate) row: u64,
    /// Of its first byte.
    pub(crate) offset: u64,
    /// Without the line end.
    pub(crate) raw: Vec<u8>,
    pub(crate) text: String,
    pub(crate) ends: Vec<usize>,
    /// Number of values, also of those not kept.
    pub(crate) count: usize,
    /// A quote inside an unquoted value, or text after a closing quote.
    pub(crate) misquoted: bool,
}

impl Record {
    /// The value at `index`, unquoted; `None` beyond the end.
    pub(crate) fn value(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|index| self.value(index))
    }

    /// Nothing on the line but white space and separators: a sheet that was once longer is saved with rows of them at its end.
    pub(crate) fn is_blank(&self) -> bool {
        self.count <= MAX_VALUES_KEPT && self.text.trim().is_empty() && !self.misquoted
    }

    fn begin(&mut self, row: u64, offset: u64, scratch: &mut Vec<u8>) {
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.clear();
        *scratch = bytes;
        self.row = row;
        self.offset = offset;
        self.raw.clear();
        self.ends.clear();
        self.count = 0;
        self.misquoted = false;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    ValueStart,
    Unquoted,
    Quoted,
    QuoteInQuoted,
}

/// The records of a source of bytes, one at a time, in one buffer each for input and record.
pub(crate) struct Records<R> {
    source: R,
    buffer: Box<[u8]>,
    filled: std::ops::Range<usize>,
    /// Bytes taken from the source.
    read: u64,
    snapshot: Option<FileSnapshot>,
    end: Option<End>,
    state: State,
    /// The last record ended in CR: an LF right after it belongs to the same line end.
    after_carriage_return: bool,
    scratch: Vec<u8>,
    record: Record,
    rows: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    Grew(u64),
    Shrank(u64),
}

pub(crate) type Stop = (Place, FileFault);

impl<R: Read> Records<R> {
    /// Looks at the first bytes: a byte order mark is skipped, another format or encoding refused.
    pub(crate) fn open(source: R, snapshot: Option<FileSnapshot>) -> Result<Self, Stop> {
        let mut records = Self {
            source,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            filled: 0..0,
            read: 0,
            snapshot,
            end: None,
            state: State::ValueStart,
            after_carriage_return: false,
            scratch: Vec::new(),
            record: Record::default(),
            rows: 0,
        };
        while records.filled.len() < encoding::SNIFFED_BYTES && records.end.is_none() {
            records.fill()?;
        }
        let skip = encoding::sniff(records.available()).map_err(|fault| (Place::FILE, fault))?;
        records.filled.start += skip;
        Ok(records)
    }

    /// Bytes taken from the source so far: what a progress bar shows.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read
    }

    /// The record that `advance` has read last.
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// Reads the next record; `false` at the end of the file.
    pub(crate) fn advance(&mut self) -> Result<bool, Stop> {
        self.skip_line_feed()?;
        self.rows += 1;
        self.record.begin(self.rows, self.offset(), &mut self.scratch);
        self.state = State::ValueStart;
        loop {
            if self.filled.is_empty() {
                match self.end {
                    None => self.fill()?,
                    Some(end) => return self.finish(end),
                }
                continue;
            }
            if self.take()? {
                self.close_value();
                return self.settle().map(|()| true);
            }
            if self.record.raw.len() > MAX_RECORD_BYTES {
                let fault = FileFault::RecordTooLong { limit: MAX_RECORD_BYTES };
                return Err((Place::byte(self.rows, self.record.offset), fault));
            }
        }
    }

    fn available(&self) -> &[u8] {
        self.buffer.get(self.filled.clone()).unwrap_or_default()
    }

    fn offset(&self) -> u64 {
        self.read - self.filled.len() as u64
    }

    fn skip_line_feed(&mut self) -> Result<(), Stop> {
        if std::mem::take(&mut self.after_carriage_return) {
            while self.filled.is_empty() && self.end.is_none() {
                self.fill()?;
            }
            if self.available().first() == Some(&b'\n') {
                self.filled.start += 1;
            }
        }
        Ok(())
    }

    /// Reads once into the free part of the buffer. Only ever called with a buffer that is not full.
    fn fill(&mut self) -> Result<(), Stop> {
        if self.filled.is_empty() {
            self.filled = 0..0;
        }
        let left = self.snapshot.map_or(u64::MAX, |snapshot| snapshot.length().saturating_sub(self.read));
        let free = self.buffer.get_mut(self.filled.end..).unwrap_or_default();
        let room = free.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let space = free.get_mut(..room).unwrap_or_default();
        if space.is_empty() {
            self.end = Some(self.probe()?);
            return Ok(());
        }
        let count = read_some(&mut self.source, space).map_err(|error| self.unreadable(error))?;
        self.filled.end += count;
        self.read += count as u64;
        if count == 0 {
            self.end = Some(match self.snapshot {
                Some(snapshot) if self.read < snapshot.length() => End::Shrank(snapshot.length()),
                _ => End::Whole,
            });
        }
        Ok(())
    }

    /// At the length the file had at opening: is there more by now?
    fn probe(&mut self) -> Result<End, Stop> {
        let mut one = [0];
        let more = read_some(&mut self.source, &mut one).map_err(|error| self.unreadable(error))?;
        Ok(if more == 0 { End::Whole } else { End::Grew(self.read) })
    }

    fn unreadable(&self, error: io::Error) -> Stop {
        (Place::byte(self.rows.max(1), self.read), FileFault::Read(error))
    }

    /// Takes bytes from the buffer into the record; `true` when a line end closed it.
    fn take(&mut self) -> Result<bool, Stop> {
        let room = (MAX_RECORD_BYTES + 1).saturating_sub(self.record.raw.len());
        let input = self.buffer.get(self.filled.clone()).unwrap_or_default();
        let input = input.get(..input.len().min(room)).unwrap_or(input);
        let mut used = 0;
        let mut ended = false;
        while let Some(&byte) = input.get(used) {
            if byte == 0 {
                let place = Place::byte(self.rows, self.offset() + used as u64);
                return Err((place, FileFault::Nul));
            }
            // Most bytes are plain: whole runs of them are copied at once.
            let rest = input.get(used..).unwrap_or_default();
            let run = match self.state {
                State::Quoted => rest.iter().position(|byte| matches!(byte, b'"' | 0)),
                State::Unquoted => {
                    rest.iter().position(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r' | 0))
                }
                State::ValueStart | State::QuoteInQuoted => Some(0),
            }
            .unwrap_or(rest.len());
            if run > 0 {
                self.scratch.extend_from_slice(rest.get(..run).unwrap_or_default());
                used += run;
                continue;
            }
            used += 1;
            match (self.state, byte) {
                (State::Quoted, _) => self.state = State::QuoteInQuoted,
                (State::QuoteInQuoted, b'"') => {
                    self.scratch.push(b'"');
                    self.state = State::Quoted;
                }
                (_, b',') => {
                    close_value(&mut self.record, &self.scratch);
                    self.state = State::ValueStart;
                }
                (_, b'\n' | b'\r') => {
                    self.after_carriage_return = byte == b'\r';
                    ended = true;
                    break;
                }
                (State::ValueStart, b'"') => self.state = State::Quoted,
                (State::ValueStart, _) => {
                    self.scratch.push(byte);
                    self.state = State::Unquoted;
                }
                (State::Unquoted | State::QuoteInQuoted, _) => {
                    self.record.misquoted = true;
                    self.scratch.push(byte);
                    self.state = State::Unquoted;
                }
            }
        }
        let kept = if ended { used - 1 } else { used };
        self.record.raw.extend_from_slice(input.get(..kept).unwrap_or_default());
        self.filled.start += used;
        Ok(ended)
    }

    fn close_value(&mut self) {
        close_value(&mut self.record, &self.scratch);
    }

    /// The record is complete: its bytes must be UTF-8.
    fn settle(&mut self) -> Result<(), Stop> {
        self.check_utf8(false)?;
        let bytes = std::mem::take(&mut self.scratch);
        // The raw bytes are valid and only ASCII was taken out of them, so this cannot fail.
        self.record.text = String::from_utf8(bytes).unwrap_or_default();
        Ok(())
    }

    fn check_utf8(&self, at_end: bool) -> Result<(), Stop> {
        std::str::from_utf8(&self.record.raw).map(|_| ()).map_err(|error| {
            let cut = at_end && error.error_len().is_none();
            let encoding = if cut { Encoding::CutUtf8 } else { Encoding::Windows1252 };
            let place = Place::byte(self.rows, self.record.offset + error.valid_up_to() as u64);
            (place, FileFault::Encoding(encoding))
        })
    }

    /// The bytes are at their end; what stands in the record is its last row, unless the file changed.
    fn finish(&mut self, end: End) -> Result<bool, Stop> {
        match end {
            End::Grew(length) => return Err((Place::row(self.rows), FileFault::Grew { length })),
            End::Shrank(length) => return Err((Place::row(self.rows), FileFault::Shrank { length })),
            End::Whole => {}
        }
        if self.record.raw.is_empty() {
            return Ok(false);
        }
        self.check_utf8(true)?;
        if self.state == State::Quoted {
            return Err((Place::row(self.rows), FileFault::UnterminatedQuote));
        }
        self.close_value();
        self.settle().map(|()| true)
    }
}

fn close_value(record: &mut Record, text: &[u8]) {
    record.count += 1;
    if record.ends.len() < MAX_VALUES_KEPT {
        record.ends.push(text.len());
    }
}

fn read_some(source: &mut impl Read, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut records = Records::open(bytes, None).unwrap();
        let mut all = Vec::new();
        while records.advance().unwrap() {
            assert!(!records.record().misquoted);
            all.push(records.record().values().map(str::to_owned).collect());
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever a well-kept library writes comes back as it was, and is what that library reads.
        #[test]
        fn well_formed_records_are_split_as_the_csv_crate_splits_them(
            rows in prop::collection::vec(prop::collection::vec("[a-z ,\"\n\r;\u{e9}]{0,8}", 3), 1..6),
            always in any::<bool>(),
        ) {
            let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
            let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            prop_assert_eq!(&split(&bytes), &rows);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
            let read: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
            prop_assert_eq!(&read, &rows);
        }
    }

    #[test]
    fn more_values_than_any_profile_has_are_counted_and_not_kept() {
        let mut records = Records::open(&[b','; 100_000][..], None).unwrap();
        assert!(records.advance().unwrap());
        assert_eq!(records.record().count, 100_001);
        assert_eq!(records.record().values().count(), MAX_VALUES_KEPT);
    }
}
