//! The values of one row, gathered one after the other, with the ceiling every row has.

use super::TextRow;
use crate::error::FileFault;
use crate::records::{MAX_RECORD_BYTES, MAX_VALUES_KEPT};

/// A row that is being put together. The buffers are kept from row to row.
#[derive(Default)]
pub(super) struct Cells {
    text: String,
    ends: Vec<usize>,
    /// Values, also those not kept.
    count: usize,
}

impl Cells {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.count = 0;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Adds a value after the others.
    pub(super) fn push(&mut self, value: &str) -> Result<(), FileFault> {
        if self.text.len() + value.len() > MAX_RECORD_BYTES {
            return Err(FileFault::RecordTooLong { limit: MAX_RECORD_BYTES });
        }
        self.count += 1;
        if self.ends.len() < MAX_VALUES_KEPT {
            self.text.push_str(value);
            self.ends.push(self.text.len());
        }
        Ok(())
    }

    /// Adds empty values until there are `count`.
    pub(super) fn pad(&mut self, count: usize) {
        self.ends.resize(count.min(MAX_VALUES_KEPT).max(self.ends.len()), self.text.len());
        self.count = self.count.max(count);
    }

    pub(super) fn row(&self, number: u64) -> TextRow<'_> {
        TextRow {
            number,
            count: self.count,
            misquoted: false,
            unreadable: None,
            text: &self.text,
            ends: &self.ends,
        }
    }
}
