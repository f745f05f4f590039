//! A model refined by pairs a person decided about.
//!
//! Pairs that come before a person are no fair sample: they are those of which the model was in doubt, or those it linked. Counted
//! as they are, confirmed pairs would make disagreement look common among matches, and refused ones agreement common among
//! strangers. But they were picked by how they agree, and given how two records agree, whether they are one person is told as
//! truly by a picked pair as by any other. So only that is learnt: the probability of the decisions given the patterns (a
//! logistic regression whose starting point is the model), never how often the patterns come.
//!
//! The model as it is stands for what was known before: each m and u is held near its value, the closer the fewer decisions
//! there are (a normal prior on its logarithm; the mode of the posterior is taken).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::batch::Records;
use crate::model::ModelError;
use crate::model::file::ModelFile;
use crate::{Model, compare};

/// How far an m or a u is expected to be off, in bits.
const DEVIATION: f64 = 0.5;
/// How far the prior odds are expected to be off, in bits.
const PRIOR_DEVIATION: f64 = 1.0;
/// Steps of the ascent, at most; it settles in fewer.
const MOST_STEPS: usize = 300;
/// With fewer decisions of a kind a warning is given.
const FEW: usize = 10;

/// What a person decided about two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Position among all records.
    pub left: u32,
    /// The other.
    pub right: u32,
    /// Whether they are one person.
    pub same: bool,
}

/// A refined model and what happened.
#[derive(Debug, Clone)]
pub struct Refined {
    /// The model.
    pub model: Model,
    /// What happened.
    pub report: RefinementReport,
}

/// What decisions changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RefinementReport {
    /// Pairs confirmed to be one person.
    pub confirmed: usize,
    /// Pairs refused.
    pub refused: usize,
    /// Mean surprise of the decisions under the model as it was, in bits.
    pub surprise_before: f64,
    /// The same under the refined model.
    pub surprise_after: f64,
    /// By how much the prior odds changed, in bits.
    pub prior_shift: f64,
    /// What is to be known, in sentences.
    pub warnings: Vec<String>,
}

/// A decision as the model sees it.
struct Case {
    /// The level of each comparison; none when missing.
    levels: Vec<Option<usize>>,
    /// log2 of the odds before.
    odds: f64,
    same: f64,
}

/// Changes in bits: of m and of u for each level of each comparison, and of the prior odds.
#[derive(Clone)]
struct Shift {
    m: Vec<Vec<f64>>,
    u: Vec<Vec<f64>>,
    prior: f64,
}

impl Model {
    /// Refines m, u and the prior by decisions about pairs of these records, prepared by this model. Term frequencies, relations,
    /// blocking and thresholds stay. A few decisions change little, and decisions of one kind only do no harm.
    ///
    /// # Errors
    /// When the refined numbers make no valid model, which their bounds prevent.
    pub fn refine(&self, records: &Records, decisions: &[Decision]) -> Result<Refined, ModelError> {
        let mut report = RefinementReport::default();
        let decided = settled(decisions, &mut report);
        let cases: Vec<Case> = decided.iter().filter_map(|decision| self.case(records, decision)).collect();
        if cases.len() < decided.len() {
            report.warnings.push(format!(
                "{} decisions are about records that are not there",
                decided.len() - cases.len()
            ));
        }
        report.confirmed = cases.iter().filter(|case| case.same > 0.5).count();
        report.refused = cases.len() - report.confirmed;
        report.surprise_before = surprise(&cases);
        report.surprise_after = report.surprise_before;
        for (count, kind) in [(report.confirmed, "confirmed"), (report.refused, "refused")] {
            if count < FEW {
                report.warnings.push(format!("only {count} pairs are {kind}: they change little"));
            }
        }
        if cases.is_empty() {
            return Ok(Refined { model: self.clone(), report });
        }
        let mut shift = self.most_likely(&cases);
        // Relations follow the m they share and are not in the regression: it is taken back by halves until it holds with them.
        for _ in 0..6 {
            let model = self.shifted(&shift)?;
            let again: Vec<Case> =
                decided.iter().filter_map(|decision| model.case(records, decision)).collect();
            let after = surprise(&again);
            if after <= report.surprise_before {
                (report.surprise_after, report.prior_shift) =
                    (after, model.compiled.prior - self.compiled.prior);
                return Ok(Refined { model, report });
            }
            shift.halve();
        }
        report.warnings.push("the decisions did not make the model better: it stays as it was".into());
        Ok(Refined { model: self.clone(), report })
    }

