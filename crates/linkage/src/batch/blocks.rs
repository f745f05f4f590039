//! Blocks: records that share a key, and every pair of them once.

use rayon::prelude::*;
use serde::Serialize;

use super::keys::sorted_keys;
use super::{Records, Scope};
use crate::Model;
use crate::blocking::Rule;

/// Records looked at in one piece of work. Pieces are cut by position, not by thread, so that they are the same on any machine.
const PIECE: u32 = 1024;

/// The blocks of one rule.
#[derive(Debug, Default)]
pub struct Blocks {
    /// Block after block, the records in rising order.
    members: Vec<u32>,
    /// Where each block begins, and where the last one ends.
    starts: Vec<u32>,
    /// Blocks too large to compare.
    skipped: usize,
    /// Pairs in the blocks that are left.
    pairs: f64,
}

impl Blocks {
    /// Sorts the records into blocks; a block of more than `cap` pairs is skipped, so that a value everybody has costs
    /// nothing: its records meet under another rule. Blocks without a pair are left out.
    pub fn new(rule: &Rule, records: &Records, cap: f64) -> Self {
        let keys = sorted_keys(rule, records);
        let mut blocks = Self { starts: vec![0], ..Self::default() };
        for block in keys.chunk_by(|a, b| a >> 32 == b >> 32) {
            let pairs = block_pairs(block, records);
            if pairs > cap {
                blocks.skipped += 1;
            } else if pairs > 0.0 {
                blocks.members.extend(block.iter().map(|key| *key as u32));
                blocks.starts.push(blocks.members.len() as u32);
                blocks.pairs += pairs;
            }
        }
        blocks.members.shrink_to_fit();
        blocks
    }

    /// How many blocks there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Every block.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|number| self.block(number))
    }

    /// The records of a block.
    pub fn block(&self, number: usize) -> &[u32] {
        let bounds = self.starts.get(number).zip(self.starts.get(number + 1));
        bounds.and_then(|(from, to)| self.members.get(*from as usize..*to as usize)).unwrap_or(&[])
    }

    /// How many blocks were skipped.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// How many pairs its blocks have, pairs met twice counted twice.
    pub fn pairs(&self) -> f64 {
        self.pairs
    }
}

fn block_pairs(block: &[u64], records: &Records) -> f64 {
    let count = block.len();
    if count < 2 {
        return 0.0;
    }
    let all = super::pairs_within(count);
    if records.scope() != Scope::Across {
        return all;
    }
    // Files stand one after the other, so a block's records are sorted by file.
    let source = |key: &u64| records.source(*key as u32);
    let within: f64 =
        block.chunk_by(|a, b| source(a) == source(b)).map(|run| super::pairs_within(run.len())).sum();
    all - within
}

/// The records of files blocked under every rule of a model: which pairs will be compared, before any is.
#[derive(Debug)]
pub struct Blocking {
    pub(crate) rules: Vec<Blocks>,
    names: Vec<String>,
    /// The blocks of each record, in stretches of records of equal length.
    stretches: Vec<Stretch>,
    stretch: u32,
}

/// The blocks of a stretch of records.
#[derive(Debug, Default)]
struct Stretch {
    /// Where each record's blocks end.
    ends: Vec<u32>,
    /// Rule and block, of those in which the record has a partner after it.
    blocks: Vec<(u32, u32)>,
}

impl Stretch {
    fn new(records: &Records, rules: &[Blocks], own: std::ops::Range<u32>) -> Self {
        let mut next = vec![0u32; own.len() + 1];
        let visit = |each: &mut dyn FnMut(usize, (u32, u32))| {
            for (rule, blocks) in (0u32..).zip(rules) {
                for number in 0..blocks.len() {
                    let block = blocks.block(number);
                    let last = block.last().copied().unwrap_or(0);
                    for record in block.iter().take_while(|record| records.in_scope(**record, last)) {
                        if own.contains(record) {
                            each((record - own.start) as usize, (rule, number as u32));
                        }
                    }
                }
            }
        };
        visit(&mut |record, _| {
            if let Some(count) = next.get_mut(record + 1) {
                *count += 1;
            }
        });
        let mut sum = 0;
        for start in &mut next {
            sum += *start;
            *start = sum;
        }
        let mut blocks = vec![(0, 0); sum as usize];
        visit(&mut |record, block| {
            let Some(place) = next.get_mut(record) else { return };
            if let Some(slot) = blocks.get_mut(*place as usize) {
                *slot = block;
            }
            *place += 1;
        });
        Self { ends: next, blocks }
    }

