//! The model.

use crate::{Evidence, Prepared, RawRecord};

/// Why a model file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ModelError(pub String);

/// One key under which a record is found again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockingKey {
    /// Which blocking rule of the model made it: its position in the file. Part of the key.
    pub rule: u16,
    /// Whether two records of one person can be expected to meet here and few others are: a key worth locking.
    pub selective: bool,
    /// The value, composite unless it is an identifier. Personal data: hash it under a key before it is stored.
    pub value: String,
}

/// A model.
#[derive(Debug, Clone)]
pub struct Model {}

impl Model {
    /// The shipped model for children. Its fields: `forenames` with `surname`, `alias_forenames` with
    /// `alias_surname` (paired by position), `date_of_birth` (`YYYY-MM-DD`, `YYYY-MM` or `YYYY`), `gender` (F, M, N),
    /// `postcode` with `address` (paired by position, all known places, one line of text an address), `nhs_number`,
    /// `upn`, `birth_registration`, `child_benefit_number`, `carer_name` (forenames and surname in one string).
    #[must_use]
    pub fn children() -> Self {
        Self {}
    }
    /// Reads a model file.
    ///
    /// # Errors
    /// Names the entry at fault and the remedy.
    pub fn from_toml(_text: &str) -> Result<Self, ModelError> {
        Ok(Self {})
    }
    /// The model as a file, so that [`Model::from_toml`] gives the same model.
    #[must_use]
    pub fn to_toml(&self) -> String {
        String::new()
    }
    /// The version written into every link this model decides.
    #[must_use]
    pub fn version(&self) -> &str {
        "children-1"
    }
    /// The same model with the prior of a directory of `people` persons: one in `people`.
    #[must_use]
    pub fn with_population(self, _people: u64) -> Self {
        self
    }
    /// Normalises a record.
    #[must_use]
    pub fn prepare(&self, _record: &RawRecord) -> Prepared {
        Prepared {}
    }
    /// The keys under which the record is found: most selective first, no duplicates, about eight.
    #[must_use]
    pub fn blocking_keys(&self, _record: &Prepared) -> Vec<BlockingKey> {
        Vec::new()
    }
    /// Weighs two records and explains the weight.
    #[must_use]
    pub fn compare(&self, _a: &Prepared, _b: &Prepared) -> Evidence {
        Evidence { weight: 0.0, fields: Vec::new() }
    }
    /// The weight of [`compare`](Self::compare), without the explanation and without allocating.
    #[must_use]
    pub fn score(&self, _a: &Prepared, _b: &Prepared) -> f64 {
        0.0
    }
    /// The probability that two records of this weight are one person, under the model's prior.
    #[must_use]
    pub fn probability(&self, _weight: f64) -> f64 {
        0.0
    }
    /// From this probability on a pair is linked without asking anybody.
    #[must_use]
    pub fn link_threshold(&self) -> f64 {
        1.0
    }
    /// From this probability on a pair is a question for a person.
    #[must_use]
    pub fn review_threshold(&self) -> f64 {
        1.0
    }
    /// From this probability on a candidate is near enough to hold the incoming record.
    #[must_use]
    pub fn hold_threshold(&self) -> f64 {
        1.0
    }
}
