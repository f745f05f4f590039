//! Term frequencies from the records themselves.

use std::collections::BTreeMap;

use ahash::AHashMap;

use crate::Model;
use crate::batch::Records;
use crate::frequency::Frequencies;
use crate::model::ModelError;
use crate::model::file::{FrequencyEntry, ModelFile};
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
    for (position, comparison) in model.compiled.comparisons.iter().enumerate() {
        let [field] = comparison.fields.as_slice() else { continue };
        let Some(entry) = file.fields.get_mut(*field) else { continue };
        let counted = entry.frequency.as_ref().is_some_and(|frequency| frequency.builtin.is_none());
        if counted && let Some(frequency) = shares(counts(records, position)) {
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

/// How often each term stands in the records.
fn counts(records: &Records, comparison: usize) -> AHashMap<&str, u32> {
    let values = records.values(comparison);
    let mut seen = vec![0u32; values.len()];
    for row in (0..records.len() as u32).filter_map(|place| records.row(place)) {
        if let Some(count) = seen.get_mut(row.code(comparison) as usize) {
            *count += 1;
        }
    }
    let mut counts: AHashMap<&str, u32> = AHashMap::new();
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
            Self::Names(names) => {
                names
                    .iter_mut()
                    .for_each(|name| name.log_frequency = frequencies.log2(name.counted().as_str()));
            }
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
