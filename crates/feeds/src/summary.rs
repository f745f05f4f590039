//! What a load reports to the source: a pure function of the source's own rows (law 7).

use serde::Serialize;

use crate::error::FileError;
use crate::reader::Quarantined;
use crate::rules::Rule;

/// The counts of one load, as `--json` prints them. Every row of the file is counted once:
/// `rows = accepted + unchanged + updated + superseded + quarantined`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The profile.
    pub source: String,
    /// The file's name.
    pub file: String,
    /// Rows below the header, blank lines left out.
    pub rows: u64,
    /// Records that the source had not sent before.
    pub accepted: u64,
    /// Records whose statement is the one already held.
    pub unchanged: u64,
    /// Records whose statement replaces an earlier one.
    pub updated: u64,
    /// Rows older than what the source said last; they are not applied.
    pub superseded: u64,
    /// Rows that break a rule.
    pub quarantined: u64,
    /// How often each rule was broken in each column, by column and rule.
    pub faults: Vec<FaultCount>,
    /// Why the file could not be read to its end; the counts then are of the rows before.
    pub refused: Option<Refusal>,
}

/// How often one rule was broken in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultCount {
    /// The column, or `(row)`.
    pub field: &'static str,
    /// The rule's code.
    pub rule: Rule,
    /// Rows.
    pub rows: u64,
}

/// A [`FileError`] in parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// `E01`…
    pub code: &'static str,
    /// The row, when one is to blame.
    pub row: Option<u64>,
    /// The byte offset, when one is to blame.
    pub byte: Option<u64>,
    /// The whole sentence, remedy included.
    pub message: String,
}

impl Summary {
    /// A load that has read nothing yet.
    pub fn new(source: &str, file: &str) -> Self {
        Self { source: source.to_owned(), file: file.to_owned(), ..Self::default() }
    }

    /// Counts a quarantined row and its faults.
    pub fn quarantine(&mut self, row: &Quarantined) {
        self.rows += 1;
        self.quarantined += 1;
        for fault in &row.faults {
            let key = (fault.field, fault.rule);
            match self.faults.binary_search_by_key(&key, |count| (count.field, count.rule)) {
                Ok(at) => {
                    if let Some(count) = self.faults.get_mut(at) {
                        count.rows += 1;
                    }
                }
                Err(at) => {
                    self.faults.insert(at, FaultCount { field: fault.field, rule: fault.rule, rows: 1 });
                }
            }
        }
    }

    /// Notes why reading stopped.
    pub fn refuse(&mut self, error: &FileError) {
        self.refused = Some(Refusal {
            code: error.fault.code(),
            row: error.place.row,
            byte: error.place.byte,
            message: error.to_string(),
        });
    }
}
