//! Clusters that stand and take further records, for a frozen model: the same partition as a run over all records at once,
//! whatever the order of arrival.
//!
//! A record that comes changes nothing but the component its candidate pairs connect it with, and that component is decided
//! about anew, exactly as a run would. So an earlier link can be undone by a better partner that comes later; what a person
//! decided cannot.

use std::collections::{BTreeMap, BTreeSet};

use ahash::AHashMap;

use super::constraints::{Apart, Constraints};
use super::contradiction::Beside;
use super::deciding::{Rules, Weighing, decide};
use super::link::{Link, LinkOptions, PairOutcome, floor};
use super::statistics::SourceStatistics;
use super::{Scope, left_over};
use crate::{Model, Prepared, compare};

/// A record that comes.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Its number, which it keeps. Of pairs that weigh the same, lower numbers go first: records numbered as a run has them
    /// are decided about as in the run.
    pub number: u32,
    /// Its source, counted from 0.
    pub source: u16,
    /// The record.
    pub record: Prepared,
}

/// A record whose cluster is another than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The record's number.
    pub record: u32,
    /// The cluster it was in; none for a record that has come.
    pub from: Option<u64>,
    /// The cluster it is in.
    pub to: u64,
}

/// Records, the pairs among them, and the clusters these make.
#[derive(Debug)]
pub struct Standing {
    options: LinkOptions,
    held: Held,
    rules: Rules,
    left_over: BTreeMap<(u16, u16), f64>,
    floor: f64,
    /// Pairs that are decided about, by the numbers of their records, the lower first.
    pairs: BTreeMap<(u32, u32), Link>,
    neighbours: AHashMap<u32, Vec<u32>>,
    clusters: AHashMap<u32, u64>,
    /// The cluster that was first called after a record.
    founded: AHashMap<u32, u64>,
    next: u64,
}

/// The records, to be asked about.
#[derive(Debug)]
struct Held {
    model: Model,
    scope: Scope,
    records: BTreeMap<u32, (u16, Prepared)>,
}

impl Held {
    /// Whether a run would compare the two.
    fn in_scope(&self, a: u32, b: u32) -> bool {
        a != b && (self.scope != Scope::Across || self.source(a) != self.source(b))
    }
}

impl Weighing for Held {
    fn source(&self, record: u32) -> u16 {
        self.records.get(&record).map_or(u16::MAX, |(source, _)| *source)
    }

    fn beside(&self, a: u32, b: u32) -> Beside {
        let (Some((_, x)), Some((_, y))) = (self.records.get(&a), self.records.get(&b)) else {
            return Beside::default();
        };
        Beside::of(&self.model.compiled, &compare::hits(&self.model.compiled, x, y))
    }
}

impl Standing {
    /// Nothing stands yet. `options` are those of the run whose clusters are to be carried on, with what people have decided
    /// by record number; `statistics` are what that run went by ([`Linkage::statistics`](super::Linkage)).
    #[must_use]
    pub fn new(model: &Model, scope: Scope, options: &LinkOptions, statistics: &SourceStatistics) -> Self {
        let options = LinkOptions { counting: None, ..options.clone() };
        Self {
            rules: Rules::new(model, scope, &options, statistics),
            left_over: statistics.left_over_bits(),
            floor: floor(model, &options),
            held: Held { model: model.clone(), scope, records: BTreeMap::new() },
            options,
            pairs: BTreeMap::new(),
            neighbours: AHashMap::new(),
            clusters: AHashMap::new(),
            founded: AHashMap::new(),
            next: 1,
        }
    }

