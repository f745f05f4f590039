//! Whole files at once, in memory, on all cores. The result does not depend on the number of threads.

mod blocks;
mod calibration;
mod cluster;
mod counts;
mod curve;
mod evaluate;
mod fairness;
mod left_over;
mod link;
mod parameters;
mod table;
mod truth;

pub(crate) use blocks::{Blocks, rule_keys};
pub use calibration::{Reliability, ReliabilityBin, reliability};
pub use cluster::Clusters;
pub use counts::{Count, Counting, WeightCounts};
pub use curve::{CurvePoint, USEFUL_THRESHOLDS, assign, curve, curve_at_thresholds};
pub use evaluate::{Quality, evaluate};
pub use fairness::{COMPARABLE_PAIRS, Fairness, GroupRecall, Groups, fairness, wilson};
pub use link::{Link, LinkOptions, Linkage, PairOutcome, RuleCost, link_files};
pub use parameters::{ComparisonLevels, LevelWeight};
pub use table::{Table, prepare_table};
pub use truth::true_pairs;

use crate::Prepared;

/// Which records are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Records of one file with one another.
    Within,
    /// Records of one file with those of the other, never within a file.
    Across,
    /// Both.
    All,
}

/// The prepared records of all files in one row, file after file.
#[derive(Debug)]
pub struct Records {
    records: Vec<Prepared>,
    sources: Vec<u16>,
    scope: Scope,
}

impl Records {
    /// One file is deduplicated, two are linked, more are linked and deduplicated.
    #[must_use]
    pub fn new(files: Vec<Vec<Prepared>>) -> Self {
        let scope = match files.len() {
            0 | 1 => Scope::Within,
            2 => Scope::Across,
            _ => Scope::All,
        };
        Self::with_scope(files, scope)
    }

    /// The same with the scope given.
    #[must_use]
    pub fn with_scope(files: Vec<Vec<Prepared>>, scope: Scope) -> Self {
        let sources =
            files.iter().enumerate().flat_map(|(file, rows)| rows.iter().map(move |_| file as u16)).collect();
        Self { records: files.into_iter().flatten().collect(), sources, scope }
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The record at a position.
    #[must_use]
    pub fn get(&self, position: u32) -> Option<&Prepared> {
        self.records.get(position as usize)
    }

    /// All records, file after file.
    #[must_use]
    pub fn as_slice(&self) -> &[Prepared] {
        &self.records
    }

    /// The records of the positions asked for, in the same scope.
    pub(crate) fn thinned(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept = || (0..self.records.len()).filter(|position| keep(*position));
        Self {
            records: kept().filter_map(|position| self.records.get(position).cloned()).collect(),
            sources: kept().filter_map(|position| self.sources.get(position).copied()).collect(),
            scope: self.scope,
        }
    }

    /// Which file a record is from, counted from 0.
    #[must_use]
    pub fn source(&self, position: u32) -> u16 {
        self.sources.get(position as usize).copied().unwrap_or(u16::MAX)
    }

    /// Whether the two are compared at all.
    #[must_use]
    pub fn in_scope(&self, a: u32, b: u32) -> bool {
        a != b && (self.scope != Scope::Across || self.source(a) != self.source(b))
    }

    /// How many pairs there are to compare.
    #[must_use]
    pub fn pairs(&self) -> f64 {
        let all = pairs_within(self.len());
        if self.scope != Scope::Across {
            return all;
        }
        all - self.sizes().values().map(|size| pairs_within(*size)).sum::<f64>()
    }

    /// How many records each file has.
    pub(crate) fn sizes(&self) -> std::collections::BTreeMap<u16, usize> {
        let mut sizes = std::collections::BTreeMap::new();
        self.sources.iter().for_each(|source| *sizes.entry(*source).or_insert(0usize) += 1);
        sizes
    }
}

fn pairs_within(count: usize) -> f64 {
    let count = count as f64;
    count * (count - 1.0).max(0.0) / 2.0
}
