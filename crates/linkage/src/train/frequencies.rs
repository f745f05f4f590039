//! Term frequencies from the records themselves.

use std::collections::BTreeMap;

use ahash::AHashMap;

use crate::Model;
use crate::Prepared;
use crate::model::ModelError;
use crate::model::file::{FrequencyEntry, ModelFile};
use crate::prepared::Slot;

/// A value must be seen this often to have a frequency of its own; rarer ones are pooled.
const LEAST_SEEN: u32 = 2;

/// Counts the values of every field that has a table of its own (not a built-in one) and writes the shares into the
/// model. The records must have been prepared by this model; prepare them again with the model returned.
///
/// # Errors
/// When the shares make no valid model, which cannot happen with records of this model.
pub fn learn_frequencies(model: &Model, records: &[Prepared]) -> Result<Model, ModelError> {
    let mut file = ModelFile::clone(&model.file);
    for (position, comparison) in model.compiled.comparisons.iter().enumerate() {
        let [field] = comparison.fields.as_slice() else { continue };
        let Some(entry) = file.fields.get_mut(*field) else { continue };
        let counted = entry.frequency.as_ref().is_some_and(|frequency| frequency.builtin.is_none());
        if counted && let Some(frequency) = shares(records, position) {
            entry.frequency = Some(frequency);
        }
    }
    Model::from_file(file)
}

fn shares(records: &[Prepared], comparison: usize) -> Option<FrequencyEntry> {
    let mut counts: AHashMap<&str, u32> = AHashMap::new();
    let mut total = 0u32;
    for record in records {
        let value = match record.slot(comparison) {
            Slot::Names(names) => names
                .first()
                .map(|n| if n.is_family { n.joined.word.as_str() } else { n.first().word.as_str() }),
            Slot::Texts(texts) => texts.first().map(|text| text.joined.word.as_str()),
            _ => None,
        };
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            *counts.entry(value).or_default() += 1;
            total += 1;
        }
    }
    let share = |count: u32| count as f32 / total as f32;
    let values: BTreeMap<String, f32> = counts
        .into_iter()
        .filter(|(_, count)| *count >= LEAST_SEEN)
        .map(|(value, count)| (value.to_owned(), share(count)))
        .collect();
    (total > 1).then(|| FrequencyEntry { builtin: None, pooled: 1.0 / f64::from(total), values })
}
