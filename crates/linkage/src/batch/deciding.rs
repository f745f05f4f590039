//! The decision about one component: records that are connected by candidate pairs, and by nothing with any other record.
//!
//! It depends on nothing but the component, the rules and the records' numbers, so that a component decided again when a record
//! has come ends as in a run over all records at once, whatever came first.

use ahash::{AHashMap, AHashSet};

use super::Scope;
use super::assignment::{Edge, assignment};
use super::constraints::{Barriers, Constraints};
use super::contradiction::{Beside, first};
use super::link::{Link, LinkOptions, PairOutcome};
use super::obstacle::Obstacle;
use super::parts::{Part, Parts};
use super::statistics::SourceStatistics;
use crate::Model;

/// What is asked about records while deciding.
pub(super) trait Weighing: Sync {
    /// The source a record is from.
    fn source(&self, record: u32) -> u16;
    /// Two records beside one another, in scope or not.
    fn beside(&self, a: u32, b: u32) -> Beside;
}

/// What decisions go by.
#[derive(Debug)]
pub(super) struct Rules {
    pub barriers: Barriers,
    pub confirmed: AHashSet<(u32, u32)>,
    threshold: f64,
    /// log2 of the threshold's odds.
    threshold_bits: f64,
    prior: f64,
    one_to_one: bool,
    /// Two files of which only pairs across are compared, whose partners can be chosen for all records together.
    across: bool,
    /// By source, bits against a second record of one person; not finite where there is none, whatever the weight.
    second: Vec<f64>,
}

/// Members asked of each of two clusters that would join; more are represented by these.
const ASKED: usize = 8;
/// One pair of members counts for so many bits at most, either way: no pair alone speaks for two clusters.
const MEMBER_BITS: f64 = 10.0;
/// A value of 1 is this part of a bit: values that differ by less are equal.
const VALUES_A_BIT: f64 = 1_048_576.0;

impl Rules {
    pub fn new(model: &Model, scope: Scope, options: &LinkOptions, statistics: &SourceStatistics) -> Self {
        let mut rules = Self {
            barriers: Barriers::new(&options.constraints),
            confirmed: AHashSet::new(),
            threshold: options.threshold,
            threshold_bits: log_odds(options.threshold),
            prior: model.prior_log_odds(),
            one_to_one: options.one_to_one,
            across: scope == Scope::Across,
            second: statistics.second_record_bits(scope, options),
        };
        rules.confirm(&options.constraints);
        rules
    }

    fn confirm(&mut self, constraints: &Constraints) {
        self.confirmed.extend(constraints.together.iter().map(|(a, b)| (*a.min(b), *a.max(b))));
    }

    /// The same with so many bits against any second record.
    pub fn against_second_records(mut self, bits: f64) -> Self {
        self.second.iter_mut().for_each(|second| *second = bits);
        self
    }

    fn is_confirmed(&self, link: &Link) -> bool {
        !self.confirmed.is_empty() && self.confirmed.contains(&(link.left, link.right))
    }

    fn second_bits(&self, source: u16) -> f64 {
        // A source the run did not know promises what all do.
        let unknown = if self.one_to_one { f64::NEG_INFINITY } else { 0.0 };
        self.second.get(usize::from(source)).copied().unwrap_or(unknown)
    }
}

/// log2 of the odds of a probability.
pub(super) fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability).max(1e-15)).log2()
}

/// Decides about the pairs of a component, which come heaviest first. What is linked already stays.
pub(super) fn decide(model: &Model, rules: &Rules, weighing: &impl Weighing, links: &mut [Link]) {
    if let [link] = links
        && decide_alone(rules, weighing, link)
    {
        return;
    }
    let parts = Parts::of(weighing, &rules.barriers, links);
    let mut deciding = Deciding { model, rules, weighing, parts, blocked: AHashMap::new() };
    for link in links.iter().filter(|link| link.outcome == PairOutcome::Link) {
        deciding.parts.join(link);
    }
    for link in links.iter().filter(|link| rules.is_confirmed(link)) {
        if deciding.parts.pair(link).is_some_and(|(a, b)| !a.is_barred_from(b)) {
            deciding.parts.join(link);
        }
    }
    if rules.across {
        deciding.assign(links);
    }
    for link in links.iter_mut() {
        link.obstacle = deciding.join(link);
    }
    for link in links {
        if deciding.parts.pair(link).is_none() {
            (link.outcome, link.obstacle) = (PairOutcome::Link, None);
        }
    }
}

/// Decides about a pair that is a component of its own, as most are, without allocating; false where there is more to ask.
fn decide_alone(rules: &Rules, weighing: &impl Weighing, link: &mut Link) -> bool {
    if rules.is_confirmed(link) || weighing.source(link.left) == weighing.source(link.right) {
        return false;
    }
    let contradiction = link.contradiction.map(|comparison| Obstacle::Contradiction { comparison });
    let obstacle = contradiction.or((link.probability < rules.threshold).then_some(Obstacle::Probability));
    link.outcome = if obstacle.is_none() { PairOutcome::Link } else { PairOutcome::Review };
    link.obstacle = obstacle;
    true
}

/// What the members of two clusters say about joining them.
#[derive(Default)]
struct Members {
    /// A comparison in which they contradict one another.
    contradiction: Option<u8>,
    /// The sum of what each pair says, in bits. The prior is not in it: it counts once for a cluster, not for every pair.
    support: f64,
    /// log2 of the odds of the likeliest pair.
    most: f64,
}