    fn of(&self, record: usize) -> &[(u32, u32)] {
        let start = record.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(record).copied().unwrap_or(start);
        self.blocks.get(start as usize..end as usize).unwrap_or(&[])
    }
}

/// What one blocking rule costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleCost {
    /// The rule.
    pub rule: String,
    /// Pairs in its blocks, those of other rules among them.
    pub pairs: f64,
    /// Blocks that are too large to compare.
    pub skipped_blocks: usize,
}

impl Blocking {
    /// Blocks the records, which the model has prepared. Blocks of more than `cap` pairs are not compared.
    #[must_use]
    pub fn new(model: &Model, records: &Records, cap: f64) -> Self {
        let rules: Vec<Blocks> =
            model.compiled.rules.par_iter().map(|rule| Blocks::new(rule, records, cap)).collect();
        let names = model.blocking_rules().map(str::to_owned).collect();
        // As many stretches as threads: each looks through all blocks for its own records.
        let most = records.with_partners_after();
        let stretch = most.div_ceil(rayon::current_num_threads().max(1) as u32).max(1);
        let stretches = (0..most.div_ceil(stretch))
            .into_par_iter()
            .map(|number| Stretch::new(records, &rules, number * stretch..((number + 1) * stretch).min(most)))
            .collect();
        Self { rules, names, stretches, stretch }
    }

    /// What each rule costs, in the order of the model.
    pub fn costs(&self) -> impl Iterator<Item = RuleCost> {
        self.names.iter().zip(&self.rules).map(|(name, blocks)| RuleCost {
            rule: name.clone(),
            pairs: blocks.pairs(),
            skipped_blocks: blocks.skipped(),
        })
    }

    /// How many pairs will be compared at most: a pair that several rules bring together is compared once.
    #[must_use]
    pub fn pairs_at_most(&self) -> f64 {
        self.rules.iter().map(Blocks::pairs).sum()
    }

    /// Puts the records after this one that any rule brings it together with, each once, rising.
    fn partners(&self, records: &Records, record: u32, partners: &mut Vec<u32>) {
        partners.clear();
        let Some(stretch) = self.stretches.get((record / self.stretch) as usize) else { return };
        for (rule, block) in stretch.of((record % self.stretch) as usize) {
            let Some(blocks) = self.rules.get(*rule as usize) else { continue };
            let members = blocks.block(*block as usize).iter().rev();
            partners
                .extend(members.take_while(|other| **other > record && records.in_scope(record, **other)));
        }
        partners.sort_unstable();
        partners.dedup();
    }

    /// Visits every pair once, or those of every so manieth record, in parallel; returns what `fold` made of them in a
    /// fixed order.
    pub(crate) fn visit<T: Send>(
        &self,
        records: &Records,
        every: u32,
        start: impl Fn() -> T + Sync,
        fold: impl Fn(&mut T, u32, &[u32]) + Sync,
    ) -> Vec<T> {
        let count = records.len() as u32;
        (0..count.div_ceil(PIECE))
            .into_par_iter()
            .map(|piece| {
                let (mut result, mut partners) = (start(), Vec::new());
                let own = piece * PIECE..((piece + 1) * PIECE).min(count);
                for record in own.filter(|record| every < 2 || record % every == 0) {
                    self.partners(records, record, &mut partners);
                    if !partners.is_empty() {
                        fold(&mut result, record, &partners);
                    }
                }
                result
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RawRecord;
    use crate::model::file::BlockingEntry;

    #[test]
    fn a_rule_finds_its_pairs_however_many_stand_before_it() {
        let rule =
            |part: &str| BlockingEntry { name: part.into(), parts: vec![part.into()], selective: false };
        let before = |count: usize| vec![rule("nhs_number.full"); count];
        let with = |count: usize| [before(count), vec![rule("birth.canonical")]].concat();
        assert!(Model::children().with_blocking(with(128)).is_err(), "129 are refused");
        let model = Model::children().with_blocking(with(127)).unwrap();
        let record = || model.prepare(&RawRecord::new().with("date_of_birth", "2013-04-09"));
        let records = Records::new(vec![vec![record()], vec![record()]]);
        let blocking = Blocking::new(&model, &records, 10.0);
        let count = |found: &mut usize, _, partners: &[u32]| *found += partners.len();
        assert_eq!(blocking.visit(&records, 1, || 0, count).iter().sum::<usize>(), 1);
    }
}
