//! The blocking keys of whole files, as hashes: what stands in a key is worked out once for each distinct value.

use std::sync::Arc;

use ahash::RandomState;
use rayon::prelude::*;

use super::Records;
use crate::blocking::{self, Form, MAX_KEYS, Part, Rule};
use crate::compare::Values;
use crate::prepared::Slot;

/// For each distinct value of a comparison, the hashes of its forms.
#[derive(Debug)]
pub(super) struct FormHashes {
    ends: Vec<u32>,
    hashes: Vec<u64>,
}

impl FormHashes {
    pub fn new(values: &[Slot], form: Form) -> Self {
        let state = hasher();
        let lists: Vec<(Vec<u32>, Vec<u64>)> = values
            .par_chunks(8192)
            .map(|chunk| {
                let (mut lengths, mut hashes, mut texts) = (Vec::new(), Vec::new(), Vec::new());
                for slot in chunk {
                    blocking::forms(slot, form, &mut texts);
                    texts.retain(|text| !text.is_empty());
                    lengths.push(texts.len() as u32);
                    hashes.extend(texts.drain(..).map(|text| state.hash_one(text.as_str())));
                }
                (lengths, hashes)
            })
            .collect();
        let mut all = Self { ends: Vec::with_capacity(values.len()), hashes: Vec::new() };
        let mut end = 0;
        for (lengths, hashes) in lists {
            all.ends.extend(lengths.into_iter().map(|length| {
                end += length;
                end
            }));
            all.hashes.extend(hashes);
        }
        all
    }

    fn of(&self, code: u32) -> &[u64] {
        let code = code as usize;
        let start = code.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(code).copied().unwrap_or(start);
        self.hashes.get(start as usize..end as usize).unwrap_or(&[])
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

/// A hash of two hashes in this order (the finaliser of splitmix64 over their sum with one of them turned).
fn mix(first: u64, second: u64) -> u64 {
    let mut mixed = first.rotate_left(23).wrapping_add(second).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A hash of two hashes in either order.
fn mix_either(one: u64, other: u64) -> u64 {
    mix(one.min(other), one.max(other))
}

/// One part of a rule with the forms it needs.
struct PartKeys<'a> {
    part: &'a Part,
    forms: Vec<Arc<FormHashes>>,
}

impl PartKeys<'_> {
    /// The hashes this part has for a record, each once.
    fn give(&self, records: &Records, record: u32, hashes: &mut Vec<u64>) {
        hashes.clear();
        let Some(row) = records.row(record) else { return };
        let mut add = |hash| {
            if !hashes.contains(&hash) {
                hashes.push(hash);
            }
        };
        match (self.part.comparisons.as_slice(), self.forms.as_slice()) {
            ([a, b], [left, right]) if self.part.together => {
                let several = |slot: &Slot| matches!(slot, Slot::Names(names) if names.len() > 1);
                if several(row.slot(*a)) || several(row.slot(*b)) {
                    let state = hasher();
                    blocking::pairs(row.slot(*a), row.slot(*b), self.part.form, &mut |x, y| {
                        if !x.is_empty() && !y.is_empty() {
                            add(mix_either(state.hash_one(x), state.hash_one(y)));
                        }
                    });
                    return;
                }
                for x in left.of(row.code(*a)) {
                    right.of(row.code(*b)).iter().for_each(|y| add(mix_either(*x, *y)));
                }
            }
            (comparisons, forms) => {
                for (comparison, forms) in comparisons.iter().zip(forms) {
                    forms.of(row.code(*comparison)).iter().copied().for_each(&mut add);
                }
            }
        }
    }
}

/// The keys of all records under one rule, sorted: 32 bits of the key's hash above the record's position. That two keys share
/// these bits is rare and costs a comparison.
pub(super) fn sorted_keys(rule: &Rule, records: &Records) -> Vec<u64> {
    let parts: Vec<PartKeys<'_>> = rule
        .parts
        .iter()
        .map(|part| PartKeys {
            part,
            forms: part.comparisons.iter().map(|comparison| records.forms(*comparison, part.form)).collect(),
        })
        .collect();
    let count = records.len() as u32;
    let chunk = 16_384;
    let lists: Vec<Vec<u64>> = (0..count.div_ceil(chunk))
        .into_par_iter()
        .map(|number| {
            let mut keys = Vec::with_capacity(chunk as usize);
            let (mut own, mut next, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
            for record in number * chunk..((number + 1) * chunk).min(count) {
                own.clear();
                own.push(0u64);
                for part in &parts {
                    part.give(records, record, &mut hashes);
                    next.clear();
                    next.extend(
                        own.iter()
                            .flat_map(|start| hashes.iter().map(|hash| mix(*start, *hash)))
                            .take(MAX_KEYS),
                    );
                    std::mem::swap(&mut own, &mut next);
                    if own.is_empty() {
                        break;
                    }
                }
                own.sort_unstable();
                own.dedup();
                keys.extend(own.iter().map(|hash| (hash >> 32) << 32 | u64::from(record)));
            }
            keys
        })
        .collect();
    let mut keys = lists.concat();
    sort_by_hash(&mut keys);
    keys.dedup();
    keys
}

/// Sorts keys, which come in the order of records, by their hashes: least significant digit first, three digits of eleven bits.
fn sort_by_hash(keys: &mut Vec<u64>) {
    const BITS: u32 = 11;
    let mut sorted = vec![0u64; keys.len()];
    for shift in [32, 32 + BITS, 32 + 2 * BITS] {
        let digit = |key: u64| (key >> shift) as usize & ((1 << BITS) - 1);
        let mut ends = [0usize; 1 << BITS];
        for key in keys.iter() {
            if let Some(count) = ends.get_mut(digit(*key)) {
                *count += 1;
            }
        }
        let mut before = 0;
        for end in &mut ends {
            before += std::mem::replace(end, before);
        }
        for key in keys.iter() {
            let Some(place) = ends.get_mut(digit(*key)) else { continue };
            if let Some(slot) = sorted.get_mut(*place) {
                *slot = *key;
            }
            *place += 1;
        }
        std::mem::swap(keys, &mut sorted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_by_hash_and_within_it_by_record() {
        let mut keys: Vec<u64> =
            (0..5000u64).map(|record| mix(record % 700, 1) >> 32 << 32 | record).collect();
        let mut expected = keys.clone();
        expected.sort_unstable();
        sort_by_hash(&mut keys);
        assert_eq!(keys, expected);
    }
}
