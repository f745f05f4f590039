//! Links against the truth.

use serde::Serialize;

use super::Records;
use super::link::{Link, PairOutcome};
use super::truth::{same_person, true_pairs};

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

impl Quality {
    /// From what was linked rightly and wrongly, and the number of pairs that should have been.
    pub(super) fn of(true_links: u64, false_links: u64, true_pairs: u64) -> Self {
        let share = |part: u64, whole: u64| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
        let precision = share(true_links, true_links + false_links);
        let recall = share(true_links, true_pairs);
        let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        let missed = true_pairs.saturating_sub(true_links);
        Self { true_links, false_links, missed, precision, recall, f1 }
    }
}

/// Compares links with the truth: for each record the person it is about, none where that is not known. Pairs out of
/// scope (two records of one file when two files are linked) do not count.
#[must_use]
pub fn evaluate(links: &[Link], records: &Records, person: &[Option<u32>]) -> Quality {
    let linked = links.iter().filter(|link| link.outcome == PairOutcome::Link);
    quality(linked, true_pairs(records, person).count() as u64, person)
}

/// The quality of these pairs taken for links, `true_pairs` being those there are.
pub(super) fn quality<'a>(
    linked: impl Iterator<Item = &'a Link>,
    true_pairs: u64,
    person: &[Option<u32>],
) -> Quality {
    let (mut true_links, mut false_links) = (0u64, 0u64);
    for link in linked {
        match same_person(person, link.left, link.right) {
            Some(true) => true_links += 1,
            Some(false) => false_links += 1,
            None => {}
        }
    }
    Quality::of(true_links, false_links, true_pairs)
}
