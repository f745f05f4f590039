//! Which share of the matches a set of blocking rules brings together: what was seen, set against what no rule can see.
//!
//! Horvitz and Thompson (1952), for capture and recapture Huggins (1989): a match that was seen although its chance of being
//! seen is p stands for 1/p matches. The chance follows from which values both records have, and from how often matches
//! agree on each of them, as shown by matches that other values brought together.

use std::collections::BTreeMap;

use super::worth::Seen;
use crate::blocking::Rule;
use crate::model::Compiled;

/// Fewer matches than this tell nothing.
const LEAST_MATCHES: f64 = 20.0;
/// No match stands for more than so many.
const MOST: f64 = 20.0;

/// Parts of keys whose agreement hangs together: those of one comparison, or of names that stand in one part.
struct Group {
    /// The comparisons, one bit each.
    comparisons: u32,
    /// The parts, one bit each.
    parts: u64,
    /// How often matches with all values agree on which of the parts; nothing when no rule without them shows it.
    outcomes: Vec<(u64, f64)>,
}

pub struct Recall<'a> {
    rules: &'a [Rule],
    parts: &'a [Rule],
    /// For each rule its parts, one bit each.
    needs: Vec<u64>,
    groups: Vec<Group>,
}

impl<'a> Recall<'a> {
    /// `needs` are the parts of each rule.
    pub fn new(model: &'a Compiled, parts: &'a [Rule], needs: Vec<u64>, seen: &[Seen]) -> Self {
        let mut recall = Self { rules: &model.rules, parts, needs, groups: Vec::new() };
        recall.groups = recall.groups_of(seen);
        recall
    }

    /// The share of all matches that `chosen` rules bring together; none when too few were seen, or every rule looks at
    /// one thing, so that nothing shows how often matches agree on it.
    pub fn of(&self, seen: &[Seen], chosen: u128) -> Option<f64> {
        // What every rule looks at nobody can tell.
        let looked_at = |group: &&Group| self.needs.iter().all(|needs| needs & group.parts != 0);
        if self.groups.iter().filter(looked_at).any(|group| group.outcomes.is_empty()) {
            return None;
        }
        let every = self.rules.iter().enumerate().fold(0u128, |mask, (n, _)| mask | 1 << n);
        let mut missing: BTreeMap<u32, f64> = BTreeMap::new();
        let (mut all, mut found) = (0.0, 0.0);
        for pair in seen {
            let unseen = *missing.entry(pair.known).or_insert_with(|| self.missed(every, pair.known));
            all += pair.matches * (1.0 / (1.0 - unseen)).min(MOST);
            found += if pair.rules & chosen == 0 { 0.0 } else { pair.matches };
        }
        (found >= LEAST_MATCHES).then(|| (found / all).min(1.0))
    }

    /// The chance that no rule of a set brings a match with these values together.
    fn missed(&self, rules: u128, known: u32) -> f64 {
        let mut alive: BTreeMap<u128, f64> = BTreeMap::from([(rules, 1.0)]);
        // A group nobody was seen without is taken to agree always.
        for group in self.groups.iter().filter(|group| !group.outcomes.is_empty()) {
            let mut next: BTreeMap<u128, f64> = BTreeMap::new();
            for (agreeing, chance) in &group.outcomes {
                let agreeing = agreeing & self.possible(known);
                let broken = self.needs.iter().enumerate().fold(0u128, |mask, (n, needs)| {
                    mask | u128::from(needs & group.parts & !agreeing != 0) << n
                });
                for (rules, before) in &alive {
                    *next.entry(rules & !broken).or_default() += before * chance;
                }
            }
            alive = next;
        }
        alive.get(&0).copied().unwrap_or(0.0).min(1.0 - 1.0 / (2.0 * MOST))
    }

    /// The parts that have a value when these comparisons have.
    fn possible(&self, known: u32) -> u64 {
        let parts = self.parts.iter().enumerate();
        let has = |part: &Rule| {
            let mut comparisons = part.comparisons().map(|position| known >> position & 1 == 1);
            if part.has_choice() { comparisons.any(|known| known) } else { comparisons.all(|known| known) }
        };
        parts.fold(0, |mask, (n, part)| mask | u64::from(has(part)) << n)
    }

    fn groups_of(&self, seen: &[Seen]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for (n, part) in self.parts.iter().enumerate() {
            let comparisons = part.comparisons().fold(0, |mask, position| mask | 1 << position);
            let mut group = Group { comparisons, parts: 1 << n, outcomes: Vec::new() };
            groups.retain(|other| {
                let joined = other.comparisons & group.comparisons != 0;
                if joined {
                    group.comparisons |= other.comparisons;
                    group.parts |= other.parts;
                }
                !joined
            });
            groups.push(group);
        }
        for group in &mut groups {
            group.outcomes = self.outcomes(group, seen);
        }
        groups
    }

    /// How matches agree on a group, among those that a rule without it brought together.
    fn outcomes(&self, group: &Group, seen: &[Seen]) -> Vec<(u64, f64)> {
        let independent = self
            .needs
            .iter()
            .enumerate()
            .fold(0u128, |mask, (n, needs)| mask | u128::from(needs & group.parts == 0) << n);
        let mut outcomes: BTreeMap<u64, f64> = BTreeMap::new();
        let whole = seen.iter().filter(|pair| pair.known & group.comparisons == group.comparisons);
        for pair in whole.filter(|pair| pair.rules & independent != 0) {
            *outcomes.entry(pair.parts & group.parts).or_default() += pair.matches;
        }
        let total: f64 = outcomes.values().sum();
        if total < 1.0 {
            return Vec::new();
        }
        outcomes.into_iter().map(|(parts, matches)| (parts, matches / total)).collect()
    }
}
