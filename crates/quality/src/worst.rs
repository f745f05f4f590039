//! The rows with the most faults.

use serde::Serialize;

use crate::fault::Code;

/// Rows kept.
const MOST: usize = 20;

/// A row and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Worst {
    pub(crate) ordinal: u32,
    /// The column of the profile; none where the row as a whole is to blame.
    pub(crate) faults: Vec<(Option<usize>, Code)>,
    /// The values, where they were asked for and may be shown.
    pub(crate) values: Vec<Option<String>>,
}

/// The worst rows so far, worst first, of equals the earlier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct WorstRows(Vec<Worst>);

impl WorstRows {
    /// Whether a row of so many faults would be among them.
    pub(crate) fn takes(&self, faults: usize, ordinal: u32) -> bool {
        let beats = |last: &Worst| (last.faults.len(), ordinal) < (faults, last.ordinal);
        self.0.len() < MOST || self.0.last().is_some_and(|last| last.faults.len() < faults || beats(last))
    }

    pub(crate) fn put(&mut self, row: Worst) {
        let order = |row: &Worst| (usize::MAX - row.faults.len(), row.ordinal);
        let at = self.0.partition_point(|known| order(known) < order(&row));
        if at < MOST {
            self.0.insert(at, row);
            self.0.truncate(MOST);
        }
    }

    /// Adds faults that only showed once all rows were read. A row with others that is not among the worst stays out: they are no
    /// longer known.
    pub(crate) fn add(&mut self, more: Worst, otherwise_sound: bool) {
        let known = self.0.iter().position(|row| row.ordinal == more.ordinal);
        match known.map(|at| self.0.remove(at)) {
            Some(mut row) => {
                row.faults.extend(more.faults);
                row.values.extend(more.values);
                self.put(row);
            }
            None if otherwise_sound && self.takes(more.faults.len(), more.ordinal) => self.put(more),
            None => {}
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|row| self.put(row));
    }

    pub(crate) fn rows(&self) -> &[Worst] {
        &self.0
    }
}

/// One of the worst rows in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorstRow {
    /// The file, by its position among the files.
    pub file: usize,
    /// As a spreadsheet numbers it.
    pub row: u64,
    /// Field, code and, where values are shown, the value.
    pub faults: Vec<WorstFault>,
}

/// One fault of a row in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorstFault {
    /// The column, or `(row)`.
    pub field: String,
    /// The fault.
    pub code: Code,
    /// The value, where values are shown and this one may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}
