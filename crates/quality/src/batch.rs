//! Rows held together and checked on one core.

use feeds::{RowValues, Rule, TextRow};

use crate::check::{Checker, Found};
use crate::fault::Code;
use crate::faults_file;
use crate::measures::{Measures, Taken};

/// Rows of a batch.
const MOST_ROWS: usize = 512;
/// Bytes from which on a batch takes no further row.
const MOST_BYTES: usize = 8 << 20;

/// Rows to be checked: the values of the profile's columns alone, end to end.
#[derive(Default)]
pub(crate) struct Batch {
    text: String,
    ends: Vec<usize>,
    rows: Vec<Held>,
}

struct Held {
    ordinal: u32,
    number: u64,
    /// What keeps the row from being told apart into its columns.
    split: Option<Rule>,
}

/// What was found in the rows of a batch.
pub(crate) struct Checked {
    pub(crate) measures: Measures,
    /// Their lines in the list of faults.
    pub(crate) lines: Vec<u8>,
    /// The rows with a fault, by their number in the order of reading.
    pub(crate) faulty: Vec<u32>,
    /// Of them those that a load would put aside.
    pub(crate) quarantined: Vec<u32>,
    /// The source's own identifiers, row by row, where values are shown.
    pub(crate) ids: Vec<String>,
}

/// What the rows of one file are checked by.
pub(crate) struct Checking<'a> {
    pub(crate) checker: &'a Checker<'a>,
    /// The columns by which records are compared.
    pub(crate) compared: &'a [usize],
    /// Which columns the file has.
    pub(crate) has: &'a [bool],
    pub(crate) file: &'a str,
    pub(crate) show_values: bool,
    /// Whether the list of faults is wanted.
    pub(crate) list: bool,
}

impl Batch {
    pub(crate) fn is_full(&self) -> bool {
        self.rows.len() >= MOST_ROWS || self.text.len() >= MOST_BYTES
    }

    /// Takes a row, of which the profile's columns stand at `places`. Of a row that cannot be split nothing is taken.
    pub(crate) fn push(&mut self, ordinal: u32, row: TextRow<'_>, places: &[Option<usize>], width: usize) {
        let split = match (row.misquoted, row.unreadable) {
            (true, _) => Some(Rule::Quoting),
            (false, Some(fault)) => Some(fault.rule),
            (false, None) => (row.count != width).then_some(Rule::ValueCount),
        };
        for place in places {
            let value = place.filter(|_| split.is_none()).and_then(|place| row.value(place));
            self.text.push_str(value.unwrap_or_default());
            self.ends.push(self.text.len());
        }
        self.rows.push(Held { ordinal, number: row.number, split });
    }

    fn value(&self, at: usize) -> &str {
        let end = self.ends.get(at).copied().unwrap_or(0);
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start..end).unwrap_or_default()
    }

    /// Checks the rows. `blank` are counts of nothing.
    pub(crate) fn check(&self, with: &Checking<'_>, blank: Measures) -> Checked {
        let (checker, show_values) = (with.checker, with.show_values);
        let width = checker.profile.columns.len();
        let mut measures = blank;
        let (mut values, mut found, mut lines) = (RowValues::default(), Vec::new(), Vec::new());
        let (mut faulty, mut quarantined, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for (row, held) in self.rows.iter().enumerate() {
            let whole = held.split.is_none();
            if let Some(rule) = held.split {
                found.clear();
                found.push(Found { column: None, code: Code::Feed(rule) });
            } else {
                values.take((0..width).map(|column| self.value(row * width + column)));
                checker.faults(&values, with.has, &mut found);
            }
            let values = whole.then_some(&values);
            let taken = Taken { ordinal: held.ordinal, values, found: &found, show_values };
            measures.take(checker, &taken, with.compared);
            let id = values.zip(checker.slots.record_id).filter(|_| show_values);
            let id = id.map(|(values, at)| values.get(at));
            if show_values {
                ids.push(id.unwrap_or_default().to_owned());
            }
            if !found.is_empty() {
                faulty.push(held.ordinal);
            }
            if found.iter().any(|fault| fault.code.quarantines()) {
                quarantined.push(held.ordinal);
            }
            if with.list && !found.is_empty() {
                faults_file::lines(&mut lines, checker.profile, (with.file, held.number), id, &found);
            }
        }
        Checked { measures, lines, faulty, quarantined, ids }
    }
}
