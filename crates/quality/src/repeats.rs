//! Rows that turn out, once all are read, to come twice or to have a number that an earlier one has.

use crate::check::Found;
use crate::fault::{Code, Dimension};
use crate::keys::Keys;
use crate::measures::Measures;
use crate::row_marks::RowMarks;

/// The rows of one column whose value an earlier row has.
struct Repeated {
    found: Found,
    /// In order.
    rows: Vec<u32>,
    /// By what their number is to be multiplied, where only a share of the values was looked at.
    times: u64,
    /// Rows of them in which nothing else was wrong.
    otherwise_sound: u64,
    /// Rows of them that a load puts aside for nothing but this.
    otherwise_taken: u64,
}

/// The repeats of every column, to be gone through row by row.
pub(crate) struct Repeats(Vec<Repeated>);

impl Repeats {
    pub(crate) fn of(keys: impl Iterator<Item = (usize, Code, Keys)>) -> Self {
        let repeated = |(column, code, keys): (usize, Code, Keys)| {
            let (mut rows, times) = keys.repeats();
            rows.sort_unstable();
            Repeated {
                found: Found { column: Some(column), code },
                rows,
                times,
                otherwise_sound: 0,
                otherwise_taken: 0,
            }
        };
        Self(keys.map(repeated).collect())
    }

    /// Whether a share of the values stands for all.
    pub(crate) fn are_estimated(&self) -> bool {
        self.0.iter().any(|repeated| repeated.times > 1)
    }

    /// Counts the rows, each once, and gives each with its faults, in their order. The first of those that share a value is
    /// not to blame.
    pub(crate) fn count(
        mut self,
        measures: &mut Measures,
        marks: &RowMarks,
        mut each: impl FnMut(&mut Measures, u32, &[Found]),
    ) {
        for Repeated { found, rows, times, .. } in self.0.iter().filter(|repeated| !repeated.rows.is_empty())
        {
            let count = (rows.len() as u64).saturating_mul(*times);
            *measures.faults.entry((found.column, found.code)).or_default() += count;
        }
        let mut next = vec![0_usize; self.0.len()];
        let (mut all, mut otherwise_sound, mut otherwise_taken) = (0_u64, 0_u64, 0_u64);
        let mut found = Vec::new();
        let at = |repeated: &Repeated, next: usize| repeated.rows.get(next).copied();
        while let Some(ordinal) = self.0.iter().zip(&next).filter_map(|(of, next)| at(of, *next)).min() {
            let sound = !marks.is_faulty(ordinal);
            let taken = !marks.is_quarantined(ordinal);
            let (mut whole, mut quarantines) = (false, false);
            found.clear();
            for (repeated, next) in self.0.iter_mut().zip(&mut next) {
                if at(repeated, *next) == Some(ordinal) {
                    *next += 1;
                    found.push(repeated.found);
                    repeated.otherwise_sound += u64::from(sound);
                    whole |= repeated.times == 1;
                    if repeated.found.code.quarantines() {
                        repeated.otherwise_taken += u64::from(taken);
                        quarantines |= repeated.times == 1;
                    }
                }
            }
            all += u64::from(whole);
            otherwise_sound += u64::from(whole && sound);
            otherwise_taken += u64::from(quarantines && taken);
            each(measures, ordinal, &found);
        }
        // Of a column of which a share was looked at the count is an estimate; a record that comes twice has its numbers twice,
        // so the greatest count is that of the rows.
        for of in self.0.iter().filter(|of| of.times > 1) {
            all = all.max((of.rows.len() as u64).saturating_mul(of.times));
            otherwise_sound = otherwise_sound.max(of.otherwise_sound.saturating_mul(of.times));
            otherwise_taken = otherwise_taken.max(of.otherwise_taken.saturating_mul(of.times));
        }
        if all > 0 {
            *measures.rows_by_dimension.entry(Dimension::Uniqueness).or_default() += all;
            measures.faulty_rows = measures.rows.min(measures.faulty_rows + otherwise_sound);
            measures.quarantined_rows = measures.rows.min(measures.quarantined_rows + otherwise_taken);
        }
    }
}