    /// Takes records, with the pairs of them among one another and with what stands that share a blocking key. Returns every
    /// record whose cluster is new or another, by number.
    ///
    /// A record whose number stands already replaces the one that had it, and keeps its pairs only where they are given again.
    pub fn add(&mut self, arrivals: Vec<Arrival>, candidates: &[(u32, u32)]) -> Vec<Moved> {
        let mut touched = BTreeSet::new();
        for arrival in arrivals {
            if self.held.records.insert(arrival.number, (arrival.source, arrival.record)).is_some() {
                touched.extend(self.forget_pairs(arrival.number));
            }
            touched.insert(arrival.number);
        }
        let is_touched = |(a, b): &&(u32, u32)| touched.contains(a) || touched.contains(b);
        let confirmed = self.rules.confirmed.iter().filter(is_touched);
        let in_scope = candidates.iter().filter(|(a, b)| self.held.in_scope(*a, *b));
        let pairs: Vec<(u32, u32)> = in_scope.chain(confirmed).copied().collect();
        for (a, b) in pairs {
            touched.extend(self.connect(a, b));
        }
        self.decide_again(touched)
    }

    /// Takes a record away.
    pub fn remove(&mut self, number: u32) -> Vec<Moved> {
        self.pass_on_name(number);
        self.held.records.remove(&number);
        self.clusters.remove(&number);
        let touched = self.forget_pairs(number);
        self.decide_again(touched)
    }

    /// A person confirmed that two records are one person's. They stay together, unless they must be kept apart.
    pub fn confirm(&mut self, a: u32, b: u32) -> Vec<Moved> {
        self.options.constraints.together.push((a, b));
        self.rules.confirmed.insert((a.min(b), a.max(b)));
        let touched = self.connect(a, b).into_iter().collect();
        self.decide_again(touched)
    }

    /// A person refused to link two groups of records, or a seal was put between them: none of the one is ever again in a
    /// cluster with any of the other.
    pub fn keep_apart(&mut self, groups: Apart) -> Vec<Moved> {
        self.rules.barriers.put(&groups.one, &groups.other);
        let touched: BTreeSet<u32> = groups.one.iter().chain(&groups.other).copied().collect();
        let crossing: Vec<(u32, u32)> = touched
            .iter()
            .flat_map(|record| {
                self.neighbours.get(record).into_iter().flatten().map(|other| (*record, *other))
            })
            .filter(|(a, b)| self.rules.barriers.between(*a, *b))
            .collect();
        crossing.into_iter().for_each(|(a, b)| self.disconnect(a, b));
        self.options.constraints.apart.push(groups);
        self.decide_again(touched)
    }

    /// What people have decided.
    #[must_use]
    pub fn constraints(&self) -> &Constraints {
        &self.options.constraints
    }

    /// The cluster of a record. Its number is that of the first cluster any of its records was alone or first in: it stays
    /// when records come and go, and is never given to others.
    #[must_use]
    pub fn cluster(&self, record: u32) -> Option<u64> {
        self.clusters.get(&record).copied()
    }

