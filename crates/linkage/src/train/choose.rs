//! Blocking found automatically: a rule is taken when it brings enough matches for the pairs it costs.

use std::collections::BTreeSet;

use serde::Serialize;

use super::TrainOptions;
use super::recall::Recall;
use super::worth::{Observed, Seen};
use crate::Model;
use crate::batch::{Blocks, Records};
use crate::blocking::Rule;
use crate::model::ModelError;
use crate::model::compile::MAX_RULES;
use crate::model::file::{BlockingEntry, ComparisonEntry, ComparisonKind};

/// Records looked at to judge what a rule costs.
const SAMPLE: usize = 20_000;
/// Pairs that one more match is worth.
const WORTH: f64 = 200.0;
/// The same as long as all rules together cost no more than so many pairs a record, or so many at all: little beside reading the
/// files.
const WORTH_WHILE_CHEAP: f64 = 5000.0;
const CHEAP: f64 = 3.0;
/// The same as long as they cost no more than so many pairs a record.
const WORTH_WHILE_FAIR: f64 = 1000.0;
const FAIR: f64 = 10.0;
const CHEAP_PAIRS: f64 = 1e6;
/// What it is worth that a match is found by a second rule as well, and a third: a share of what the first was worth. Rules that
/// see the same matches by other fields are what training learns from, and what mistakes nobody thought of are found by.
const AGAIN: f64 = 0.1;
/// Pairs a record that the keys of one rule cost: they are made and sorted.
const KEYS: f64 = 0.2;
/// A rule of more pairs a record than this is not even tried.
const AFFORDABLE: f64 = 40.0;
/// The most rules a model is judged by: they are bits of a mask.
const MOST_RULES: usize = MAX_RULES;
/// The most parts, for the same reason.
const MOST_PARTS: usize = 64;
/// Finer rules tried where a rule has blocks that are too large.
const MOST_FINER: usize = 12;

/// What blocking is expected to cost and to find, before anything is compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockingForecast {
    /// Pairs in the blocks of all rules, those that several rules bring together counted several times.
    pub expected_pairs: f64,
    /// The share of all matches that the rules bring together: no threshold finds more. None when too few matches were seen to
    /// tell.
    pub expected_recall: Option<f64>,
    /// The rules.
    pub rules: Vec<RuleForecast>,
}

/// What one rule is expected to cost and to find.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleForecast {
    /// The rule.
    pub rule: String,
    /// Pairs in its blocks.
    pub pairs: f64,
    /// Matches that no other rule brings together.
    pub matches_of_its_own: f64,
    /// Whether some of its blocks are too large to be compared.
    pub has_skipped_blocks: bool,
}

/// A rule of these parts.
pub fn rule(parts: Vec<String>) -> BlockingEntry {
    BlockingEntry { name: parts.join(" + "), parts, selective: false }
}

/// The form of each comparison that makes a good part of a key.
pub fn part(entry: &ComparisonEntry) -> Option<String> {
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
    let mut further = for_mistakes(comparisons);
    further.extend(for_full_names(comparisons));
    further.truncate(MOST_RULES / 2);
    // Of files of many columns not every two are tried.
    rules.truncate(MOST_RULES - MOST_FINER - further.len());
    rules.extend(further);
    if rules.is_empty() {
        // Nothing but codes and at most one identifier: their plain values are all there is.
        rules.extend(comparisons.iter().map(|c| rule(vec![format!("{}.full", c.name)])));
    }
    rules
}

