//! Links against the truth.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Records;
use super::link::{Link, PairOutcome};

/// Pairwise quality.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quality {
    /// Pairs linked that are one person.
    pub true_links: u64,
    /// Pairs linked that are not.
    pub false_links: u64,
    /// Pairs of one person that were not linked.
    pub missed: u64,
    /// Share of links that are true; 1 when there are none.
    pub precision: f64,
    /// Share of true pairs that are linked; 1 when there are none.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

/// Compares links with the truth: for each record the person it is about, none where that is not known. Pairs out of
/// scope (two records of one file when two files are linked) do not count.
#[must_use]
pub fn evaluate(links: &[Link], records: &Records, person: &[Option<u32>]) -> Quality {
    let of = |record: u32| person.get(record as usize).copied().flatten();
    let mut records_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for record in 0..records.len() as u32 {
        if let Some(person) = of(record) {
            records_of.entry(person).or_default().push(record);
        }
    }
    let pairs = |group: &Vec<u32>| {
        let after = |i: usize| group.iter().skip(i + 1);
        group
            .iter()
            .enumerate()
            .map(|(i, a)| after(i).filter(|b| records.in_scope(*a, **b)).count() as u64)
            .sum::<u64>()
    };
    let all: u64 = records_of.values().map(pairs).sum();
    let (mut true_links, mut false_links) = (0u64, 0u64);
    for link in links.iter().filter(|link| link.outcome == PairOutcome::Link) {
        match (of(link.left), of(link.right)) {
            (Some(a), Some(b)) if a == b => true_links += 1,
            (Some(_), Some(_)) => false_links += 1,
            _ => {}
        }
    }
    let share = |part: u64, whole: u64| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    let precision = share(true_links, true_links + false_links);
    let recall = share(true_links, all);
    let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
    Quality { true_links, false_links, missed: all - true_links, precision, recall, f1 }
}
