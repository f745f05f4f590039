//! Term frequencies from the records themselves, counted by persons: somebody who is in both files, or twice in one, has one name.

use std::collections::BTreeMap;

use ahash::{AHashMap, AHashSet, RandomState};
use rayon::prelude::*;

use crate::Model;
use crate::batch::Records;
use crate::frequency::Frequencies;
use crate::model::file::{FrequencyEntry, ModelFile};
use crate::model::{Comparison, ModelError};
use crate::prepared::Slot;

/// A value must be seen this often to have a frequency of its own; rarer ones are pooled.
const LEAST_SEEN: u32 = 2;

/// Counts the values of every comparison of one field that has a table of its own (not a built-in one) and writes the shares
/// into the model and the records, which must have been prepared by this model.
///
/// # Errors
/// When the shares make no valid model, which cannot happen with records of this model.
pub fn learn_frequencies(model: &Model, records: &mut Records) -> Result<Model, ModelError> {
    let mut file = ModelFile::clone(&model.file);
    let persons = persons(records);
    let learnt = |(position, comparison): (usize, &Comparison)| {
        let [field] = comparison.fields.as_slice() else { return None };
        let entry = model.file.fields.get(*field)?;
        let counted = entry.frequency.as_ref().is_some_and(|frequency| frequency.builtin.is_none());
        counted.then(|| Some((*field, shares(counts(records, position, &persons))?))).flatten()
    };
    let learnt: Vec<(usize, FrequencyEntry)> =
        model.compiled.comparisons.par_iter().enumerate().with_max_len(1).filter_map(learnt).collect();
    for (field, frequency) in learnt {
        if let Some(entry) = file.fields.get_mut(field) {
            entry.frequency = Some(frequency);
        }
    }
    let counted = Model::from_file(file)?;
    for (position, comparison) in counted.compiled.comparisons.iter().enumerate() {
        if let [field] = comparison.fields.as_slice()
            && let Some(field) = counted.compiled.fields.get(*field)
        {
            records.change_values(position, |slot| slot.weigh_terms(&field.frequencies));
        }
    }
    Ok(counted)
}

/// One record of each person, told apart by names and dates as they stand, before anything is trained; every record of which
/// fewer than two of them are known. A slip makes two persons of one, which makes a name look a little commoner.
fn persons(records: &Records) -> Vec<u32> {
    let state = RandomState::with_seeds(5, 6, 7, 8);
    let identity = |slot: &Slot| match slot {
        Slot::Names(names) => names.first().map(|name| state.hash_one(name.first().word)),
        Slot::Dates(dates) => dates.first().map(|date| state.hash_one(date)),
        _ => None,
    };
    let parts: Vec<Vec<Option<u64>>> = (0..records.width())
        .map(|comparison| records.values(comparison).par_iter().with_min_len(4096).map(identity).collect())
        .collect();
    let person = |place: u32| {
        let row = records.row(place)?;
        let known = (0u64..).zip(&parts).filter_map(|(comparison, parts)| {
            let part = parts.get(row.code(comparison as usize) as usize).copied().flatten();
            part.map(|part| (comparison, part))
        });
        let (mut count, mut person) = (0, 0u64);
        for (comparison, part) in known {
            count += 1;
            person = person.rotate_left(17).wrapping_add(part.wrapping_mul(2 * comparison + 1));
        }
        (count >= 2).then_some(person)
    };
    let everyone: Vec<Option<u64>> =
        (0..records.len() as u32).into_par_iter().with_min_len(4096).map(person).collect();
    // Shared out by hash, so that several threads can look for those who were seen before.
    let shares = rayon::current_num_threads().clamp(1, 16) as u64;
    let of_share = |share: u64| {
        let mut seen: AHashSet<u64> = AHashSet::with_capacity(everyone.len() / shares as usize);
        let mut first: Vec<u32> = Vec::new();
        for (place, person) in (0u32..).zip(&everyone) {
            // Those nobody can tell apart go round.
            let (own, new) = match person {
                Some(person) => ((person >> 32) % shares, Some(*person)),
                None => (u64::from(place) % shares, None),
            };
            if own == share && new.is_none_or(|person| seen.insert(person)) {
                first.push(place);
            }
        }
        first
    };
    (0..shares).into_par_iter().map(of_share).collect::<Vec<_>>().concat()
}