/// Where a whole name stands in one text no other part of a key forgives a slip in it: its sound and its beginning beside
/// other parts, and parts by themselves, which small files can afford. Of persons, who have a birth date, only beside it and by
/// it: anything else would gather families, of whom such a name tells nothing.
fn for_full_names(comparisons: &[ComparisonEntry]) -> Vec<BlockingEntry> {
    let names = [ComparisonKind::GivenName, ComparisonKind::FamilyName];
    if comparisons.iter().any(|comparison| names.contains(&comparison.kind)) {
        return Vec::new();
    }
    let of_persons = comparisons.iter().any(|entry| entry.kind == ComparisonKind::Date);
    let tells = |entry: &&ComparisonEntry| {
        !of_persons || matches!(entry.kind, ComparisonKind::Date | ComparisonKind::Identifier)
    };
    let parts: Vec<(&str, String)> = comparisons
        .iter()
        .filter(tells)
        .filter_map(|entry| Some((entry.name.as_str(), part(entry)?)))
        .collect();
    let alone = parts.iter().map(|(_, part)| rule(vec![part.clone()]));
    let texts = comparisons.iter().filter(|entry| entry.kind == ComparisonKind::Text);
    let beside = texts.flat_map(|text| {
        ["code", "prefix"].into_iter().flat_map(|form| {
            let own = format!("{}.{form}", text.name);
            let others = parts.iter().filter(|(name, _)| *name != text.name);
            let rules: Vec<BlockingEntry> =
                others.map(|(_, other)| rule(vec![own.clone(), other.clone()])).collect();
            let alone = (!of_persons).then(|| rule(vec![own]));
            rules.into_iter().chain(alone).collect::<Vec<_>>()
        })
    });
    alone.chain(beside).collect()
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
    let dated =
        |first: &Option<String>, form: &str| Some(rule(vec![first.clone()?, format!("{date}.{form}")]));
    // Either name beside the whole date: finds the only name of somebody, which stands now here, now there.
    let either = names.map(|(given, family)| format!("{given}|{family}.code"));
    [dated(&both, "year"), dated(&both, "month_day"), dated(&home, "year"), dated(&either, "canonical")]
        .into_iter()
        .flatten()
        .collect()
}

impl Model {
    /// What the model's own rules are expected to cost and to find in these records. What they miss is shown by the rules that would
    /// be chosen from for such a model.
    #[must_use]
    pub fn forecast_blocking(&self, records: &Records, options: &TrainOptions) -> BlockingForecast {
        let own = self.compiled.rules.len();
        let mut rules = self.file.blocking.clone();
        let more = candidates(&self.file.comparisons).into_iter();
        rules.extend(more.filter(|entry| !self.file.blocking.iter().any(|known| known.parts == entry.parts)));
        rules.truncate(MOST_RULES);
        // A model whose rules are odd is judged by itself.
        let model = self.with_blocking(rules).unwrap_or_else(|_| self.clone());
        let costs = costs(&model, records, options);
        let candidates = Candidates::new(model, records, costs, own, options);
        Judged::by(&candidates, self, records).forecast(&(0..own).collect())
    }
}

/// What a rule costs: pairs, and whether blocks were skipped.
type Cost = (f64, bool);

/// The cost of every rule, from every so-manieth record.
fn costs(model: &Model, records: &Records, options: &TrainOptions) -> Vec<Cost> {
    let step = records.len().div_ceil(SAMPLE).max(1);
    let scale = step as f64 * step as f64;
    let sample = records.thinned(|position| position.is_multiple_of(step));
    let cost = |rule: &Rule| {
        let blocks = Blocks::new(rule, &sample, options.block_cap / scale);
        (scale * blocks.pairs(), blocks.skipped() > 0)
    };
    model.compiled.rules.iter().map(cost).collect()
}

/// The rules that have blocks too large to be compared, each with one part more.
fn finer(model: &Model, costs: &[Cost]) -> Vec<BlockingEntry> {
    let too_large = model.file.blocking.iter().zip(costs).filter(|(_, (_, skipped))| *skipped);
    let finer = |entry: &BlockingEntry| {
        let stands = |name: &str| {
            entry.parts.iter().any(|part| {
                part.rsplit_once('.')
                    .is_some_and(|(names, _)| names.split(['&', '|']).any(|known| known == name))
            })
        };
        let free = model.file.comparisons.iter().filter(|c| !stands(&c.name));
        let with = free.filter_map(|c| part(c).or_else(|| Some(format!("{}.full", c.name))));
        let with: Vec<BlockingEntry> =
            with.map(|part| rule(entry.parts.iter().cloned().chain([part]).collect())).collect();
        with
    };
    let known: BTreeSet<&Vec<String>> = model.file.blocking.iter().map(|entry| &entry.parts).collect();
    too_large
        .flat_map(|(entry, _)| finer(entry))
        .filter(|e| !known.contains(&e.parts))
        .take(MOST_FINER)
        .collect()
}

