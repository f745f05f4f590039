//! Who is who, where that is known: the pairs a run should have found.

use std::collections::BTreeMap;

use super::Records;

/// The pairs of records of one person that are in scope, by person, the earlier record first. `person` says for each
/// record whom it is about, none where that is not known.
pub fn true_pairs(records: &Records, person: &[Option<u32>]) -> impl Iterator<Item = (u32, u32)> {
    let mut records_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (record, person) in (0..records.len() as u32).zip(person) {
        if let Some(person) = person {
            records_of.entry(*person).or_default().push(record);
        }
    }
    records_of.into_values().flat_map(move |group| {
        let mut pairs = Vec::new();
        for (position, a) in group.iter().enumerate() {
            let after = group.iter().skip(position + 1);
            pairs.extend(after.filter(|b| records.in_scope(*a, **b)).map(|b| (*a, *b)));
        }
        pairs
    })
}

/// Whether two records are about one person; none when the truth does not tell of both.
pub fn same_person(person: &[Option<u32>], a: u32, b: u32) -> Option<bool> {
    let of = |record: u32| person.get(record as usize).copied().flatten();
    of(a).zip(of(b)).map(|(a, b)| a == b)
}
