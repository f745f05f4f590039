//! Linking files: block, score, threshold, assign, cluster.

use rayon::prelude::*;
use serde::Serialize;

use super::blocks::{Blocking, RuleCost};
use super::cluster::{Clusters, cluster};
use super::counts::{Counting, WeightCounts};
use super::left_over;
use super::{Records, Scorer};
use crate::Model;

/// How to link.
#[derive(Debug, Clone)]
pub struct LinkOptions {
    /// Pairs of this probability and more are links.
    pub threshold: f64,
    /// Pairs below the threshold and of this probability and more are reported for review.
    pub review: f64,
    /// Each record is linked to at most one of each other file.
    pub one_to_one: bool,
    /// Pairs of records that must never come together, directly or through others.
    pub never: Vec<(u32, u32)>,
    /// Blocks of more pairs than this are not compared.
    pub block_cap: f64,
    /// How to count every pair that is compared; none to count nothing.
    pub counting: Option<Counting>,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            threshold: 0.95,
            review: 0.5,
            one_to_one: false,
            never: Vec::new(),
            block_cap: 2e6,
            counting: None,
        }
    }
}

/// What became of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PairOutcome {
    /// Linked.
    Link,
    /// For a person to look at: likely but not likely enough, or likely and in the way of something likelier.
    Review,
}

/// A pair that was found. `left` is the earlier record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Link {
    /// Position among all records, file after file.
    pub left: u32,
    /// The other.
    pub right: u32,
    /// Bits, the prior not in it.
    pub weight: f64,
    /// Probability that the two are one person: of the weight, and where records are linked one to one, of who is left over.
    pub probability: f64,
    /// What became of it.
    pub outcome: PairOutcome,
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct Linkage {
    /// Pairs for linking and review: heaviest first, then by position.
    pub links: Vec<Link>,
    /// The cluster of every record.
    pub clusters: Clusters,
    /// What each rule cost.
    pub blocking: Vec<RuleCost>,
    /// Pairs that were compared.
    pub compared: u64,
    /// The same by weight, when that was asked for.
    pub counts: Option<WeightCounts>,
    /// Every pair that was decided about, those in the end too unlikely to be listed among them; empty unless pairs are
    /// counted.
    pub considered: Vec<Link>,
}

/// Links the records under a model.
#[must_use]
pub fn link_files(model: &Model, records: &Records, options: &LinkOptions) -> Linkage {
    link_blocked(model, records, &Blocking::new(model, records, options.block_cap), options)
}

/// Links records that were blocked under the model's rules.
#[must_use]
pub fn link_blocked(model: &Model, records: &Records, blocks: &Blocking, options: &LinkOptions) -> Linkage {
    let blocking = blocks.costs().collect();
    let least = options.review.min(options.threshold);
    // Where others are taken, a pair that is left over may become likelier than its weight says.
    let floor = model.weight_for(least) - if options.one_to_one { left_over::MOST_BITS } else { 0.0 };
    let scorer = Scorer::new(&model.compiled, records);
    let score = |found: &mut (u64, Vec<Link>, Option<WeightCounts>), left: u32, partners: &[u32]| {
        let Some(own) = records.row(left) else { return };
        for right in partners {
            let Some(other) = records.row(*right) else { continue };
            let weight = scorer.weight(own, other);
            if weight < floor && options.counting.is_none() {
                continue;
            }
            let (a, b) = (records.position(left), records.position(*right));
            let (left, right, probability) = (a.min(b), a.max(b), model.probability(weight));
            if let (Some(counting), Some(counts)) = (&options.counting, &mut found.2) {
                counts.add(counting, (left, right), weight, probability);
            }
            if weight >= floor {
                found.1.push(Link { left, right, weight, probability, outcome: PairOutcome::Review });
            }
        }
        found.0 += partners.len() as u64;
    };
    let nothing_counted = || options.counting.as_ref().map(Counting::empty);
    let found = blocks.visit(records, 1, || (0, Vec::new(), nothing_counted()), score);
    let compared = found.iter().map(|(count, ..)| count).sum();
    let counts = nothing_counted().map(|mut all| {
        found.iter().filter_map(|(.., counts)| counts.as_ref()).for_each(|part| all.merge(part));
        all
    });
    let mut links: Vec<Link> = found.into_iter().flat_map(|(_, links, _)| links).collect();
    links.par_sort_unstable_by(|a, b| {
        b.weight.total_cmp(&a.weight).then(a.left.cmp(&b.left)).then(a.right.cmp(&b.right))
    });
    let clusters = cluster(records, &mut links, options);
    let considered = if counts.is_some() { links.clone() } else { Vec::new() };
    links.retain(|link| link.probability >= least || link.outcome == PairOutcome::Link);
    Linkage { links, clusters, blocking, compared, counts, considered }
}