    fn case(&self, records: &Records, decision: &Decision) -> Option<Case> {
        let hits =
            compare::hits(&self.compiled, &records.row_at(decision.left)?, &records.row_at(decision.right)?);
        let levels = self.compiled.comparisons.iter().zip(&hits);
        Some(Case {
            levels: levels
                .map(|(c, hit)| (usize::from(hit.level) < c.levels.len()).then_some(hit.level.into()))
                .collect(),
            odds: compare::weigh(&self.compiled, &hits) + self.compiled.prior,
            same: f64::from(u8::from(decision.same)),
        })
    }

    /// The most likely change given the cases: ascent along the gradient, with a step that fits.
    fn most_likely(&self, cases: &[Case]) -> Shift {
        let mut shift = Shift::none(self);
        let mut best = self.objective(&shift, cases);
        let mut step = 0.5;
        for _ in 0..MOST_STEPS {
            let gradient = self.gradient(&shift, cases);
            let tried = shift.moved(&gradient, step);
            let value = self.objective(&tried, cases);
            if value > best {
                let gained = value - best;
                (shift, best) = (tried, value);
                step *= 1.3;
                if gained < 1e-7 * best.abs().max(1.0) {
                    break;
                }
            } else {
                step *= 0.4;
                if step < 1e-9 {
                    break;
                }
            }
        }
        shift
    }

    /// The log of the posterior density, a constant apart.
    fn objective(&self, shift: &Shift, cases: &[Case]) -> f64 {
        let now = self.shares(shift);
        let likelihood: f64 = cases
            .iter()
            .map(|case| {
                let p = probability(self.odds(shift, &now, case)).clamp(1e-12, 1.0 - 1e-12);
                if case.same > 0.5 { p.ln() } else { (1.0 - p).ln() }
            })
            .sum();
        let squares = |levels: &[Vec<f64>]| levels.iter().flatten().map(|bits| bits * bits).sum::<f64>();
        likelihood
            - (squares(&shift.m) + squares(&shift.u)) / (2.0 * DEVIATION * DEVIATION)
            - shift.prior * shift.prior / (2.0 * PRIOR_DEVIATION * PRIOR_DEVIATION)
    }

    fn gradient(&self, shift: &Shift, cases: &[Case]) -> Shift {
        let now = self.shares(shift);
        let mut gradient = Shift::none(self);
        for case in cases {
            let error = std::f64::consts::LN_2 * (case.same - probability(self.odds(shift, &now, case)));
            gradient.prior += error;
            for (position, level) in case.levels.iter().enumerate() {
                let Some(hit) = *level else { continue };
                let counted = self.counted(position, hit);
                for (slot, share) in gradient
                    .m
                    .get_mut(position)
                    .zip(now.m.get(position))
                    .into_iter()
                    .flat_map(|(g, s)| g.iter_mut().zip(s))
                {
                    *slot -= error * share;
                }
                for (slot, share) in gradient
                    .u
                    .get_mut(position)
                    .zip(now.u.get(position))
                    .into_iter()
                    .flat_map(|(g, s)| g.iter_mut().zip(s))
                {
                    *slot += error * counted * share;
                }
                add(&mut gradient.m, position, hit, error);
                add(&mut gradient.u, position, hit, -error * counted);
            }
        }
        let pull = |gradient: &mut [Vec<f64>], shift: &[Vec<f64>]| {
            for (slot, bits) in gradient.iter_mut().flatten().zip(shift.iter().flatten()) {
                *slot -= bits / (DEVIATION * DEVIATION);
            }
        };
        pull(&mut gradient.m, &shift.m);
        pull(&mut gradient.u, &shift.u);
        gradient.prior -= shift.prior / (PRIOR_DEVIATION * PRIOR_DEVIATION);
        gradient
    }

    /// How much of u counts at a level: where the rarity of the value counts, it stands for u.
    fn counted(&self, comparison: usize, level: usize) -> f64 {
        let level = self.compiled.comparisons.get(comparison).and_then(|c| c.levels.get(level));
        level.map_or(0.0, |level| 1.0 - f64::from(level.tf))
    }

