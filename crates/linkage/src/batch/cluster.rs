//! Clusters: records linked to one another directly or through others, never against a constraint.

use rayon::prelude::*;

use super::components::Components;
use super::contradiction::Beside;
use super::deciding::{Rules, Weighing, decide};
use super::link::{Link, LinkOptions, PairOutcome};
use super::statistics::{NONE_WHILE_ESTIMATING, Seconds, SourceStatistics, declared};
use super::{Records, Scope, left_over};
use crate::{Model, compare};

/// The cluster of every record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clusters {
    of: Vec<u32>,
}

impl Clusters {
    /// The cluster a record is in: the position of the cluster's first record.
    #[must_use]
    pub fn of(&self, record: u32) -> u32 {
        self.of.get(record as usize).copied().unwrap_or(record)
    }

    /// How many clusters there are, records alone in theirs included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.of.iter().enumerate().filter(|(position, cluster)| *position == **cluster as usize).count()
    }
}

/// The records of a run, to be asked about.
struct Whole<'a> {
    model: &'a Model,
    records: &'a Records,
}

impl Weighing for Whole<'_> {
    fn source(&self, record: u32) -> u16 {
        self.records.source(record)
    }

    fn beside(&self, a: u32, b: u32) -> Beside {
        let (Some(x), Some(y)) = (self.records.row_at(a), self.records.row_at(b)) else {
            return Beside::default();
        };
        Beside::of(&self.model.compiled, &compare::hits(&self.model.compiled, &x, &y))
    }
}

/// What was decided, beside the outcomes of the pairs.
pub(super) struct Decided {
    pub clusters: Clusters,
    pub statistics: SourceStatistics,
}

/// Decides about the pairs, component by component, and leaves them heaviest first. A pair that is forbidden itself
/// disappears.
pub(super) fn cluster(
    model: &Model,
    records: &Records,
    links: &mut Vec<Link>,
    options: &LinkOptions,
) -> Decided {
    let whole = Whole { model, records };
    let sources = records.sizes().into_keys().max().map_or(0, |last| last.saturating_add(1));
    let mut statistics = SourceStatistics { duplicates: declared(sources, options), left_over: Vec::new() };
    let rules = Rules::new(model, records.scope(), options, &statistics);
    if !options.constraints.is_empty() {
        links.retain(|link| !rules.barriers.between(link.left, link.right));
        add_confirmed(&whole, &rules, links);
    }
    let roots = components(records, links);
    let root = |link: &Link| roots.get(link.left as usize).copied().unwrap_or(link.left);
    links.par_sort_unstable_by(|a, b| root(a).cmp(&root(b)).then(a.order(b)));
    let connected = |a: &Link, b: &Link| root(a) == root(b);
    let rules = if estimates(records.scope(), options, &statistics) {
        let rules = rules.against_second_records(NONE_WHILE_ESTIMATING);
        estimate(&whole, &rules, links, connected, &mut statistics);
        Rules::new(model, records.scope(), options, &statistics)
    } else {
        rules
    };
    links.par_chunk_by_mut(connected).for_each(|links| decide(model, &rules, &whole, links));
    if options.one_to_one {
        statistics.left_over = left_over::bits(records, links);
        let bits = statistics.left_over_bits();
        links.par_chunk_by_mut(connected).for_each(|links| {
            left_over::weigh_again(|record| whole.source(record), &bits, links);
            decide(model, &rules, &whole, links);
        });
    }
    links.par_sort_unstable_by(Link::order);
    let mut clusters = Components::new(records.len());
    let linked = links.iter().filter(|link| link.outcome == PairOutcome::Link);
    linked.for_each(|link| clusters.join(link.left, link.right));
    Decided { clusters: Clusters { of: clusters.into_roots() }, statistics }
}

/// The first record of every record's component.
fn components(records: &Records, links: &[Link]) -> Vec<u32> {
    let mut components = Components::new(records.len());
    links.iter().for_each(|link| components.join(link.left, link.right));
    components.into_roots()
}

/// Whether there is a rate to estimate.
fn estimates(scope: Scope, options: &LinkOptions, statistics: &SourceStatistics) -> bool {
    let unknown = statistics.duplicates.iter().any(|rate| !rate.declared);
    unknown && !options.one_to_one && scope != Scope::Within
}

/// Estimates the rates that were not declared: the components are decided without second records, and the pairs that would
/// have brought one are weighed. The pairs stay as they are.
fn estimate(
    whole: &Whole<'_>,
    rules: &Rules,
    links: &[Link],
    connected: impl Fn(&Link, &Link) -> bool + Send + Sync,
    statistics: &mut SourceStatistics,
) {
    let source = |record| whole.source(record);
    let prior = whole.model.prior_log_odds();
    let count = |mut seconds: Seconds, links: &[Link]| {
        if let [link] = links {
            let mut links = [*link];
            decide(whole.model, rules, whole, &mut links);
            seconds.count(&links, source, prior);
        } else {
            let mut links = links.to_vec();
            decide(whole.model, rules, whole, &mut links);
            seconds.count(&links, source, prior);
        }
        seconds
    };
    // Cut by position, so that sums are the same on any number of threads.
    let components: Vec<&[Link]> = links.chunk_by(connected).collect();
    let parts: Vec<Seconds> = components
        .par_chunks(1 << 14)
        .map(|part| part.iter().fold(Seconds::default(), |seconds, links| count(seconds, links)))
        .collect();
    let mut seconds = Seconds::default();
    parts.into_iter().for_each(|part| seconds.merge(part));
    for rate in statistics.duplicates.iter_mut().filter(|rate| !rate.declared) {
        rate.rate = seconds.rate(rate.source);
    }
}

/// Pairs a person confirmed are decided about, whether they are candidates or not.
fn add_confirmed(whole: &Whole<'_>, rules: &Rules, links: &mut Vec<Link>) {
    let mut missing = rules.confirmed.clone();
    links.iter().for_each(|link| {
        missing.remove(&(link.left, link.right));
    });
    let known = |(a, b): &(u32, u32)| a != b && (*b as usize) < whole.records.len();
    for (a, b) in missing.into_iter().filter(known).filter(|(a, b)| !rules.barriers.between(*a, *b)) {
        let beside = whole.beside(a, b);
        let link = Link::found(a, b, beside.weight, whole.model.probability(beside.weight));
        links.push(Link { contradiction: beside.contradiction(), ..link });
    }
}
