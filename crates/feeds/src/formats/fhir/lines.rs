//! The lines of a file, none longer than a row may be.

use std::io::{BufRead, BufReader, Read};

use crate::error::{Encoding, FileFault, Place};
use crate::records::{MAX_RECORD_BYTES, Stop};

/// The lines, one at a time, in one buffer.
pub(super) struct Lines<R> {
    source: BufReader<R>,
    buffer: Vec<u8>,
    number: u64,
}

/// One line without its end.
pub(super) struct Line<'a> {
    pub(super) number: u64,
    pub(super) text: &'a str,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source: BufReader::with_capacity(1 << 16, source), buffer: Vec::new(), number: 0 }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, Stop> {
        self.buffer.clear();
        self.number += 1;
        let place = Place::row(self.number);
        let most = MAX_RECORD_BYTES as u64 + 1;
        let count = self.source.by_ref().take(most).read_until(b'\n', &mut self.buffer);
        let count = count.map_err(|error| (place, FileFault::Read(error)))?;
        if count == 0 {
            return Ok(None);
        }
        if count as u64 == most && !self.buffer.ends_with(b"\n") {
            return Err((place, FileFault::RecordTooLong { limit: MAX_RECORD_BYTES }));
        }
        let text = std::str::from_utf8(&self.buffer);
        let text = text.map_err(|_| (place, FileFault::Encoding(Encoding::Windows1252)))?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        Ok(Some(Line { number: self.number, text }))
    }
}
