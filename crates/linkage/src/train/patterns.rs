//! Counting patterns of agreement: all that training needs to know of a pair.

use ahash::AHashMap;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::TrainOptions;
use crate::batch::{Records, Scorer};
use crate::compare::{Hits, MISSING};

/// The levels of a pair, five bits a comparison, and above them how rare its values are in whole bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(u128);

/// Where the rarity stands: above the 24 comparisons.
const RARITY: u32 = 120;

/// Five bits, all set: no value.
const NO_VALUE: u8 = 31;

impl Pattern {
    pub fn of(hits: &Hits) -> Self {
        let code = |level: u8| u128::from(if level == MISSING { NO_VALUE } else { level });
        let levels = hits
            .iter()
            .enumerate()
            .fold(0, |packed, (position, hit)| packed | code(hit.level) << (5 * position));
        let rarity: f32 = hits.iter().map(|hit| hit.rarity).sum();
        Self(levels | u128::from((rarity.round().clamp(-120.0, 120.0) as i8).cast_unsigned()) << RARITY)
    }

    /// How many bits the rarity of its values adds or takes away, by the u of the model that compared.
    pub fn rarity(self) -> f64 {
        f64::from(((self.0 >> RARITY) as u8).cast_signed())
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

    /// Patterns of a sample, each with how many pairs it stands for.
    pub fn weighed(pairs: impl IntoIterator<Item = (Pattern, u64)>) -> Self {
        let mut counts = AHashMap::new();
        for (pattern, count) in pairs {
            *counts.entry(pattern).or_default() += count;
        }
        Self::merge(vec![counts])
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
