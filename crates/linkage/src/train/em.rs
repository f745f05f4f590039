//! Expectation maximisation over counted patterns, with guards.
//!
//! u is held at what random pairs show, so the two classes cannot change names; m is learnt in the blocks of one rule
//! at a time for the comparisons that rule does not look at (conditional independence: Winkler 1988; Splink's passes).

use super::{Pattern, PatternCounts};
use crate::blocking::Rule;
use crate::model::Compiled;
use crate::model::file::{ComparisonKind, ModelFile};

/// Rounds after which a pass that has not settled is stopped.
const MOST_ROUNDS: u32 = 200;
/// A pass with fewer expected matches than this says nothing.
const LEAST_MATCHES: f64 = 20.0;
/// How many matches the m the model came with counts for, so that a level nobody was seen at keeps some chance.
const PRIOR_MATCHES: f64 = 5.0;
/// In how many pairs the u the model came with is thought to have been seen: a level no random pair is at keeps some chance, ...
const PRIOR_PAIRS: f64 = 100_000.0;
/// ... but never more than half a pair's.
const UNSEEN: f64 = 0.5;

/// What one pass found.
#[derive(Debug, Clone)]
pub struct Pass {
    pub rule: usize,
    pub pairs: u64,
    /// Share of the pairs taken for matches.
    pub share: f64,
    pub rounds: u32,
    /// For each comparison the expected matches at each level; none for those the rule looks at.
    levels: Vec<Option<Vec<f64>>>,
    /// Whether matches agree more than strangers do, by most comparisons.
    sound: bool,
}

impl Pass {
    /// Whether there is enough in it, and it is not about something else than matches.
    pub fn is_usable(&self) -> bool {
        self.sound && self.share * self.pairs as f64 >= LEAST_MATCHES
    }
}

/// Sets u from random pairs, the matches among them taken out as far as the model of the day knows them. `first` is the model
/// training began with.
pub fn estimate_u(file: &mut ModelFile, model: &Compiled, first: &Compiled, random: &PatternCounts) {
    let mut counts: Vec<Vec<f64>> = model.comparisons.iter().map(|c| vec![0.0; c.levels.len()]).collect();
    for (pattern, count) in random.iter() {
        let strangers = count * (1.0 - posterior(log_odds(model, pattern)));
        add(&mut counts, pattern, strangers);
    }
    for ((entry, comparison), counts) in file.comparisons.iter_mut().zip(&first.comparisons).zip(&counts) {
        let unseen = |level: &crate::model::compile::Level| (level.u * PRIOR_PAIRS).min(UNSEEN);
        let counts: Vec<f64> =
            counts.iter().zip(&comparison.levels).map(|(count, level)| count + unseen(level)).collect();
        let total: f64 = counts.iter().sum();
        for (level, count) in entry.levels.iter_mut().zip(counts) {
            level.u = Some(count / total);
            level.others = None;
        }
    }
}

/// Shares of counts, with a prior that weighs `strength` counts.
pub fn smooth(counts: &[f64], prior: &[f64], strength: f64) -> Vec<f64> {
    let total: f64 = counts.iter().sum();
    let all: f64 = prior.iter().sum();
    let share =
        |(count, prior): (&f64, &f64)| (count + strength * prior / all.max(1e-300)) / (total + strength);
    counts.iter().zip(prior).map(share).collect()
}

fn add(counts: &mut [Vec<f64>], pattern: Pattern, amount: f64) {
    for (comparison, counts) in counts.iter_mut().enumerate() {
        if let Some(count) = pattern.level(comparison).and_then(|level| counts.get_mut(level)) {
            *count += amount;
        }
    }
}

/// log2 of the odds of a pattern under the model, term frequencies apart.
fn log_odds(model: &Compiled, pattern: Pattern) -> f64 {
    let weights = model.comparisons.iter().enumerate().map(|(position, comparison)| {
        pattern
            .level(position)
            .and_then(|level| comparison.levels.get(level))
            .map_or(0.0, |level| level.weight)
    });
    model.prior + weights.sum::<f64>()
}

pub fn posterior(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp2())
}

/// Whether the blocks of a rule can teach anything. Where one comparison is all there is to go by, and nobody knows which name
/// brought the records together, matches cannot be told from others.
pub fn can_teach(model: &Compiled, rule: usize) -> bool {
    let has_choice = model.rules.get(rule).is_some_and(Rule::has_choice);
    let free = (0..model.comparisons.len()).filter(|position| is_free(model, rule, *position)).count();
    free > usize::from(has_choice)
}

