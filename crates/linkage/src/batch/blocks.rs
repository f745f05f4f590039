//! Blocks: records that share a key, and every pair of them once.

use std::hash::{BuildHasher, Hasher};

use ahash::RandomState;
use rayon::prelude::*;

use super::Records;
use crate::blocking::Rule;

/// The keys of one rule as hashes, record by record.
#[derive(Debug)]
pub struct RuleKeys {
    /// Where each record's keys end.
    ends: Vec<u32>,
    keys: Vec<u64>,
}

impl RuleKeys {
    pub fn of(&self, record: u32) -> &[u64] {
        let record = record as usize;
        let start =
            record.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0) as usize;
        let end = self.ends.get(record).copied().unwrap_or(0) as usize;
        self.keys.get(start..end).unwrap_or(&[])
    }
}

/// Hashes that are the same in every run.
fn hasher() -> RandomState {
    RandomState::with_seeds(
        0x243f_6a88_85a3_08d3,
        0x1319_8a2e_0370_7344,
        0xa409_3822_299f_31d0,
        0x082e_fa98_ec4e_6c89,
    )
}

/// The keys of every record under one rule.
pub fn rule_keys(rule: &Rule, records: &Records) -> RuleKeys {
    let state = hasher();
    let lists: Vec<Vec<u64>> = records
        .as_slice()
        .par_iter()
        .map(|record| {
            let mut keys = Vec::new();
            rule.values(record, &mut |value| {
                let mut hash = state.build_hasher();
                hash.write(value.as_bytes());
                keys.push(hash.finish());
            });
            keys
        })
        .collect();
    let mut ends = Vec::with_capacity(lists.len());
    let mut keys = Vec::new();
    for list in lists {
        keys.extend(list);
        ends.push(keys.len() as u32);
    }
    RuleKeys { ends, keys }
}

/// The blocks of one rule: records sorted by key.
#[derive(Debug)]
pub struct Blocks {
    entries: Vec<(u64, u32)>,
    /// Ranges of entries with one key and at least one pair, in the order of keys.
    ranges: Vec<(u32, u32)>,
    /// Keys whose blocks were too large to compare, sorted.
    skipped: Vec<u64>,
}

impl Blocks {
    /// Sorts the records into blocks; a block of more than `cap` pairs is skipped, so that a value everybody has costs
    /// nothing: its records meet under another rule.
    pub fn new(keys: &RuleKeys, records: &Records, cap: f64) -> Self {
        let mut entries: Vec<(u64, u32)> = (0..records.len() as u32)
            .flat_map(|record| keys.of(record).iter().map(move |key| (*key, record)))
            .collect();
        entries.par_sort_unstable();
        entries.dedup();
        let (mut ranges, mut skipped) = (Vec::new(), Vec::new());
        let mut start = 0;
        for block in entries.chunk_by(|a, b| a.0 == b.0) {
            let end = start + block.len();
            let pairs = block_pairs(block, records);
            if pairs > cap {
                skipped.extend(block.first().map(|entry| entry.0));
            } else if pairs > 0.0 {
                ranges.push((start as u32, end as u32));
            }
            start = end;
        }
        Self { entries, ranges, skipped }
    }

    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    pub fn block(&self, range: (u32, u32)) -> &[(u64, u32)] {
        self.entries.get(range.0 as usize..range.1 as usize).unwrap_or(&[])
    }

    /// How many blocks were skipped.
    pub fn skipped(&self) -> usize {
        self.skipped.len()
    }

    pub fn is_skipped(&self, key: u64) -> bool {
        !self.skipped.is_empty() && self.skipped.binary_search(&key).is_ok()
    }

    /// How many pairs its blocks have, pairs met twice counted twice.
    pub fn pairs(&self, records: &Records) -> f64 {
        self.ranges.iter().fold(0.0, |pairs, range| pairs + block_pairs(self.block(*range), records))
    }
}

fn block_pairs(block: &[(u64, u32)], records: &Records) -> f64 {
    let count = block.len();
    if count < 2 {
        return 0.0;
    }
    let all = super::pairs_within(count);
    if records.scope != super::Scope::Across {
        return all;
    }
    // Files stand one after the other, so a block's entries are sorted by file.
    let within: f64 = block
        .chunk_by(|a, b| records.source(a.1) == records.source(b.1))
        .map(|run| super::pairs_within(run.len()))
        .sum();
    all - within
}

/// Calls `each` for every pair of one block that is in scope and that no earlier rule brings together.
pub fn pairs_of_rule(
    block: &[(u64, u32)],
    earlier: &[(RuleKeys, Blocks)],
    records: &Records,
    own: &RuleKeys,
    own_blocks: &Blocks,
    each: &mut dyn FnMut(u32, u32),
) {
    for (position, (key, a)) in block.iter().enumerate() {
        for (_, b) in block.iter().skip(position + 1) {
            let met = |keys: &RuleKeys, blocks: &Blocks| {
                keys.of(*a).iter().any(|key| keys.of(*b).contains(key) && !blocks.is_skipped(*key))
            };
            // Under one rule too two records may share several keys: the first shared one counts.
            let first_shared = || {
                own.of(*a).iter().find(|k| own.of(*b).contains(k) && !own_blocks.is_skipped(**k)) == Some(key)
            };
            if records.in_scope(*a, *b)
                && first_shared()
                && !earlier.iter().any(|(keys, blocks)| met(keys, blocks))
            {
                each(*a, *b);
            }
        }
    }
}
