//! One row of one source, and the truth about it.

use crate::{Source, Truth};

/// One row of one source's feed, with the truth about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose record this is.
    pub source: Source,
    /// The source's own key, unique within the source.
    pub record_id: String,
    /// The values, one for each of [`Source::columns`], in that order; empty where nothing is known.
    pub values: Vec<String>,
    /// Who it is really about, and what was done to the values.
    pub truth: Truth,
}

impl Record {
    /// The value of a column; empty if the source has no such column or nothing is known.
    pub fn get(&self, column: &str) -> &str {
        let at = self.source.columns().iter().position(|name| *name == column);
        at.and_then(|at| self.values.get(at)).map_or("", String::as_str)
    }
}