    /// The pairs that are linked or for review, by the numbers of their records.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        let least = self.options.review.min(self.options.threshold);
        self.pairs.values().filter(move |link| link.probability >= least || link.outcome == PairOutcome::Link)
    }

    /// Weighs a pair and keeps it where a run would decide about it.
    fn connect(&mut self, a: u32, b: u32) -> Option<u32> {
        let pair = (a.min(b), a.max(b));
        let known = |record: &u32| self.held.records.contains_key(record);
        if a == b || !known(&a) || !known(&b) || self.rules.barriers.between(a, b) {
            return None;
        }
        let beside = self.held.beside(pair.0, pair.1);
        if beside.weight < self.floor && !self.rules.confirmed.contains(&pair) {
            return None;
        }
        let link = Link::found(pair.0, pair.1, beside.weight, self.held.model.probability(beside.weight));
        if self.pairs.insert(pair, Link { contradiction: beside.contradiction(), ..link }).is_none() {
            self.neighbours.entry(a).or_default().push(b);
            self.neighbours.entry(b).or_default().push(a);
        }
        Some(a)
    }

    fn disconnect(&mut self, a: u32, b: u32) {
        self.pairs.remove(&(a.min(b), a.max(b)));
        for (record, other) in [(a, b), (b, a)] {
            if let Some(neighbours) = self.neighbours.get_mut(&record) {
                neighbours.retain(|neighbour| *neighbour != other);
            }
        }
    }

    /// Forgets a record's pairs, and says whom they were with.
    fn forget_pairs(&mut self, record: u32) -> BTreeSet<u32> {
        let others: BTreeSet<u32> = self.neighbours.get(&record).into_iter().flatten().copied().collect();
        others.iter().for_each(|other| self.disconnect(record, *other));
        others
    }

    /// Calls a cluster after its next record where the one it is called after goes.
    fn pass_on_name(&mut self, record: u32) {
        let Some(number) = self.founded.remove(&record) else { return };
        let heir = self
            .component(record)
            .into_iter()
            .find(|other| *other != record && self.clusters.get(other) == Some(&number));
        if let Some(heir) = heir {
            // It may have had a cluster of its own, which is younger and gone.
            self.founded.insert(heir, number);
        }
    }

    /// Decides again about the components of some records.
    fn decide_again(&mut self, touched: BTreeSet<u32>) -> Vec<Moved> {
        let mut moved = Vec::new();
        let mut seen = BTreeSet::new();
        for record in touched {
            if !seen.contains(&record) && self.held.records.contains_key(&record) {
                let component = self.component(record);
                let links = self.decided(&component);
                self.name(&component, &links, &mut moved);
                self.pairs.extend(links.into_iter().map(|link| ((link.left, link.right), link)));
                seen.extend(component);
            }
        }
        moved.sort_unstable_by_key(|moved| moved.record);
        moved
    }

    /// The records that are connected with one.
    fn component(&self, record: u32) -> BTreeSet<u32> {
        let mut component = BTreeSet::from([record]);
        let mut waiting = vec![record];
        while let Some(record) = waiting.pop() {
            for neighbour in self.neighbours.get(&record).into_iter().flatten() {
                if component.insert(*neighbour) {
                    waiting.push(*neighbour);
                }
            }
        }
        component
    }

    /// The pairs of a component, decided about from the beginning.
    fn decided(&self, component: &BTreeSet<u32>) -> Vec<Link> {
        let model = &self.held.model;
        let pairs = component.iter().flat_map(|record| self.pairs.range((*record, 0)..=(*record, u32::MAX)));
        let mut links: Vec<Link> = pairs
            .map(|(_, link)| Link {
                contradiction: link.contradiction,
                ..Link::found(link.left, link.right, link.weight, model.probability(link.weight))
            })
            .collect();
        links.sort_unstable_by(Link::order);
        decide(model, &self.rules, &self.held, &mut links);
        if self.options.one_to_one {
            left_over::weigh_again(|record| self.held.source(record), &self.left_over, &mut links);
            decide(model, &self.rules, &self.held, &mut links);
        }
        links
    }

    /// Gives the clusters of a component their numbers.
    fn name(&mut self, component: &BTreeSet<u32>, links: &[Link], moved: &mut Vec<Moved>) {
        let records: Vec<u32> = component.iter().copied().collect();
        let mut clusters = super::components::Components::new(records.len());
        let place = |record: u32| records.binary_search(&record).unwrap_or(0) as u32;
        for link in links.iter().filter(|link| link.outcome == PairOutcome::Link) {
            clusters.join(place(link.left), place(link.right));
        }
        let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (record, root) in records.iter().zip(clusters.into_roots()) {
            members.entry(root).or_default().push(*record);
        }
        for members in members.into_values() {
            let number = self.number(&members);
            for record in members {
                let from = self.clusters.insert(record, number);
                if from != Some(number) {
                    moved.push(Moved { record, from, to: number });
                }
            }
        }
    }

    /// The lowest number called after one of the records; a new one where there is none.
    fn number(&mut self, members: &[u32]) -> u64 {
        if let Some(number) = members.iter().filter_map(|record| self.founded.get(record)).min() {
            return *number;
        }
        let number = self.next;
        self.next += 1;
        if let Some(first) = members.first() {
            self.founded.insert(*first, number);
        }
        number
    }
}
