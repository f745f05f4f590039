//! The model: which fields, how they are compared, what agreement is worth.

pub(crate) mod compile;
pub(crate) mod file;
pub(crate) mod level;

use std::fmt;
use std::sync::{Arc, LazyLock};

pub(crate) use compile::{Comparison, Compiled};
use file::{ComparisonKind, ModelFile, Prior};

use crate::{BlockingKey, Evidence, Prepared, RawRecord, compare, prepare};

/// Why a model file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It is not TOML, or has an entry the schema does not know.
    #[error("the model file cannot be read: {0}")]
    Syntax(String),
    /// It is of a schema this engine does not read.
    #[error("the model file has format = {found}; this engine reads format = {known}")]
    Format {
        /// What the file says.
        found: u32,
        /// What is read.
        known: u32,
    },
    /// An entry cannot be used.
    #[error("model: {place}: {problem}")]
    Entry {
        /// Which entry.
        place: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

impl ModelError {
    pub(crate) fn at(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Entry { place: place.into(), problem: problem.into() }
    }
}

/// A Fellegi–Sunter model: fields, comparisons with m and u, term frequencies, relations, blocking rules, prior and
/// thresholds. Cheap to clone.
#[derive(Clone)]
pub struct Model {
    pub(crate) file: Arc<ModelFile>,
    pub(crate) compiled: Arc<Compiled>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("version", &self.file.version).finish_non_exhaustive()
    }
}

impl Model {
    /// The shipped model for children. Its fields: `forenames` with `surname`, `alias_forenames` with
    /// `alias_surname` (paired by position), `date_of_birth` (`YYYY-MM-DD`, `YYYY-MM` or `YYYY`), `gender` (F, M, N),
    /// `postcode` with `address` (paired by position, all known places, one line of text an address), `nhs_number`,
    /// `upn`, `birth_registration`, `child_benefit_number`.
    #[must_use]
    pub fn children() -> Self {
        static CHILDREN: LazyLock<Model> = LazyLock::new(|| {
            #[expect(clippy::expect_used, reason = "compiled in; a test reads it")]
            Model::from_toml(include_str!("../../models/children.toml")).expect("the shipped model is sound")
        });
        CHILDREN.clone()
    }

    /// Reads a model file; docs/linkage.md is the reference of its schema.
    ///
    /// # Errors
    /// Names the entry at fault and the remedy.
    pub fn from_toml(text: &str) -> Result<Self, ModelError> {
        Self::from_file(toml::from_str(text).map_err(|error| ModelError::Syntax(error.to_string()))?)
    }

    pub(crate) fn from_file(file: ModelFile) -> Result<Self, ModelError> {
        let compiled = compile::compile(&file)?;
        Ok(Self { file: Arc::new(file), compiled: Arc::new(compiled) })
    }

    /// The model as a file, so that [`Model::from_toml`] gives the same model.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Every part of a file that was read or built can be written.
        toml::to_string(&*self.file).unwrap_or_default()
    }

    /// The version written into every link this model decides.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.file.version
    }

    /// The same model for a directory of `people` persons: the prior is one in `people`, and levels that are given
    /// as a number of `others` keep that number. Unchanged when its numbers make no sense at that size (a level
    /// shared with more persons than there are).
    #[must_use]
    pub fn with_population(&self, people: u64) -> Self {
        let mut file = ModelFile::clone(&self.file);
        file.prior = Prior { population: Some(people.max(2) as f64), probability: None };
        Self::from_file(file).unwrap_or_else(|_| self.clone())
    }

    /// Normalises a record.
    #[must_use]
    pub fn prepare(&self, record: &RawRecord) -> Prepared {
        prepare::prepare(&self.compiled, record)
    }

    /// The keys under which the record is found, in the order of the model's rules, no duplicates, about eight.
    #[must_use]
    pub fn blocking_keys(&self, record: &Prepared) -> Vec<BlockingKey> {
        let mut keys = Vec::new();
        for (position, rule) in self.compiled.rules.iter().enumerate() {
            rule.values(record, &mut |value| {
                keys.push(BlockingKey {
                    rule: position as u16,
                    selective: rule.selective,
                    value: value.to_owned(),
                });
            });
        }
        keys
    }

    /// Weighs two records and explains the weight. Symmetric.
    #[must_use]
    pub fn compare(&self, a: &Prepared, b: &Prepared) -> Evidence {
        let hits = compare::hits(&self.compiled, a, b);
        compare::explain(&self.compiled, &hits)
    }

    /// The weight of [`compare`](Self::compare), without the explanation and without allocating.
    #[must_use]
    pub fn score(&self, a: &Prepared, b: &Prepared) -> f64 {
        let hits = compare::hits(&self.compiled, a, b);
        compare::weigh(&self.compiled, &hits)
    }

    /// The probability that two records of this weight (bits) are one person, under the model's prior.
    #[must_use]
    pub fn probability(&self, weight: f64) -> f64 {
        1.0 / (1.0 + (-(weight + self.compiled.prior)).exp2())
    }

    /// The weight (bits) at which the probability is reached: the inverse of [`probability`](Self::probability).
    #[must_use]
    pub fn weight_for(&self, probability: f64) -> f64 {
        (probability / (1.0 - probability)).log2() - self.compiled.prior
    }

    /// From this probability on a pair is linked without asking anybody.
    #[must_use]
    pub fn link_threshold(&self) -> f64 {
        self.file.thresholds.link
    }

    /// From this probability on a pair is a question for a person.
    #[must_use]
    pub fn review_threshold(&self) -> f64 {
        self.file.thresholds.review
    }

    /// From this probability on a candidate is near enough to hold the incoming record.
    #[must_use]
    pub fn hold_threshold(&self) -> f64 {
        self.file.thresholds.hold
    }

    /// log2 of the prior odds that two random records are one person.
    #[must_use]
    pub fn prior_log_odds(&self) -> f64 {
        self.compiled.prior
    }

    /// Positions and names of the comparisons of identifiers.
    pub(crate) fn identifiers(&self) -> impl Iterator<Item = (usize, &str)> {
        let all = self.compiled.comparisons.iter().enumerate();
        all.filter(|(_, c)| c.kind == ComparisonKind::Identifier)
            .map(|(position, c)| (position, c.name.as_str()))
    }

    /// The names of the comparisons, in the order of the evidence.
    pub fn comparisons(&self) -> impl Iterator<Item = &str> {
        self.compiled.comparisons.iter().map(|comparison| comparison.name.as_str())
    }

    /// Whether a blocking rule, by its number, stands on an identifier alone.
    #[must_use]
    pub fn identifies(&self, rule: u16) -> bool {
        let rule = self.compiled.rules.get(usize::from(rule));
        rule.is_some_and(|rule| rule.selective && rule.comparisons().count() == 1)
    }

    /// The names of the blocking rules, in the order of [`BlockingKey::rule`](crate::BlockingKey).
    pub fn blocking_rules(&self) -> impl Iterator<Item = &str> {
        self.compiled.rules.iter().map(|rule| rule.name.as_str())
    }
}