/// Whether a rule's blocks say something about a comparison: not where the rule itself looks at it.
fn is_free(model: &Compiled, rule: usize, position: usize) -> bool {
    let looked_at: Vec<usize> =
        model.rules.get(rule).map(|rule| rule.comparisons().collect()).unwrap_or_default();
    let Some(comparison) = model.comparisons.get(position) else { return false };
    // A given name at "swapped" speaks for the family name too.
    let through_partner = comparison.swapped.is_some()
        && comparison.partner.is_some_and(|partner| looked_at.contains(&partner));
    let is_given = |position: &usize| {
        model.comparisons.get(*position).is_some_and(|c| c.kind == ComparisonKind::GivenName)
    };
    // A given name tells the gender: strangers of one name agree on such a code as a person does with himself, which random
    // pairs do not show.
    let by_name = comparison.kind == ComparisonKind::Code && looked_at.iter().any(is_given);
    !looked_at.contains(&position) && !through_partner && !by_name
}

/// Learns the m of the comparisons a rule does not look at, in the rule's blocks.
pub fn run(model: &Compiled, rule: usize, counts: &PatternCounts) -> Pass {
    let start: Vec<Option<Vec<f64>>> = model
        .comparisons
        .iter()
        .enumerate()
        .map(|(position, c)| {
            is_free(model, rule, position).then(|| c.levels.iter().map(|level| level.m).collect())
        })
        .collect();
    let mut m = start.clone();
    let total = counts.total() as f64;
    let mut share = (0.1f64).max(1.0 / total.max(1.0));
    let mut kin: Vec<Kin> = (0..model.relations.len()).filter_map(|r| Kin::in_pass(model, &m, r)).collect();
    let mut expected: Vec<Option<Vec<f64>>> = Vec::new();
    let mut rounds = 0;
    while rounds < MOST_ROUNDS && total > 0.0 {
        rounds += 1;
        expected = m.iter().map(|levels| levels.as_ref().map(|levels| vec![0.0; levels.len()])).collect();
        let mut matches = 0.0;
        let strangers = (1.0 - share - kin.iter().map(|kin| kin.share).sum::<f64>()).max(1e-9);
        for (pattern, count) in counts.iter() {
            let odds = (share / strangers).log2() + bits(model, &m, pattern);
            // Others are strangers, or relations, who agree more than strangers do.
            let likes: f64 = kin.iter().map(|kin| kin.odds(model, strangers, pattern)).sum();
            let part = count * posterior(odds - (1.0 + likes).log2());
            for kin in &mut kin {
                let odds = kin.odds(model, strangers, pattern);
                kin.expected += (count - part) * odds / (1.0 + likes);
            }
            matches += part;
            for (position, levels) in expected.iter_mut().enumerate() {
                let slot = pattern.level(position).and_then(|level| levels.as_mut()?.get_mut(level));
                if let Some(slot) = slot {
                    *slot += part;
                }
            }
        }
        kin.iter_mut().for_each(|kin| kin.settle(total));
        let next = (matches / total).clamp(1e-9, 1.0 - 1e-9);
        let moved = update(&mut m, &expected, &start).max((next - share).abs());
        share = next;
        if moved < 1e-5 {
            break;
        }
    }
    let sound = is_sound(model, &m);
    Pass { rule, pairs: counts.total(), share, rounds, levels: expected, sound }
}

/// A relation of the model as a class of its own in one pass: brothers, sisters and twins would otherwise be taken for matches
/// whose names differ.
struct Kin {
    relation: usize,
    /// The comparisons the pass learns.
    free: Vec<usize>,
    share: f64,
    expected: f64,
}

impl Kin {
    /// None where nothing the pass looks at tells such a pair from strangers, or from a match.
    fn in_pass(model: &Compiled, m: &[Option<Vec<f64>>], relation: usize) -> Option<Self> {
        let free: Vec<usize> =
            (0..m.len()).filter(|position| m.get(*position).is_some_and(Option::is_some)).collect();
        let changed = |position: &usize| {
            let levels = model.comparisons.get(*position).map(|comparison| comparison.levels.as_slice());
            levels.unwrap_or(&[]).iter().any(|level| matches!(level.relations.get(relation), Some(Some(_))))
        };
        let tells = free.iter().any(changed) && !free.iter().all(changed);
        tells.then_some(Self { relation, free, share: 0.01, expected: 0.0 })
    }

    /// How many times likelier such a pair shows the pattern than strangers do, times how many there are to one stranger.
    fn odds(&self, model: &Compiled, strangers: f64, pattern: Pattern) -> f64 {
        let ratio = |position: &usize| {
            let level = model.comparisons.get(*position)?.levels.get(pattern.level(*position)?)?;
            level.relations.get(self.relation).copied().flatten()
        };
        let bits: f32 = self.free.iter().filter_map(ratio).sum();
        self.share / strangers * f64::from(bits).exp2()
    }

    fn settle(&mut self, total: f64) {
        self.share = (self.expected / total).clamp(1e-9, 0.5);
        self.expected = 0.0;
    }
}

