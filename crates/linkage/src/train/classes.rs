//! All pairs at once, as a mixture of matches, strangers and relations.
//!
//! The passes of [`em`](super::em) learn m without being misled by what brought a pair together, but each sees only some of
//! the comparisons and may take a twin for a match with another name. Here every comparison counts for every pair, and
//! brothers, sisters and twins are classes with distributions of their own: how often they are of one gender, share a
//! middle name, or were born in one year is learnt beside m. u is held at what random pairs show.
//!
//! A family can never turn into the class of matches: that two of it have one given name, or one birth date without being
//! twins, stays as unlikely as among strangers. Namesakes, strangers whose names go together (people of one origin), are
//! held apart from matches by all that is not a name.

use std::collections::BTreeMap;

use super::em::{posterior, smooth};
use super::{Pattern, PatternCounts};
use crate::Model;
use crate::model::compile::Comparison;
use crate::model::file::{ComparisonKind, ModelFile};
use crate::model::level::Test;
use crate::model::{Compiled, ModelError};

/// Rounds after which what has not settled is stopped.
const MOST_ROUNDS: usize = 100;
/// Fewer matches than this say nothing: what the passes found stays.
const LEAST_MATCHES: f64 = 20.0;
/// How many matches the first guess of m counts for, so that a level nobody was seen at keeps some chance.
const PRIOR_MATCHES: f64 = 20.0;
/// The same of a relation, in pairs.
const PRIOR_RELATED: f64 = 20.0;
/// Where people have so many of their household in the files, the files hold families, and twins.
const MANY: f64 = 0.3;
/// Bounds of how many relations of a kind a person has.
const OTHERS: (f64, f64) = (1e-6, 20.0);

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// Expected matches among all pairs.
    pub matches: f64,
    pub warnings: Vec<String>,
}

/// How a class shows at one comparison.
#[derive(Debug, Clone)]
enum Shows {
    /// As strangers do.
    AsStrangers,
    /// As matches do.
    AsMatches,
    /// In its own way. Where a level is fixed its share is not learnt.
    Own { shares: Vec<f64>, start: Vec<f64>, fixed: Vec<bool> },
}

/// A relation as a class.
struct Related {
    /// How many so related persons there are to one match.
    others: f64,
    /// The same as the model has it.
    known: f64,
    /// Share of all pairs.
    share: f64,
    /// Whether they agree on something as a match does.
    is_family: bool,
    /// Whether they agree on the birth date as a match does. Then little but the given name tells them from a match, and how many
    /// there are cannot be learnt: it stays as the model has it.
    is_twin: bool,
    shows: Vec<Shows>,
}

impl Related {
    fn new(model: &Compiled, position: usize, log_share: f64) -> Self {
        let mut shows: Vec<Shows> = model.comparisons.iter().map(|c| Shows::of(c, position)).collect();
        let is_family = shows.iter().any(|shows| matches!(shows, Shows::AsMatches));
        if !is_family {
            shows.iter_mut().for_each(Shows::set_free);
        }
        let mut shown = model.comparisons.iter().zip(&shows);
        let is_twin =
            shown.any(|(c, shows)| c.kind == ComparisonKind::Date && matches!(shows, Shows::AsMatches));
        let others = (log_share - model.prior).exp2();
        Self { others, known: others, share: log_share.exp2(), is_family, is_twin, shows }
    }
}

struct Mixture<'a> {
    model: &'a Compiled,
    /// The model that compared the pairs: their rarity is told by its u.
    compared: &'a Compiled,
    /// Share of all pairs that match.
    share: f64,
    m: Vec<Vec<f64>>,
    related: Vec<Related>,
}

/// Expected pairs by level: of matches, and of each relation.
struct Expected {
    matches: f64,
    m: Vec<Vec<f64>>,
    related: Vec<(f64, Vec<Vec<f64>>)>,
}

