//! What a file should hold: the columns of a source, how often each should be filled, and from what score on the source
//! may rehearse.

mod file;
mod national;

use std::fmt;

use feeds::Kind;
use jiff::civil::Date;

/// What the files of one source are measured by: one of the national and local profiles, or one written by its owner.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it is called on the report.
    pub title: String,
    /// A statement older than so many days is stale; none where age says nothing (a birth is registered once).
    pub fresh_days: Option<u32>,
    /// When the source may rehearse.
    pub thresholds: Thresholds,
    /// The closed list of columns (law 1).
    pub columns: Vec<Column>,
}

/// Scores from which on a source is ready to rehearse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// The overall score, 0 to 100.
    pub overall: f64,
    /// The score of every field that carries weight in matching, 0 to 100.
    pub field: f64,
    /// The greatest share of records that come twice, 0 to 1.
    pub duplicates: f64,
    /// The greatest share of rows that a load would put aside, 0 to 1. The directory pauses a source's first load above the
    /// same share.
    pub quarantined: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { overall: 90.0, field: 80.0, duplicates: 0.02, quarantined: 0.2 }
    }
}

/// One permitted column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its header in the file.
    pub name: String,
    /// The column of docs/feeds that it stands for: the rules between columns, and matching, go by it.
    pub means: Option<&'static feeds::Column>,
    /// What a value looks like.
    pub kind: ValueKind,
    /// Whether every row must have a value.
    pub required: bool,
    /// The share of rows that should have a value, 0 to 1; 0 where an empty one says nothing.
    pub expected: f64,
    /// What the field's score counts for in the overall one.
    pub weight: f64,
    /// The earliest plausible day of a date.
    pub earliest: Option<Date>,
    /// The latest plausible day of a date.
    pub latest: Option<Date>,
}

/// What a value looks like. There is none for free text, and there must never be one (rule 1.21).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKind {
    /// As in docs/feeds.
    Feed(Kind),
    /// One of these.
    Codes(Vec<String>),
}

/// Fields that carry weight in matching have at least this weight; each of them has a floor.
pub(crate) const WEIGHTY: f64 = 3.0;

/// Why a text is no profile: the line, the key and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileError {
    /// Counted from 1, where one line is to blame.
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ProfileError {}

impl Profile {
    /// The profile of a source of docs/feeds.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        feeds::Profile::named(name).map(national::profile)
    }

    /// Reads a profile of one's own (docs/quality.md).
    ///
    /// # Errors
    /// Names line, key and remedy.
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        file::read(text)
    }

    /// The profile as a file to begin from; [`Profile::from_toml`] gives the same profile.
    #[must_use]
    pub fn to_toml(&self) -> String {
        file::write(self)
    }

    /// The place of the column that stands for a column of docs/feeds.
    #[must_use]
    pub fn meaning(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.means.is_some_and(|means| means.name == name))
    }
}
