//! Blocking found automatically: the keys that keep most pairs at least cost.

use ahash::AHashMap;

use super::TrainOptions;
use crate::Model;
use crate::batch::{Blocks, Records};
use crate::model::ModelError;
use crate::model::file::{BlockingEntry, ComparisonEntry, ComparisonKind};

/// Records looked at to judge a key.
const SAMPLE: usize = 20_000;
/// How often two records of one person agree on one part of a key, when both have it: a cautious guess.
const AGREEMENT: f64 = 0.7;
/// The most rules taken.
const MOST_RULES: usize = 24;
/// Pairs per record that may be compared, at most.
const PAIRS_PER_RECORD: f64 = 150.0;
/// A rule that adds less than this to recall is not worth its pairs.
const LEAST_GAIN: f64 = 2e-5;

/// The form of each comparison that makes a good part of a key.
fn part(entry: &ComparisonEntry) -> Option<String> {
    let form = match entry.kind {
        ComparisonKind::GivenName | ComparisonKind::FamilyName => "code",
        ComparisonKind::Date => "canonical",
        ComparisonKind::Postcode | ComparisonKind::Home => "postcode",
        ComparisonKind::Address => "street",
        ComparisonKind::Identifier | ComparisonKind::Text => "full",
        ComparisonKind::Code => return None,
    };
    Some(format!("{}.{form}", entry.name))
}

/// All keys of one or two comparisons that may be worth trying: identifiers alone, everything else in twos.
pub fn candidates(comparisons: &[ComparisonEntry]) -> Vec<BlockingEntry> {
    let parts: Vec<(&ComparisonEntry, String)> =
        comparisons.iter().filter_map(|c| Some((c, part(c)?))).collect();
    let rule = |parts: Vec<String>| BlockingEntry { name: parts.join(" + "), parts, selective: false };
    let mut rules = Vec::new();
    for (position, (entry, first)) in parts.iter().enumerate() {
        if entry.kind == ComparisonKind::Identifier || parts.len() == 1 {
            rules.push(rule(vec![first.clone()]));
            continue;
        }
        let others =
            parts.iter().skip(position + 1).filter(|(other, _)| other.kind != ComparisonKind::Identifier);
        rules.extend(others.map(|(_, second)| rule(vec![first.clone(), second.clone()])));
    }
    rules.extend(for_mistakes(comparisons));
    if rules.is_empty() {
        // Nothing but codes and at most one identifier: their plain values are all there is.
        rules.extend(comparisons.iter().map(|c| rule(vec![format!("{}.full", c.name)])));
    }
    rules
}

