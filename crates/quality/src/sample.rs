//! The rows that are compared with one another: all of a small file, of a large one a fixed share.

use crate::keys::{is_in, one_in};

/// Rows kept.
pub(crate) const MOST: usize = 200_000;

/// What stands between the values of a row; as a control character it is in no value that is compared.
const BETWEEN: char = '\u{1f}';

/// A row for comparing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SampleRow {
    class: u64,
    pub(crate) ordinal: u32,
    values: Box<str>,
}

impl SampleRow {
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.split(BETWEEN)
    }
}

/// A sample by classes: rows of one date of birth are in or out together, because two records of one child mostly have the
/// same. Which rows are in does not depend on the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sample {
    shift: u8,
    rows: Vec<SampleRow>,
}

impl Sample {
    pub(crate) fn blank(&self) -> Self {
        Self { shift: self.shift, rows: Vec::new() }
    }

    pub(crate) fn put<'a>(&mut self, class: u64, ordinal: u32, values: impl Iterator<Item = &'a str>) {
        if !is_in(class, self.shift) {
            return;
        }
        let mut joined = String::new();
        for (at, value) in values.enumerate() {
            if at > 0 {
                joined.push(BETWEEN);
            }
            joined.extend(value.chars().filter(|letter| *letter != BETWEEN));
        }
        self.rows.push(SampleRow { class, ordinal, values: joined.into_boxed_str() });
        self.settle();
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.narrow_to(other.shift);
        self.settle();
    }

    /// Leaves only what a sample of this share would have.
    pub(crate) fn narrow_to(&mut self, shift: u8) {
        if shift > self.shift {
            self.shift = shift;
        }
        let shift = self.shift;
        if shift > 0 {
            self.rows.retain(|row| is_in(row.class, shift));
        }
    }

    fn settle(&mut self) {
        while self.rows.len() > MOST {
            self.narrow_to(self.shift + 1);
        }
    }

    /// Of one in so many dates of birth the rows are here.
    pub(crate) fn one_in(&self) -> u64 {
        one_in(self.shift)
    }

    pub(crate) fn shift(&self) -> u8 {
        self.shift
    }

    pub(crate) fn rows(&self) -> &[SampleRow] {
        &self.rows
    }
}