/// Rules to choose from, what they cost, and the pairs they bring together.
pub struct Candidates {
    /// The model with all of them.
    pub model: Model,
    /// The pairs, of files that are too large a sample of them.
    pub observed: Observed,
    costs: Vec<Cost>,
    parts: Vec<Rule>,
    needs: Vec<u64>,
}

impl Candidates {
    /// The rules of a model; finer ones beside those of which a block is too large.
    ///
    /// # Errors
    /// When they make no valid model, which cannot happen.
    pub fn of(model: &Model, records: &Records, options: &TrainOptions) -> Result<Self, ModelError> {
        let mut rules = model.file.blocking.clone();
        rules.truncate(MOST_RULES - MOST_FINER);
        let mut model = model.with_blocking(rules.clone())?;
        let mut found = costs(&model, records, options);
        let finer = finer(&model, &found);
        if !finer.is_empty() {
            rules.extend(finer);
            model = model.with_blocking(rules)?;
            found = costs(&model, records, options);
        }
        Ok(Self::new(model, records, found, 0, options))
    }

    /// The first `own` rules are looked at whatever they cost.
    fn new(model: Model, records: &Records, costs: Vec<Cost>, own: usize, options: &TrainOptions) -> Self {
        let (parts, needs) = parts(&model);
        let most = AFFORDABLE * records.len() as f64 + 10_000.0;
        let affordable: Vec<bool> =
            costs.iter().enumerate().map(|(rule, (pairs, _))| rule < own || *pairs <= most).collect();
        let observed = Observed::of(&model, records, &affordable, &parts, options);
        Self { model, observed, costs, parts, needs }
    }

    /// Keeps those rules that are worth their pairs, as a trained model sees them: each time the rule is taken whose matches are
    /// worth most above what it costs. A further match is worth 200 pairs, and more while all is cheap.
    ///
    /// # Errors
    /// When the rules left make no valid model, which cannot happen: one is always left.
    pub fn choose(
        &self,
        trained: &Model,
        records: &Records,
    ) -> Result<(Model, BlockingForecast), ModelError> {
        let judged = Judged::by(self, trained, records);
        let chosen = judged.choose();
        let rules = self.model.file.blocking.iter().enumerate();
        let kept = rules.filter(|(position, _)| chosen.contains(position)).map(|(_, entry)| entry.clone());
        Ok((trained.with_blocking(kept.collect())?, judged.forecast(&chosen)))
    }
}

/// Rules judged by the matches they bring together.
struct Judged<'a> {
    candidates: &'a Candidates,
    seen: Vec<Seen>,
    records: f64,
}

impl<'a> Judged<'a> {
    fn by(candidates: &'a Candidates, trained: &Model, records: &Records) -> Self {
        let seen = candidates.observed.matches(trained);
        Self { candidates, seen, records: records.len() as f64 }
    }

    fn rules(&self) -> std::ops::Range<usize> {
        0..self.candidates.costs.len()
    }

    fn cost(&self, rule: usize) -> f64 {
        self.candidates.costs.get(rule).map_or(f64::INFINITY, |(pairs, _)| *pairs)
    }

    /// Matches that a rule brings together and none of `others` does; those that others bring together too count `again` for each.
    fn gain(&self, rule: usize, others: u128, again: f64) -> f64 {
        let found = self.seen.iter().filter(|pair| pair.rules >> rule & 1 == 1);
        let credit = |pair: &Seen| match (pair.rules & others).count_ones() {
            0 => pair.matches,
            times => pair.matches * again.powi(times as i32),
        };
        found.map(credit).sum()
    }