/// How often each term stands in these records.
fn counts<'a>(records: &'a Records, comparison: usize, persons: &[u32]) -> AHashMap<&'a str, u32> {
    let values = records.values(comparison);
    let mut seen = vec![0u32; values.len()];
    for row in persons.iter().filter_map(|place| records.row(*place)) {
        if let Some(count) = seen.get_mut(row.code(comparison) as usize) {
            *count += 1;
        }
    }
    let mut counts: AHashMap<&'a str, u32> = AHashMap::new();
    for (slot, count) in values.iter().zip(seen).filter(|(_, count)| *count > 0) {
        if let Some(term) = slot.term().filter(|term| !term.is_empty()) {
            *counts.entry(term).or_default() += count;
        }
    }
    counts
}

impl Slot {
    /// What is counted of its first value: a first given name, a whole family name, a whole text.
    fn term(&self) -> Option<&str> {
        match self {
            Self::Names(names) => names.first().map(|name| name.counted().as_str()),
            Self::Texts(texts) => texts.first().map(|text| text.joined.word.as_str()),
            _ => None,
        }
    }

    /// Gives each value the rarity it has by these frequencies.
    fn weigh_terms(&mut self, frequencies: &Frequencies) {
        match self {
            Self::Names(names) => names.iter_mut().for_each(|name| name.count_by(frequencies)),
            Self::Texts(texts) => {
                texts
                    .iter_mut()
                    .for_each(|text| text.log_frequency = frequencies.log2(text.joined.word.as_str()));
            }
            _ => {}
        }
    }
}

fn shares(counts: AHashMap<&str, u32>) -> Option<FrequencyEntry> {
    let total: u64 = counts.values().map(|count| u64::from(*count)).sum();
    let share = |count: u32| (f64::from(count) / total as f64) as f32;
    let values: BTreeMap<String, f32> = counts
        .into_iter()
        .filter(|(_, count)| *count >= LEAST_SEEN)
        .map(|(value, count)| (value.to_owned(), share(count)))
        .collect();
    (total > 1).then(|| FrequencyEntry { builtin: None, pooled: 1.0 / total as f64, values })
}

#[cfg(test)]
mod tests {
    use crate::Model;
    use crate::batch::{Records, Scope, Table};

    fn table(rows: &[[&str; 3]]) -> Table {
        let mut table = Table::new(["forename", "surname", "date_of_birth"]);
        rows.iter().for_each(|row| table.push_row(row));
        table
    }

    #[test]
    fn who_is_in_both_files_counts_once() {
        let rows = [
            ["Ann", "Smith", "2011-02-03"],
            ["Ann", "Jones", "2012-03-04"],
            ["Bela", "Smith", "2013-04-05"],
            ["Zoltan", "Featherstone", "2014-05-06"],
        ];
        let (first, second) = (table(&rows), table(&rows));
        let model = Model::infer(&[&first, &second], &[]).unwrap();
        let mut records = Records::of_tables(&model, &[&first, &second], Scope::Across);
        let learnt = super::learn_frequencies(&model, &mut records).unwrap();
        let frequency = |field: &str| {
            let entry = learnt.file.fields.iter().find(|entry| entry.name == field).unwrap();
            entry.frequency.clone().unwrap()
        };
        assert_eq!(frequency("surname").values.into_iter().collect::<Vec<_>>(), [("smith".to_owned(), 0.5)]);
        assert_eq!(frequency("forename").values.into_iter().collect::<Vec<_>>(), [("ann".to_owned(), 0.5)]);
        assert!(
            (frequency("surname").pooled - 0.25).abs() < 1e-9,
            "one of four persons, not one of eight records"
        );
    }
}