/// Learns m, the relations and the prior from all candidates together. `first` is the model training began with: its m is the
/// prior, however many rounds there are.
///
/// # Errors
/// When the estimates make no valid model, which the bounds should prevent.
pub fn settle(
    file: &mut ModelFile,
    model: &Compiled,
    first: &Model,
    candidates: &PatternCounts,
    pairs: f64,
) -> Result<Settled, ModelError> {
    let start: Vec<Vec<f64>> = first
        .file
        .comparisons
        .iter()
        .map(|entry| entry.levels.iter().map(|level| level.m).collect())
        .collect();
    let mut mixture = Mixture::new(model, &first.compiled);
    let mut matches = mixture.share * pairs;
    for _ in 0..MOST_ROUNDS {
        let expected = mixture.expect(candidates);
        let moved = mixture.update(&expected, &start, pairs);
        let settled = moved < 1e-6 && (expected.matches - matches).abs() < 1e-4 * matches;
        matches = expected.matches.max(0.5);
        if settled {
            break;
        }
    }
    let mut settled = Settled { matches, warnings: Vec::new() };
    if matches < LEAST_MATCHES {
        // Next to nobody to learn from: what was learnt is about others.
        settled.matches = mixture.only_share(candidates, &start, pairs);
        settled.warnings.push(format!("only about {matches:.0} pairs match: m is a guess"));
    }
    mixture.write(file, &mut settled.warnings);
    Ok(settled)
}

impl<'a> Mixture<'a> {
    fn new(model: &'a Compiled, compared: &'a Compiled) -> Self {
        let m = model.comparisons.iter().map(|c| c.levels.iter().map(|level| level.m).collect()).collect();
        let related = model.relations.iter().enumerate();
        let related =
            related.map(|(position, relation)| Related::new(model, position, relation.log_share)).collect();
        Self { model, compared, share: posterior(model.prior), m, related }
    }

    fn expect(&self, candidates: &PatternCounts) -> Expected {
        let empty = || self.m.iter().map(|levels| vec![0.0; levels.len()]).collect::<Vec<_>>();
        let mut expected = Expected {
            matches: 0.0,
            m: empty(),
            related: self.related.iter().map(|_| (0.0, empty())).collect(),
        };
        let strangers =
            (1.0 - self.share - self.related.iter().map(|related| related.share).sum::<f64>()).max(0.1);
        for (pattern, count) in candidates.iter() {
            let of_match = self.share / strangers * self.match_ratio(pattern);
            let of_related: Vec<f64> = self
                .related
                .iter()
                .map(|related| related.share / strangers * self.related_ratio(related, pattern))
                .collect();
            let all = 1.0 + of_match + of_related.iter().sum::<f64>();
            let part = count * of_match / all;
            expected.matches += part;
            add(&mut expected.m, pattern, part);
            for ((sum, levels), odds) in expected.related.iter_mut().zip(of_related) {
                let part = count * odds / all;
                *sum += part;
                add(levels, pattern, part);
            }
        }
        expected
    }

    /// How many times likelier matches show a pattern than strangers do.
    fn match_ratio(&self, pattern: Pattern) -> f64 {
        self.ratio(pattern, |position, level| Some(*self.m.get(position)?.get(level)?))
            * self.rarity(pattern).exp2()
    }

    fn related_ratio(&self, related: &Related, pattern: Pattern) -> f64 {
        let rarity = if related.is_family { self.rarity(pattern).exp2() } else { 1.0 };
        let ratio = self.ratio(pattern, |position, level| match related.shows.get(position)? {
            Shows::AsStrangers => None,
            Shows::AsMatches => Some(*self.m.get(position)?.get(level)?),
            Shows::Own { shares, .. } => Some(*shares.get(level)?),
        });
        ratio * rarity
    }

    fn ratio(&self, pattern: Pattern, share: impl Fn(usize, usize) -> Option<f64>) -> f64 {
        let ratios = self.model.comparisons.iter().enumerate().filter_map(|(position, comparison)| {
            let level = pattern.level(position)?;
            Some(share(position, level)? / comparison.levels.get(level)?.u)
        });
        ratios.product()
    }