/// log2 of the Bayes factor of a pattern over the comparisons whose m is being learnt.
fn bits(model: &Compiled, m: &[Option<Vec<f64>>], pattern: Pattern) -> f64 {
    let factors = model.comparisons.iter().zip(m).enumerate().map(|(position, (comparison, m))| {
        let level = m.as_ref().and_then(|m| {
            let level = pattern.level(position)?;
            Some((m.get(level)?, comparison.levels.get(level)?.u))
        });
        level.map_or(0.0, |(m, u)| (m / u).log2())
    });
    factors.sum()
}

/// Sets m to the expected shares; gives the largest change.
fn update(m: &mut [Option<Vec<f64>>], expected: &[Option<Vec<f64>>], start: &[Option<Vec<f64>>]) -> f64 {
    let mut moved = 0.0f64;
    for ((m, expected), start) in m.iter_mut().zip(expected).zip(start) {
        let (Some(m), Some(expected), Some(start)) = (m, expected, start) else { continue };
        for (old, new) in m.iter_mut().zip(smooth(expected, start, PRIOR_MATCHES)) {
            moved = moved.max((*old - new).abs());
            *old = new;
        }
    }
    moved
}

/// Whether the class taken for matches agrees fully more often than strangers do, in most comparisons: otherwise the
/// pass has found households, or the classes have changed names.
fn is_sound(model: &Compiled, m: &[Option<Vec<f64>>]) -> bool {
    let signs: Vec<bool> = model
        .comparisons
        .iter()
        .zip(m)
        .filter_map(|(comparison, m)| {
            let (first, last) = (comparison.levels.first()?, comparison.levels.last()?);
            let m = m.as_ref()?;
            Some(*m.first()? > first.u && *m.last()? < last.u)
        })
        .collect();
    !signs.is_empty() && 2 * signs.iter().filter(|sign| **sign).count() > signs.len()
}

/// Sets m from all usable passes, each weighing its expected matches. Says what could not be learnt.
pub fn combine_m(file: &mut ModelFile, model: &Compiled, passes: &[Pass]) -> Vec<String> {
    let mut warnings = Vec::new();
    for pass in passes.iter().filter(|pass| !pass.is_usable()) {
        let rule = model.rules.get(pass.rule).map_or("", |rule| rule.name.as_str());
        let why =
            if pass.sound { "it holds too few matches" } else { "what it found does not look like matches" };
        warnings.push(format!("the blocks of rule {rule:?} were not used for m: {why}"));
    }
    for (position, (entry, comparison)) in file.comparisons.iter_mut().zip(&model.comparisons).enumerate() {
        let mut counts = vec![0.0; comparison.levels.len()];
        for pass in passes.iter().filter(|pass| pass.is_usable()) {
            let found = pass.levels.get(position).and_then(Option::as_ref);
            for (count, expected) in counts.iter_mut().zip(found.into_iter().flatten()) {
                *count += expected;
            }
        }
        let name = &comparison.name;
        if counts.iter().sum::<f64>() < LEAST_MATCHES {
            warnings.push(format!(
                "m of {name:?} could not be learnt and stays as it was: no blocks show enough matches"
            ));
            continue;
        }
        let start: Vec<f64> = comparison.levels.iter().map(|level| level.m).collect();
        let learnt = smooth(&counts, &start, PRIOR_MATCHES);
        let agrees = learnt.first().zip(comparison.levels.first()).is_some_and(|(m, level)| *m > level.u);
        let differs = learnt.last().zip(comparison.levels.last()).is_some_and(|(m, level)| *m < level.u);
        if !agrees || !differs {
            warnings.push(format!(
                "m of {name:?} stays as it was: what was learnt makes agreement speak against a match"
            ));
            continue;
        }
        for ((level, m), count) in entry.levels.iter_mut().zip(learnt).zip(&counts) {
            level.m = m;
            if *count < 0.5 {
                warnings.push(format!(
                    "level {:?} of {name:?} was seen in no match; its m is a guess",
                    crate::model::level::Test::label(level)
                ));
            }
        }
    }
    warnings
}

/// How many matches the pairs found are expected to hold, settled between the number and the probabilities.
pub fn expected_matches(model: &Compiled, candidates: &PatternCounts, pairs: f64) -> f64 {
    let mut matches = model.prior.exp2() * pairs;
    for _ in 0..50 {
        let odds = matches / (pairs - matches).max(1.0);
        let shift = odds.log2() - model.prior;
        let next: f64 = candidates
            .iter()
            .map(|(pattern, count)| count * posterior(log_odds(model, pattern) + shift))
            .sum();
        let settled = (next - matches).abs() < 1e-3 * matches.max(1.0);
        matches = next.max(0.5);
        if settled {
            break;
        }
    }
    matches
}