impl Members {
    fn obstacle(&self) -> Option<Obstacle> {
        let contradiction = self.contradiction.map(|comparison| Obstacle::Contradiction { comparison });
        contradiction.or((self.support < 0.0).then_some(Obstacle::Members))
    }
}

struct Deciding<'a, W> {
    model: &'a Model,
    rules: &'a Rules,
    weighing: &'a W,
    parts: Parts,
    /// What stood in the way between two clusters of so many records.
    blocked: AHashMap<(u32, u32, usize, usize), Obstacle>,
}

impl<W: Weighing> Deciding<'_, W> {
    /// Joins the clusters of a pair; what stood in the way where that may not be.
    fn join(&mut self, link: &Link) -> Option<Obstacle> {
        let (a, b) = self.parts.pair(link)?;
        // Pairs come heaviest first: what stood in the way of one stands in the way of the next between clusters that have not
        // grown since.
        let asked = (self.parts.number(link.left), self.parts.number(link.right), a.len(), b.len());
        if link.probability < self.rules.threshold {
            return Some(match link.contradiction {
                Some(comparison) => Obstacle::Contradiction { comparison },
                None => Obstacle::Probability,
            });
        }
        if let Some(obstacle) = self.blocked.get(&asked) {
            return Some(*obstacle);
        }
        let (obstacle, several) = (self.obstacle(link, a, b), a.len() + b.len() > 2);
        match obstacle {
            Some(obstacle) if several => drop(self.blocked.insert(asked, obstacle)),
            Some(_) => {}
            None => self.parts.join(link),
        }
        obstacle
    }

    fn obstacle(&self, link: &Link, a: &Part, b: &Part) -> Option<Obstacle> {
        if a.is_barred_from(b) {
            return Some(Obstacle::Constraint);
        }
        let (mut second, mut shared) = (0.0, None);
        for source in a.shared_sources(b) {
            let bits = self.rules.second_bits(source);
            if !bits.is_finite() {
                return Some(self.second_record(source));
            }
            second += bits;
            shared = shared.or(Some(source));
        }
        let members = self.members(link, a, b);
        let unlikely = second < 0.0 && members.most + second < self.rules.threshold_bits;
        let second = shared.filter(|_| unlikely).map(|source| self.second_record(source));
        members.obstacle().or(second)
    }

    fn second_record(&self, source: u16) -> Obstacle {
        if self.rules.one_to_one { Obstacle::BetterPartner } else { Obstacle::SecondRecord { source } }
    }

    /// log2 of the odds of a pair: of its weight, unless who is left over gave it others.
    fn bits(&self, link: &Link) -> f64 {
        if self.model.probability(link.weight) == link.probability {
            link.weight + self.rules.prior
        } else {
            log_odds(link.probability)
        }
    }

    /// The members of two clusters that would join through a pair beside one another.
    fn members(&self, link: &Link, a: &Part, b: &Part) -> Members {
        let mut members = Members { most: self.bits(link), ..Members::default() };
        if a.len() == 1 && b.len() == 1 {
            members.contradiction = link.contradiction;
            return members;
        }
        let (mut differ, mut agree, mut twins, mut code, mut pairs) = (0, 0, 0, None, 0u32);
        for x in self.parts.some(a, ASKED) {
            for y in self.parts.some(b, ASKED) {
                let beside = self.weighing.beside(x, y);

                members.most = members.most.max(beside.weight + self.rules.prior);
                members.support += beside.weight.clamp(-MEMBER_BITS, MEMBER_BITS);
                differ |= beside.differ;
                agree |= beside.agree;
                twins += u32::from(beside.twins.is_some());
                code = code.or(beside.twins);
                pairs += 1;
            }
        }
        members.contradiction = first(differ & !agree).or(code.filter(|_| 2 * twins >= pairs));
        members
    }

    /// Gives records of two files the partners that are best for all of them together.
    fn assign(&mut self, links: &[Link]) {
        let may = |link: &&Link| {
            let open = link.outcome == PairOutcome::Review && link.probability >= self.rules.threshold;
            open && self.parts.pair(link).is_some_and(|(a, b)| {
                !a.is_barred_from(b)
                    && a.shared_sources(b).next().is_none()
                    && self.members(link, a, b).obstacle().is_none()
            })
        };
        let candidates: Vec<&Link> = links.iter().filter(may).collect();
        if candidates.len() < 2 {
            // The one there may be is joined in its turn.
            return;
        }
        let mut sides = [Vec::new(), Vec::new()];
        for link in &candidates {
            for (side, record) in sides.iter_mut().zip([link.left, link.right]) {
                side.push(self.parts.number(record));
            }
        }
        let [lefts, rights] = sides.map(|mut side| {
            side.sort_unstable();
            side.dedup();
            side
        });
        if lefts.iter().any(|part| rights.binary_search(part).is_ok()) {
            return; // More than two files.
        }
        let edges: Vec<Edge> = candidates
            .iter()
            .map(|link| {
                let place = |all: &[u32], record| all.binary_search(&self.parts.number(record)).unwrap_or(0);
                let value = (self.bits(link) - self.rules.threshold_bits).max(0.0);
                Edge {
                    left: place(&lefts, link.left) as u32,
                    right: place(&rights, link.right) as u32,
                    value: (value * VALUES_A_BIT) as i64 + 1,
                }
            })
            .collect();
        for (link, taken) in candidates.into_iter().zip(assignment(&edges)) {
            if taken {
                self.parts.join(link);
            }
        }
    }
}
