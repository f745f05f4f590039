//! Term frequencies from the records themselves, counted by persons: somebody who is in both files, or twice in one, has one name.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};

use ahash::{AHashMap, AHashSet, RandomState};

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

/// What tells persons apart before anything is trained: names and dates as they stand. None where fewer than two of them are known.
/// A slip makes two persons of one, which makes a name look a little commoner.
fn identity(record: &Prepared, state: &RandomState) -> Option<u64> {
    let mut hasher = state.build_hasher();
    let mut known = 0;
    for (position, slot) in record.slots.iter().enumerate() {
        match slot {
            Slot::Names(names) => names.first().map(|name| name.first().word).hash(&mut hasher),
            Slot::Dates(dates) => dates.first().hash(&mut hasher),
            _ => continue,
        }
        position.hash(&mut hasher);
        known += 1;
    }
    (known >= 2).then(|| hasher.finish())
}

fn shares(records: &[Prepared], comparison: usize) -> Option<FrequencyEntry> {
    let state = RandomState::with_seeds(5, 6, 7, 8);
    let mut counts: AHashMap<&str, u32> = AHashMap::new();
    let mut total = 0u32;
    let mut persons: AHashSet<(u64, &str)> = AHashSet::new();
    for record in records {
        let value = match record.slot(comparison) {
            Slot::Names(names) => names
                .first()
                .map(|n| if n.is_family { n.joined.word.as_str() } else { n.first().word.as_str() }),
            Slot::Texts(texts) => texts.first().map(|text| text.joined.word.as_str()),
            _ => None,
        };
        if let Some(value) = value.filter(|value| !value.is_empty())
            && identity(record, &state).is_none_or(|person| persons.insert((person, value)))
        {
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

#[cfg(test)]
mod tests {
    use crate::Model;
    use crate::batch::{Table, prepare_table};

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
        let records: Vec<_> =
            [&first, &second].iter().flat_map(|table| prepare_table(&model, table)).collect();
        let learnt = super::learn_frequencies(&model, &records).unwrap();
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