/// Keys for pairs with a mistake that plain keys miss: a birth date of which only a part is right, beside both names in either
/// order or beside the home; a name in the other's place.
fn for_mistakes(comparisons: &[ComparisonEntry]) -> Vec<BlockingEntry> {
    let named = |kinds: &[ComparisonKind]| {
        comparisons.iter().find(|c| kinds.contains(&c.kind)).map(|c| c.name.as_str())
    };
    let Some(date) = named(&[ComparisonKind::Date]) else { return Vec::new() };
    let names = named(&[ComparisonKind::GivenName]).zip(named(&[ComparisonKind::FamilyName]));
    let home = named(&[ComparisonKind::Home, ComparisonKind::Postcode]);
    let both = names.map(|(given, family)| format!("{given}&{family}.code"));
    let home = home.map(|home| format!("{home}.postcode"));
    let rule = |first: &Option<String>, form: &str| {
        let parts = vec![first.clone()?, format!("{date}.{form}")];
        Some(BlockingEntry { name: parts.join(" + "), parts, selective: false })
    };
    // Either name beside the whole date: finds the only name of somebody, which stands now here, now there.
    let either = names.map(|(given, family)| format!("{given}|{family}.code"));
    [rule(&both, "year"), rule(&both, "month_day"), rule(&home, "year"), rule(&either, "canonical")]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether a rule is one of those.
fn is_for_mistakes(entry: &BlockingEntry) -> bool {
    let shows = |part: &String| part.ends_with(".year") || part.ends_with(".month_day") || part.contains('|');
    entry.parts.iter().any(shows)
}

impl Model {
    /// Keeps those of the model's blocking rules that together keep most pairs within a budget of 150 pairs a record,
    /// judged on a sample: each time the rule is taken that adds most recall for its pairs.
    ///
    /// # Errors
    /// When the rules left make no valid model, which cannot happen: one is always left.
    pub fn choose_blocking(&self, records: &Records, options: &TrainOptions) -> Result<Self, ModelError> {
        let step = records.len().div_ceil(SAMPLE).max(1);
        let scale = step as f64 * step as f64;
        let sample = sampled(records, step);
        let costs: Vec<f64> = self
            .compiled
            .rules
            .iter()
            .map(|rule| scale * Blocks::new(rule, &sample, options.block_cap / scale).pairs())
            .collect();
        let known = completeness(self, &sample);
        let budget = PAIRS_PER_RECORD * records.len() as f64 + 10_000.0;
        // What those rules add is not seen by who counts agreeing fields: they are taken beside the others.
        let mistakes = |wanted: bool| {
            let rules = self.file.blocking.iter().enumerate();
            rules.filter(move |(_, entry)| is_for_mistakes(entry) == wanted).map(|(position, _)| position)
        };
        let mut chosen: Vec<usize> = Vec::new();
        let mut spent = 0.0;
        for rule in mistakes(true) {
            let cost = costs.get(rule).copied().unwrap_or(f64::INFINITY);
            if spent + cost <= budget / 2.0 {
                spent += cost;
                chosen.push(rule);
            }
        }
        chosen.extend(greedy(self, &costs, &known, budget - spent, &mistakes(false).collect::<Vec<_>>()));
        let blocking = self.file.blocking.iter().enumerate();
        self.with_blocking(
            blocking.filter(|(position, _)| chosen.contains(position)).map(|(_, e)| e.clone()).collect(),
        )
    }
}

/// Every `step`-th record of each file.
fn sampled(records: &Records, step: usize) -> Records {
    if step == 1 {
        return records.thinned(|_| true);
    }
    records.thinned(|position| position % step == 0)
}

/// For each comparison the share of records that have a value.
fn completeness(model: &Model, records: &Records) -> Vec<f64> {
    let share = |comparison: usize| {
        let rows = (0..records.len() as u32).filter_map(|position| records.row(position));
        rows.filter(|row| row.code(comparison) != 0).count() as f64 / records.len().max(1) as f64
    };
    (0..model.compiled.comparisons.len()).map(share).collect()
}

/// Takes rules while they add recall within the budget.
fn greedy(model: &Model, costs: &[f64], known: &[f64], budget: f64, among: &[usize]) -> Vec<usize> {
    let needs: Vec<u32> = model
        .compiled
        .rules
        .iter()
        .map(|rule| rule.comparisons().fold(0, |mask, position| mask | 1 << position))
        .collect();
    let states = states(&needs, known);
    let mut chosen: Vec<usize> = Vec::new();
    let mut spent = 0.0;
    let mut missed: Vec<(u32, f64)> = states;
    while chosen.len() < MOST_RULES {
        let gain = |rule: usize| {
            let need = needs.get(rule).copied().unwrap_or(0);
            missed.iter().filter(|(agrees, _)| agrees & need == need).map(|(_, share)| share).sum::<f64>()
        };
        let cost = |rule: usize| costs.get(rule).copied().unwrap_or(f64::INFINITY);
        let open =
            among.iter().copied().filter(|rule| !chosen.contains(rule) && spent + cost(*rule) <= budget);
        // Dear rules must add more; the root keeps a cheap rule that adds little from winning over a good one.
        let worth = |rule: usize| gain(rule) / (1000.0 + cost(rule)).powf(0.25);
        let best = open
            .filter(|rule| gain(*rule) > LEAST_GAIN)
            .max_by(|a, b| worth(*a).total_cmp(&worth(*b)).then(b.cmp(a)));
        let Some(rule) = best else { break };
        let need = needs.get(rule).copied().unwrap_or(0);
        missed.retain(|(agrees, _)| agrees & need != need);
        spent += cost(rule);
        chosen.push(rule);
    }
    if chosen.is_empty() {
        // Everything is too dear: the cheapest, its large blocks skipped.
        chosen.extend(
            among
                .iter()
                .copied()
                .min_by(|a, b| costs.get(*a).unwrap_or(&0.0).total_cmp(costs.get(*b).unwrap_or(&0.0))),
        );
    }
    chosen
}

/// Which comparisons agree in a pair of one person, and how often, were each independent of the others. Only those
/// that stand in a rule, the twelve most complete.
fn states(needs: &[u32], known: &[f64]) -> Vec<(u32, f64)> {
    let used = needs.iter().fold(0, |all, need| all | need);
    let mut positions: Vec<usize> = (0..known.len()).filter(|position| used >> position & 1 == 1).collect();
    positions.sort_by(|a, b| {
        known.get(*b).unwrap_or(&0.0).total_cmp(known.get(*a).unwrap_or(&0.0)).then(a.cmp(b))
    });
    positions.truncate(12);
    let mut states: AHashMap<u32, f64> = AHashMap::from([(0, 1.0)]);
    for position in positions {
        let agreement = AGREEMENT * known.get(position).copied().unwrap_or(0.0).powi(2);
        let mut next = AHashMap::new();
        for (mask, share) in states {
            *next.entry(mask).or_default() += share * (1.0 - agreement);
            *next.entry(mask | 1 << position).or_default() += share * agreement;
        }
        states = next;
    }
    let mut states: Vec<(u32, f64)> = states.into_iter().collect();
    states.sort_by_key(|(mask, _)| *mask);
    states
}