    /// What the rarity of the values adds, by the u that is known now: for a person with himself and for two of a family.
    fn rarity(&self, pattern: Pattern) -> f64 {
        let levels = self.model.comparisons.iter().zip(&self.compared.comparisons).enumerate();
        let shift = levels.filter_map(|(position, (now, then))| {
            let level = pattern.level(position)?;
            let (now, then) = (now.levels.get(level)?, then.levels.get(level)?);
            Some(f64::from(now.tf * (now.log_u - then.log_u)))
        });
        pattern.rarity() + shift.sum::<f64>()
    }

    /// Sets the shares to those expected; gives the largest change.
    fn update(&mut self, expected: &Expected, start: &[Vec<f64>], pairs: f64) -> f64 {
        let mut moved = 0.0f64;
        let mut set = |old: &mut f64, new: f64| {
            moved = moved.max((*old - new).abs());
            *old = new;
        };
        self.share = (expected.matches / pairs).clamp(1e-12, 0.9);
        for ((m, counts), start) in self.m.iter_mut().zip(&expected.m).zip(start) {
            // Nothing to learn from: the comparison is missing everywhere.
            if counts.iter().sum::<f64>() < LEAST_MATCHES {
                continue;
            }
            let learnt = smooth(counts, start, PRIOR_MATCHES);
            m.iter_mut().zip(learnt).for_each(|(old, new)| set(old, new));
        }
        let named = self.named_in_families(expected);
        let families = self.families();
        for (related, (sum, counts)) in self.related.iter_mut().zip(&expected.related) {
            let others =
                if related.is_twin { related.known * families } else { sum / expected.matches.max(1.0) };
            related.others = others.clamp(OTHERS.0, OTHERS.1);
            related.share = (related.others * self.share).min(0.1);
            for ((shows, counts), named) in related.shows.iter_mut().zip(counts).zip(&named) {
                let Shows::Own { shares, start, fixed } = shows else { continue };
                let named = named.as_ref().filter(|_| related.is_family);
                learn(shares, named.unwrap_or(counts), start, fixed);
            }
        }
        moved
    }

    /// How far the files hold families at all, 0 to 1: who has no brothers and sisters there has no twin.
    fn families(&self) -> f64 {
        let mut others =
            self.related.iter().filter(|related| related.is_family && !related.is_twin).peekable();
        match others.peek() {
            Some(_) => (others.map(|related| related.others).sum::<f64>() / MANY).min(1.0),
            None => 1.0,
        }
    }

    /// Goes back to the m it began with and learns nothing but how many match; gives their number.
    fn only_share(&mut self, candidates: &PatternCounts, start: &[Vec<f64>], pairs: f64) -> f64 {
        self.m = start.to_vec();
        let mut matches = 0.5;
        for _ in 0..MOST_ROUNDS {
            self.share = (matches / pairs).clamp(1e-12, 0.9);
            for related in &mut self.related {
                related.share = (related.others * self.share).min(0.1);
            }
            let next = self.expect(candidates).matches.max(0.5);
            if (next - matches).abs() < 1e-3 * matches {
                break;
            }
            matches = next;
        }
        matches
    }

    /// Twins are named as all brothers and sisters are, who are told from matches by their birth dates: only their names are
    /// counted.
    fn named_in_families(&self, expected: &Expected) -> Vec<Option<Vec<f64>>> {
        let comparisons = self.model.comparisons.iter().enumerate();
        let together = |position: usize, levels: usize| {
            let mut counts = vec![0.0; levels];
            let families = self
                .related
                .iter()
                .zip(&expected.related)
                .filter(|(related, _)| related.is_family && !related.is_twin);
            for (related, (_, expected)) in families {
                if let (Some(Shows::Own { .. }), Some(found)) =
                    (related.shows.get(position), expected.get(position))
                {
                    counts.iter_mut().zip(found).for_each(|(count, found)| *count += found);
                }
            }
            counts
        };
        comparisons
            .map(|(position, c)| {
                (c.kind == ComparisonKind::GivenName).then(|| together(position, c.levels.len()))
            })
            .collect()
    }

