//! Training without examples: u from random pairs, m by expectation maximisation within blocks, the prior from the
//! pairs found. Deterministic for a seed, whatever the number of threads.

mod choose;
mod classes;
mod columns;
mod em;
mod frequencies;
mod implied;
mod infer;
mod patterns;
mod recall;
mod refine;
mod related;
mod settings;
mod worth;

use serde::Serialize;

use crate::Model;
use crate::batch::{Blocking, Records, Scope, Scorer, Table};
use crate::model::ModelError;
use crate::model::compile::Compiled;
use crate::model::file::{ModelFile, Prior};
use em::Pass;
use patterns::{Pattern, PatternCounts};
use worth::Observed;

pub use choose::{BlockingForecast, RuleForecast};
pub use frequencies::learn_frequencies;
pub use infer::InferError;
pub use refine::{Decision, Refined, RefinementReport};

/// How to train.
#[derive(Debug, Clone)]
pub struct TrainOptions {
    /// The seed of random pairs and samples.
    pub seed: u64,
    /// Random pairs looked at for u.
    pub random_pairs: usize,
    /// Blocks of more pairs than this are not looked at.
    pub block_cap: f64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self { seed: 1, random_pairs: 1_000_000, block_cap: 2e6 }
    }
}

/// A trained model and what happened on the way.
#[derive(Debug, Clone)]
pub struct Training {
    /// The model.
    pub model: Model,
    /// What happened.
    pub report: TrainingReport,
}

/// What happened in training.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TrainingReport {
    /// Random pairs looked at for u.
    pub random_pairs: u64,
    /// The passes for m, in the order of the blocking rules.
    pub passes: Vec<PassReport>,
    /// Matching pairs the files are expected to hold.
    pub expected_matches: f64,
    /// What blocking is expected to cost and to find, where its rules were chosen.
    #[serde(flatten)]
    pub blocking: Option<BlockingForecast>,
    /// What was not learnt or looks wrong, in sentences.
    pub warnings: Vec<String>,
}

/// One pass of expectation maximisation over the blocks of one rule.
#[derive(Debug, Clone, Serialize)]
pub struct PassReport {
    /// The blocking rule.
    pub rule: String,
    /// Pairs looked at.
    pub pairs: u64,
    /// Share of them taken for matches.
    pub matches: f64,
    /// Rounds until it settled.
    pub rounds: u32,
    /// Whether its estimates were used.
    pub used: bool,
}

/// Rounds of u, m and prior after one another; they settle quickly.
const ROUNDS: usize = 3;

impl Model {
    /// Learns m, u and the prior from the records themselves. Term frequencies, blocking and thresholds stay.
    ///
    /// # Errors
    /// When the estimates make no valid model, which the guards should prevent.
    pub fn train(&self, records: &Records, options: &TrainOptions) -> Result<Training, ModelError> {
        let affordable = vec![true; self.compiled.rules.len()];
        self.learn(&Observed::of(self, records, &affordable, &[], options), records, options)
    }

    /// Learns from the pairs that were looked at.
    fn learn(
        &self,
        observed: &Observed,
        records: &Records,
        options: &TrainOptions,
    ) -> Result<Training, ModelError> {
        let mut report = TrainingReport::default();
        let scorer = Scorer::new(&self.compiled, records);
        let random = patterns::random(&scorer, records, options);
        report.random_pairs = random.total();
        if records.pairs() < 1.0 || random.total() == 0 {
            report.warnings.push("there are no two records to compare: nothing was learnt".into());
            return Ok(Training { model: self.clone(), report });
        }
        let teaches = |rule: &usize| em::can_teach(&self.compiled, *rule);
        let rules = (0..self.compiled.rules.len()).filter(teaches);
        let passes: Vec<(usize, PatternCounts)> =
            rules.map(|rule| (rule, observed.patterns_of(rule))).collect();
        let candidates = observed.patterns();
        let mut file = ModelFile::clone(&self.file);
        let mut compiled = crate::model::compile::compile(&file)?;
        for round in 0..ROUNDS {
            let last = round + 1 == ROUNDS;
            em::estimate_u(&mut file, &compiled, &self.compiled, &random);
            compiled = crate::model::compile::compile(&file)?;
            let results: Vec<Pass> =
                passes.iter().map(|(rule, counts)| em::run(&compiled, *rule, counts)).collect();
            let warnings = em::combine_m(&mut file, &compiled, &results);
            compiled = crate::model::compile::compile(&file)?;
            let matches = em::expected_matches(&compiled, &candidates, records.pairs());
            file.prior = prior(&file, matches / records.pairs());
            compiled = crate::model::compile::compile(&file)?;
            if last {
                report.passes = passes_report(&compiled, &results);
                report.warnings.extend(warnings);
            }
        }
        let settled = classes::settle(&mut file, &compiled, self, &candidates, records.pairs())?;
        file.prior = prior(&file, settled.matches / records.pairs());
        report.expected_matches = settled.matches;
        report.warnings.extend(settled.warnings);
        Ok(Training { model: Self::from_file(file)?, report })
    }
}

/// A model built from files and trained on them, with the records it was trained on.
#[derive(Debug)]
pub struct Fitted {
    /// The model and what happened.
    pub training: Training,
    /// The records of all files, prepared by the model.
    pub records: Records,
    /// The records blocked under its rules.
    pub blocking: Blocking,
}

impl Model {
    /// Builds a model from the files' own columns and trains it on them: infer, count terms, choose blocking, train.
    ///
    /// # Errors
    /// When there is nothing to compare.
    pub fn fit(
        tables: &[&Table],
        ignore: &[&str],
        scope: Scope,
        options: &TrainOptions,
    ) -> Result<Fitted, InferError> {
        let inferred = Self::infer(tables, ignore)?;
        let mut records = Records::of_tables(&inferred, tables, scope);
        let counted = learn_frequencies(&inferred, &mut records)?;
        let candidates = choose::Candidates::of(&counted, &records, options)?;
        let mut training = candidates.model.learn(&candidates.observed, &records, options)?;
        let (model, forecast) = candidates.choose(&training.model, &records)?;
        training.model = model;
        training.report.blocking = Some(forecast);
        let blocking = Blocking::new(&training.model, &records, options.block_cap);
        Ok(Fitted { training, records, blocking })
    }
}

/// The share of pairs that match, within what the model's relations leave room for: two records make one pair.
fn prior(file: &ModelFile, share: f64) -> Prior {
    let others = file.relations.iter().map(|relation| relation.others).fold(0.5, f64::max);
    Prior { population: None, probability: Some(share.clamp(1e-12, 0.45 / others)) }
}

fn passes_report(model: &Compiled, results: &[Pass]) -> Vec<PassReport> {
    let name = |rule: usize| model.rules.get(rule).map(|rule| rule.name.clone()).unwrap_or_default();
    let report = |pass: &Pass| PassReport {
        rule: name(pass.rule),
        pairs: pass.pairs,
        matches: pass.share,
        rounds: pass.rounds,
        used: pass.is_usable(),
    };
    results.iter().map(report).collect()
}
