//! Counting patterns of agreement: all that training needs to know of a pair.

use ahash::AHashMap;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::TrainOptions;
use crate::batch::{Blocking, Blocks, Records, Scorer};
use crate::compare::{Hits, MISSING};

/// The levels of a pair, five bits a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(u128);

/// Five bits, all set: no value.
const NO_VALUE: u8 = 31;

impl Pattern {
    fn of(hits: &Hits) -> Self {
        let code = |level: u8| u128::from(if level == MISSING { NO_VALUE } else { level });
        Self(
            hits.iter()
                .enumerate()
                .fold(0, |packed, (position, hit)| packed | code(hit.level) << (5 * position)),
        )
    }

    /// The level of one comparison; none when missing.
    pub fn level(self, comparison: usize) -> Option<usize> {
        let level = (self.0 >> (5 * comparison)) as u8 & NO_VALUE;
        (level != NO_VALUE).then_some(usize::from(level))
    }
}

/// How often each pattern was seen, in a fixed order.
#[derive(Debug, Clone, Default)]
pub struct PatternCounts {
    counts: Vec<(Pattern, u64)>,
}

impl PatternCounts {
    fn merge(parts: Vec<Counts>) -> Self {
        let mut all: Counts = Counts::new();
        for (pattern, count) in parts.into_iter().flatten() {
            *all.entry(pattern).or_default() += count;
        }
        let mut counts: Vec<(Pattern, u64)> = all.into_iter().collect();
        counts.sort_unstable();
        Self { counts }
    }

    /// Patterns and how often each was seen.
    pub fn iter(&self) -> impl Iterator<Item = (Pattern, f64)> + '_ {
        self.counts.iter().map(|(pattern, count)| (*pattern, *count as f64))
    }

    /// How many pairs there were.
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }
}

/// Pairs drawn at a time, each lot from a stream of its own: the lots are the same on any number of threads.
const LOT: usize = 8192;

type Counts = AHashMap<Pattern, u64>;

fn count(counts: &mut Counts, scorer: &Scorer<'_>, records: &Records, a: u32, b: u32) {
    if let Some((a, b)) = records.row(a).zip(records.row(b)) {
        *counts.entry(Pattern::of(&scorer.hits(a, b))).or_default() += 1;
    }
}

/// The patterns of random pairs.
pub fn random(scorer: &Scorer<'_>, records: &Records, options: &TrainOptions) -> PatternCounts {
    let size = records.len() as u32;
    if size < 2 {
        return PatternCounts::default();
    }
    let lots = options.random_pairs.div_ceil(LOT);
    let parts = (0..lots as u64)
        .into_par_iter()
        .map(|lot| {
            let mut random = ChaCha8Rng::seed_from_u64(options.seed);
            random.set_stream(lot);
            let mut counts = Counts::new();
            for _ in 0..LOT {
                let (a, b) = (random.random_range(0..size), random.random_range(0..size));
                if records.in_scope(a, b) {
                    count(&mut counts, scorer, records, a, b);
                }
            }
            counts
        })
        .collect();
    PatternCounts::merge(parts)
}

/// The patterns of the pairs in the blocks of one rule, however many other rules find them too. Of large blocks only
/// as many are looked at as the options allow, spread evenly.
pub fn of_rule(
    scorer: &Scorer<'_>,
    records: &Records,
    blocks: &Blocks,
    options: &TrainOptions,
) -> PatternCounts {
    let every = (blocks.pairs() / options.pass_pairs as f64).ceil().max(1.0) as usize;
    let chosen: Vec<usize> = (0..blocks.len()).step_by(every).collect();
    let parts = chosen.par_chunks(256).map(|numbers| {
        let mut counts = Counts::new();
        for number in numbers {
            let block = blocks.block(*number);
            for (position, a) in block.iter().enumerate() {
                for b in block.iter().skip(position + 1).filter(|b| records.in_scope(*a, **b)) {
                    count(&mut counts, scorer, records, *a, *b);
                }
            }
        }
        counts
    });
    PatternCounts::merge(parts.collect())
}

/// The patterns of the pairs any rule brings together, each pair once; of many pairs only those of every so manieth record,
/// as often as there are such records to one looked at.
pub fn of_all(scorer: &Scorer<'_>, records: &Records, blocking: &Blocking, most: usize) -> PatternCounts {
    let pairs: f64 = blocking.rules.iter().map(Blocks::pairs).sum();
    let every = (pairs / most as f64).ceil().max(1.0) as u32;
    let fold = |counts: &mut Counts, a: u32, others: &[u32]| {
        others.iter().for_each(|b| count(counts, scorer, records, a, *b));
    };
    let mut counts = PatternCounts::merge(blocking.visit(records, every, Counts::new, fold));
    counts.counts.iter_mut().for_each(|(_, count)| *count *= u64::from(every));
    counts
}