    /// Writes what was learnt, comparison by comparison; says where it cannot be right.
    fn write(&self, file: &mut ModelFile, warnings: &mut Vec<String>) {
        for ((entry, comparison), m) in file.comparisons.iter_mut().zip(&self.model.comparisons).zip(&self.m)
        {
            let agrees = m.first().zip(comparison.levels.first()).is_some_and(|(m, level)| *m > level.u);
            let differs = m.last().zip(comparison.levels.last()).is_some_and(|(m, level)| *m < level.u);
            if !agrees || !differs {
                warnings.push(format!(
                    "{:?} does not tell matches from strangers, who agree on it as often: it weighs nothing",
                    comparison.name
                ));
            }
            for ((level, learnt), known) in entry.levels.iter_mut().zip(m).zip(&comparison.levels) {
                level.m = if agrees && differs { *learnt } else { known.u };
            }
        }
        for (entry, related) in file.relations.iter_mut().zip(&self.related) {
            entry.others = related.others;
            for (comparison, shows) in self.model.comparisons.iter().zip(&related.shows) {
                let Shows::Own { shares, .. } = shows else { continue };
                let all: f64 = shares.iter().sum();
                let labelled = comparison.levels.iter().zip(shares);
                let table: BTreeMap<String, f64> =
                    labelled.map(|(level, share)| (level.label.clone(), share / all.max(1.0))).collect();
                entry.u.insert(comparison.name.clone(), table);
            }
        }
    }
}

impl Shows {
    fn of(comparison: &Comparison, relation: usize) -> Self {
        let ratio = |level: &crate::model::compile::Level| level.relations.get(relation).copied().flatten();
        if comparison.levels.iter().all(|level| ratio(level).is_none()) {
            return Self::AsStrangers;
        }
        let as_match = |level: &crate::model::compile::Level| {
            ratio(level).is_some_and(|bits| (f64::from(bits) - level.weight).abs() < 1e-3)
        };
        if comparison.levels.iter().all(as_match) {
            return Self::AsMatches;
        }
        let shares: Vec<f64> = comparison
            .levels
            .iter()
            .map(|level| ratio(level).map_or(level.u, |bits| level.u * f64::from(bits).exp2()))
            .collect();
        let fixed =
            comparison.levels.iter().map(|level| is_one_persons(comparison.kind, level.test)).collect();
        Self::Own { start: shares.clone(), shares, fixed }
    }

    fn set_free(&mut self) {
        if let Self::Own { fixed, .. } = self {
            fixed.iter_mut().for_each(|fixed| *fixed = false);
        }
    }
}

/// Levels at which two different persons of one family are no likelier to be than strangers. Were they free to be learnt, a
/// relation could take the place of the matches.
fn is_one_persons(kind: ComparisonKind, test: Test) -> bool {
    match kind {
        ComparisonKind::GivenName => matches!(test, Test::Exact | Test::First | Test::Swapped),
        ComparisonKind::Date => matches!(test, Test::Exact | Test::ExactDefault),
        ComparisonKind::Identifier | ComparisonKind::Code => true,
        _ => false,
    }
}

/// Learns the shares that are free, within what the fixed ones leave.
fn learn(shares: &mut [f64], counts: &[f64], start: &[f64], fixed: &[bool]) {
    let free = |values: &[f64]| -> f64 {
        values.iter().zip(fixed).filter(|(_, fixed)| !**fixed).map(|(value, _)| value).sum()
    };
    let (seen, started) = (free(counts), free(start));
    for (((share, count), start), fixed) in shares.iter_mut().zip(counts).zip(start).zip(fixed) {
        if !fixed {
            *share = started * (count + PRIOR_RELATED * start) / (seen + PRIOR_RELATED * started);
        }
    }
}

fn add(counts: &mut [Vec<f64>], pattern: Pattern, amount: f64) {
    for (position, levels) in counts.iter_mut().enumerate() {
        if let Some(count) = pattern.level(position).and_then(|level| levels.get_mut(level)) {
            *count += amount;
        }
    }
}
