//! What a run learns about its sources: how often a child has two records in one, and who is left over when the others
//! are linked. It belongs to a model version as the weights do: with the same statistics a [`Standing`](super::Standing)
//! decides as the run did.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Scope;
use super::link::{Link, LinkOptions, PairOutcome};
use super::obstacle::Obstacle;

/// What is known of the sources beside the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SourceStatistics {
    /// By source, in their order.
    pub duplicates: Vec<DuplicateRate>,
    /// For every two sources of which records were linked one to one.
    pub left_over: Vec<LeftOver>,
}

/// How often a child that has a record in a source has a second one there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DuplicateRate {
    /// The source, counted from 0.
    pub source: u16,
    /// The share, 0..1; 0 says that there is none. None where it is not known, and then a second record weighs nothing.
    pub rate: Option<f64>,
    /// Whether it was given and not estimated.
    pub declared: bool,
}

/// What being left over adds to the odds of two records, in bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LeftOver {
    /// The source of the earlier record.
    pub left: u16,
    /// The source of the other.
    pub right: u16,
    /// Bits.
    pub bits: f64,
}

/// The least rate that is estimated: one child in ten thousand.
const LEAST_RATE: f64 = 1e-4;
/// Of fewer linked records no rate is estimated: a second record then weighs nothing against a pair.
const LEAST_LINKED: f64 = 100.0;
/// Bits against any second record while rates are estimated: none is joined, and each that would be is counted.
pub(super) const NONE_WHILE_ESTIMATING: f64 = -1e9;

impl SourceStatistics {
    /// By source, the bits against a second record.
    pub(super) fn second_record_bits(&self, scope: Scope, options: &LinkOptions) -> Vec<f64> {
        let bits = |rate: &DuplicateRate| match rate.rate {
            _ if options.one_to_one => f64::NEG_INFINITY,
            Some(rate) if rate <= 0.0 => f64::NEG_INFINITY,
            // The prior of a file that is deduplicated is about nothing else.
            _ if scope == Scope::Within => 0.0,
            rate => rate.map_or(0.0, |rate| rate.min(1.0).log2()),
        };
        self.duplicates.iter().map(bits).collect()
    }

    pub(super) fn left_over_bits(&self) -> BTreeMap<(u16, u16), f64> {
        self.left_over.iter().map(|entry| ((entry.left, entry.right), entry.bits)).collect()
    }
}

/// The rates declared; the others are not known until they are estimated.
pub(super) fn declared(sources: u16, options: &LinkOptions) -> Vec<DuplicateRate> {
    (0..sources)
        .map(|source| {
            let given = options.duplicates.get(usize::from(source)).copied().flatten();
            DuplicateRate { source, rate: given, declared: given.is_some() }
        })
        .collect()
}

/// Pairs that would have brought a second record of a source into a cluster, where none was let in, and the records that
/// are linked: what the rates are estimated from.
#[derive(Debug, Default)]
pub(super) struct Seconds {
    /// By source, log2 of the odds of each.
    odds: BTreeMap<u16, Vec<f64>>,
    /// By source, records that are linked.
    linked: BTreeMap<u16, f64>,
}

impl Seconds {
    /// Counts the pairs of a component decided without second records.
    pub fn count(&mut self, links: &[Link], source: impl Fn(u32) -> u16, prior: f64) {
        if let [link] = links
            && link.outcome == PairOutcome::Link
        {
            [link.left, link.right].iter().for_each(|record| self.count_linked(source(*record)));
            return;
        }
        let mut linked: Vec<u32> = Vec::new();
        // The heaviest pair that would bring in a record is the one that counts.
        let mut brought = BTreeSet::new();
        for link in links {
            match (link.outcome, link.obstacle) {
                (PairOutcome::Link, _) => linked.extend([link.left, link.right]),
                (_, Some(Obstacle::SecondRecord { source: shared })) => {
                    let ends = [link.left, link.right];
                    let Some(second) = ends.into_iter().find(|record| source(*record) == shared) else {
                        continue;
                    };
                    if brought.insert(second) {
                        self.odds.entry(shared).or_default().push(link.weight + prior);
                    }
                }
                _ => {}
            }
        }
        linked.sort_unstable();
        linked.dedup();
        linked.into_iter().for_each(|record| self.count_linked(source(record)));
    }

    fn count_linked(&mut self, source: u16) {
        *self.linked.entry(source).or_default() += 1.0;
    }

    pub fn merge(&mut self, other: Self) {
        for (source, odds) in other.odds {
            self.odds.entry(source).or_default().extend(odds);
        }
        for (source, count) in other.linked {
            *self.linked.entry(source).or_default() += count;
        }
    }

    /// The rate at which the second records expected are those the rate makes likely (expectation maximisation); none where
    /// too few records are linked to tell.
    pub fn rate(&self, source: u16) -> Option<f64> {
        let linked = self.linked.get(&source).copied().unwrap_or(0.0);
        if linked < LEAST_LINKED {
            return None;
        }
        let odds = self.odds.get(&source).map_or(&[][..], Vec::as_slice);
        let mut rate: f64 = 0.05;
        for _ in 0..100 {
            let expected: f64 = odds.iter().map(|bits| 1.0 / (1.0 + (-(bits + rate.log2())).exp2())).sum();
            rate = (expected / linked).clamp(LEAST_RATE, 1.0);
        }
        Some(rate)
    }
}
