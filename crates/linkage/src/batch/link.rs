//! Linking files: block, score, threshold, assign, cluster.

use std::cmp::Ordering;

use serde::Serialize;

use super::blocks::{Blocking, RuleCost};
use super::cluster::{Clusters, Decided, cluster};
use super::constraints::Constraints;
use super::contradiction::Beside;
use super::counts::{Counting, WeightCounts};
use super::left_over;
use super::obstacle::Obstacle;
use super::statistics::SourceStatistics;
use super::{Records, Scorer};
use crate::{Model, compare};

/// How to link.
#[derive(Debug, Clone)]
pub struct LinkOptions {
    /// Pairs of this probability and more are links.
    pub threshold: f64,
    /// Pairs below the threshold and of this probability and more are reported for review.
    pub review: f64,
    /// Each record is linked to at most one of each other file.
    pub one_to_one: bool,
    /// By source, the share of its children that have a second record there, where that is known: 0 where none has. What is
    /// not known is estimated from the run.
    pub duplicates: Vec<Option<f64>>,
    /// What people decided, and what must hold whatever the records say.
    pub constraints: Constraints,
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
            duplicates: Vec::new(),
            constraints: Constraints::default(),
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
    /// What stood in the way; none of a link.
    pub obstacle: Option<Obstacle>,
    /// The position of a comparison in which the two records contradict one another.
    pub contradiction: Option<u8>,
}

impl Link {
    /// A pair before it is decided about. `left` is the earlier record.
    #[must_use]
    pub fn found(left: u32, right: u32, weight: f64, probability: f64) -> Self {
        let outcome = PairOutcome::Review;
        Self { left, right, weight, probability, outcome, obstacle: None, contradiction: None }
    }

    /// The order in which pairs are decided about and listed: heaviest first, then by the numbers of the records.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let by_number = (self.left, self.right).cmp(&(other.left, other.right));
        other.weight.total_cmp(&self.weight).then(by_number)
    }
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct Linkage {
    /// Pairs for linking and review: heaviest first, then by position.
    pub links: Vec<Link>,
    /// The cluster of every record.
    pub clusters: Clusters,
    /// What the run went by and learnt about its sources.
    pub statistics: SourceStatistics,
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
    let floor = floor(model, options);
    let scorer = Scorer::new(&model.compiled, records);
    let score = |found: &mut (u64, Vec<Link>, Option<WeightCounts>), left: u32, partners: &[u32]| {
        let Some(own) = records.row(left) else { return };
        for right in partners {
            let Some(other) = records.row(*right) else { continue };
            let hits = scorer.hits(own, other);
            let weight = compare::weigh(&model.compiled, &hits);
            if weight < floor && options.counting.is_none() {
                continue;
            }
            let (a, b) = (records.position(left), records.position(*right));
            let (left, right, probability) = (a.min(b), a.max(b), model.probability(weight));
            if let (Some(counting), Some(counts)) = (&options.counting, &mut found.2) {
                counts.add(counting, (left, right), weight, probability);
            }
            if weight >= floor {
                let contradiction = Beside::of(&model.compiled, &hits).contradiction();
                found.1.push(Link { contradiction, ..Link::found(left, right, weight, probability) });
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
    let decided = cluster(model, records, &mut links, options);
    let considered = if counts.is_some() { links.clone() } else { Vec::new() };
    let least = options.review.min(options.threshold);
    links.retain(|link| link.probability >= least || link.outcome == PairOutcome::Link);
    let Decided { clusters, statistics } = decided;
    Linkage { links, clusters, statistics, blocking, compared, counts, considered }
}

/// The least weight a pair is decided about from. Where records are linked one to one, a pair that is left over may become
/// likelier than its weight says.
pub(super) fn floor(model: &Model, options: &LinkOptions) -> f64 {
    let least = options.review.min(options.threshold);
    model.weight_for(least) - if options.one_to_one { left_over::MOST_BITS } else { 0.0 }
}