    fn odds(&self, shift: &Shift, now: &Shift, case: &Case) -> f64 {
        let bits = case.levels.iter().enumerate().filter_map(|(position, level)| {
            let level = (*level)?;
            let known = self.compiled.comparisons.get(position)?.levels.get(level)?;
            let (m, u) = (now.m.get(position)?.get(level)?, now.u.get(position)?.get(level)?);
            Some((m / known.m).log2() - self.counted(position, level) * (u / known.u).log2())
        });
        case.odds + shift.prior + bits.sum::<f64>()
    }

    /// The shares that result, in place of bits.
    fn shares(&self, shift: &Shift) -> Shift {
        let of = |shift: &[Vec<f64>], m: bool| {
            let all = self.compiled.comparisons.iter().zip(shift);
            all.map(|(comparison, bits)| {
                let known = comparison.levels.iter().map(|level| if m { level.m } else { level.u });
                let before: f64 = known.clone().sum();
                let moved: Vec<f64> = known.zip(bits).map(|(share, bits)| share * bits.exp2()).collect();
                let after: f64 = moved.iter().sum();
                moved.into_iter().map(|share| share * before / after).collect()
            })
            .collect()
        };
        Shift { m: of(&shift.m, true), u: of(&shift.u, false), prior: 0.0 }
    }

    fn shifted(&self, shift: &Shift) -> Result<Self, ModelError> {
        let now = self.shares(shift);
        let mut file = ModelFile::clone(&self.file);
        for (entry, (m, u)) in file.comparisons.iter_mut().zip(now.m.iter().zip(&now.u)) {
            for (level, (m, u)) in entry.levels.iter_mut().zip(m.iter().zip(u)) {
                level.m = *m;
                level.u = Some(*u);
                level.others = None;
            }
        }
        let odds = (self.compiled.prior + shift.prior).exp2();
        file.prior = super::prior(&file, odds / (1.0 + odds));
        Self::from_file(file)
    }
}

impl Shift {
    fn none(model: &Model) -> Self {
        let none: Vec<Vec<f64>> =
            model.compiled.comparisons.iter().map(|c| vec![0.0; c.levels.len()]).collect();
        Self { m: none.clone(), u: none, prior: 0.0 }
    }

    fn moved(&self, along: &Self, step: f64) -> Self {
        let mut moved = self.clone();
        let values = moved.m.iter_mut().chain(&mut moved.u).flatten();
        for (value, slope) in values.zip(along.m.iter().chain(&along.u).flatten()) {
            *value += step * slope;
        }
        moved.prior += step * along.prior;
        moved
    }

    fn halve(&mut self) {
        self.m.iter_mut().chain(&mut self.u).flatten().for_each(|bits| *bits /= 2.0);
        self.prior /= 2.0;
    }
}

fn add(levels: &mut [Vec<f64>], position: usize, level: usize, amount: f64) {
    if let Some(slot) = levels.get_mut(position).and_then(|levels| levels.get_mut(level)) {
        *slot += amount;
    }
}

fn probability(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp2())
}

/// The mean surprise of the decisions, in bits.
fn surprise(cases: &[Case]) -> f64 {
    let bits = |case: &Case| {
        let p = probability(case.odds).clamp(1e-12, 1.0 - 1e-12);
        -(if case.same > 0.5 { p } else { 1.0 - p }).log2()
    };
    cases.iter().map(bits).sum::<f64>() / cases.len().max(1) as f64
}

/// Each pair once, in a fixed order; pairs decided both ways are left out.
fn settled(decisions: &[Decision], report: &mut RefinementReport) -> Vec<Decision> {
    let mut pairs: BTreeMap<(u32, u32), (bool, bool)> = BTreeMap::new();
    for decision in decisions.iter().filter(|decision| decision.left != decision.right) {
        let pair = (decision.left.min(decision.right), decision.left.max(decision.right));
        let (same, apart) = pairs.entry(pair).or_default();
        if decision.same { *same = true } else { *apart = true }
    }
    let before = pairs.len();
    pairs.retain(|_, (same, apart)| *same != *apart);
    if pairs.len() < before {
        report
            .warnings
            .push(format!("{} pairs were decided both ways and are left out", before - pairs.len()));
    }
    pairs.into_iter().map(|((left, right), (same, _))| Decision { left, right, same }).collect()
}