    /// What a rule is worth beside others, less what it costs.
    fn net(&self, rule: usize, others: u128) -> f64 {
        let spent: f64 = self.rules().filter(|n| others >> n & 1 == 1).map(|n| self.cost(n)).sum();
        let cost = self.cost(rule) + KEYS * self.records;
        let worth = if spent + cost <= (CHEAP * self.records).max(CHEAP_PAIRS) {
            WORTH_WHILE_CHEAP * self.gain(rule, others, AGAIN)
        } else {
            let fair = spent + cost <= FAIR * self.records;
            (if fair { WORTH_WHILE_FAIR } else { WORTH }) * self.gain(rule, others, 0.0)
        };
        worth - cost
    }

    /// Whether one of `others` brings together all that a rule does: then it is no second way to find a match.
    fn is_part_of_another(&self, rule: usize, others: u128) -> bool {
        let own = self.seen.iter().filter(|pair| pair.rules >> rule & 1 == 1);
        own.fold(others, |others, pair| others & pair.rules) != 0
    }

    fn choose(&self) -> BTreeSet<usize> {
        let mut chosen = BTreeSet::new();
        let mask = |chosen: &BTreeSet<usize>| chosen.iter().fold(0u128, |mask, rule| mask | 1 << rule);
        loop {
            let others = mask(&chosen);
            let open = self.rules().filter(|rule| !chosen.contains(rule));
            let best = open
                .map(|rule| (rule, self.net(rule, others)))
                .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            match best {
                Some((rule, net)) if net > 0.0 => chosen.insert(rule),
                _ => break,
            };
        }
        // What later rules made superfluous goes again, the dearest first.
        let mut dearest: Vec<usize> = chosen.iter().copied().collect();
        dearest.sort_by(|a, b| self.cost(*b).total_cmp(&self.cost(*a)).then(a.cmp(b)));
        for rule in dearest {
            let others = mask(&chosen) & !(1 << rule);
            if self.net(rule, others) <= 0.0 || self.is_part_of_another(rule, others) {
                chosen.remove(&rule);
            }
        }
        if chosen.is_empty() {
            let cheapest = |a: &usize, b: &usize| self.cost(*a).total_cmp(&self.cost(*b)).then(a.cmp(b));
            chosen.extend(self.rules().min_by(cheapest));
        }
        chosen
    }

    fn forecast(&self, chosen: &BTreeSet<usize>) -> BlockingForecast {
        let Candidates { model, costs, parts, needs, .. } = self.candidates;
        let mask = chosen.iter().fold(0u128, |mask, rule| mask | 1 << rule);
        let of = |rule: &usize| RuleForecast {
            rule: model.file.blocking.get(*rule).map(|entry| entry.name.clone()).unwrap_or_default(),
            pairs: self.cost(*rule),
            matches_of_its_own: self.gain(*rule, mask & !(1 << rule), 0.0),
            has_skipped_blocks: costs.get(*rule).is_some_and(|(_, skipped)| *skipped),
        };
        let recall = Recall::new(&model.compiled, parts, needs.clone(), &self.seen);
        BlockingForecast {
            expected_pairs: chosen.iter().map(|rule| self.cost(*rule)).sum(),
            expected_recall: recall.of(&self.seen, mask),
            rules: chosen.iter().map(of).collect(),
        }
    }
}

/// The parts of all rules, each once and as a rule of its own, and for each rule which of them it needs.
fn parts(model: &Model) -> (Vec<Rule>, Vec<u64>) {
    let names: BTreeSet<&String> = model.file.blocking.iter().flat_map(|entry| &entry.parts).collect();
    let names: Vec<&String> = names.into_iter().take(MOST_PARTS).collect();
    let compiled = names
        .iter()
        .filter_map(|name| Rule::compile(&rule(vec![(*name).clone()]), &model.compiled.comparisons).ok());
    let needs = |entry: &BlockingEntry| {
        let positions = names.iter().enumerate().filter(|(_, name)| entry.parts.contains(name));
        positions.fold(0, |mask, (position, _)| mask | 1 << position)
    };
    (compiled.collect(), model.file.blocking.iter().map(needs).collect())
}
