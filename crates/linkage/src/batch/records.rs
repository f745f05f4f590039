//! The records of all files in one row, each distinct value once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use super::keys::FormHashes;
use super::pairs_within;
use crate::Prepared;
use crate::blocking::Form;
use crate::compare::Values;
use crate::prepared::Slot;

/// Which records are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Records of one file with one another.
    Within,
    /// Records of one file with those of the other, never within a file.
    Across,
    /// Both.
    All,
}

/// The prepared records of all files, file after file.
///
/// Names, dates and places recur: each distinct value of a comparison is kept once, and a record is a row of numbers. Two
/// records of equal numbers agree exactly, and nothing else of them has to be looked at.
pub struct Records {
    dictionary: Arc<Dictionary>,
    /// Record after record, for each comparison the number of its value.
    codes: Vec<u32>,
    /// Within each file records are kept in an order of their own. Which position in the files each has; nothing when all stand
    /// where they stood.
    positions: Vec<u32>,
    /// The other way round, once it was asked for.
    places: OnceLock<Vec<u32>>,
    /// Where each file begins, and where the last one ends.
    starts: Vec<u32>,
    scope: Scope,
}

/// The values records are made of.
struct Dictionary {
    /// For each comparison its values, the first of them none.
    values: Vec<Vec<Slot>>,
    /// What stands of them in blocking keys, once it was asked for.
    forms: Mutex<BTreeMap<(usize, Form), Arc<FormHashes>>>,
}

impl Dictionary {
    fn new(values: Vec<Vec<Slot>>) -> Arc<Self> {
        Arc::new(Self { values, forms: Mutex::default() })
    }
}

impl Records {
    /// One file is deduplicated, two are linked, more are linked and deduplicated.
    #[must_use]
    pub fn new(files: Vec<Vec<Prepared>>) -> Self {
        let scope = match files.len() {
            0 | 1 => Scope::Within,
            2 => Scope::Across,
            _ => Scope::All,
        };
        Self::with_scope(files, scope)
    }

    /// The same with the scope given.
    #[must_use]
    pub fn with_scope(files: Vec<Vec<Prepared>>, scope: Scope) -> Self {
        let width = files.iter().flatten().map(|record| record.slots.len()).max().unwrap_or(0);
        let mut all = vec![vec![Slot::Missing]; width];
        let (mut codes, mut sizes) = (Vec::new(), Vec::new());
        for file in files {
            sizes.push(file.len());
            for record in file {
                let slots = record.slots.into_iter().chain(std::iter::repeat(Slot::Missing));
                for (values, slot) in all.iter_mut().zip(slots) {
                    if slot == Slot::Missing {
                        codes.push(0);
                    } else {
                        codes.push(values.len() as u32);
                        values.push(slot);
                    }
                }
            }
        }
        Self::made(Dictionary::new(all), codes, Vec::new(), &sizes, scope)
    }

    fn made(
        dictionary: Arc<Dictionary>,
        codes: Vec<u32>,
        positions: Vec<u32>,
        sizes: &[usize],
        scope: Scope,
    ) -> Self {
        Self { dictionary, codes, positions, places: OnceLock::new(), starts: starts(sizes), scope }
    }

    /// From values, of each comparison the first of them none, and record after record their numbers. `positions` says where in
    /// the files each record stands, `sizes` how many records each file has.
    pub(super) fn of_values(
        values: Vec<Vec<Slot>>,
        codes: Vec<u32>,
        positions: Vec<u32>,
        sizes: &[usize],
        scope: Scope,
    ) -> Self {
        Self::made(Dictionary::new(values), codes, positions, sizes, scope)
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0) as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record at a position of the files, taken out of the row.
    #[must_use]
    pub fn get(&self, position: u32) -> Option<Prepared> {
        let row = self.row_at(position)?;
        Some(Prepared { slots: (0..self.width()).map(|comparison| row.slot(comparison).clone()).collect() })
    }

    /// The record at a position of the files.
    pub(crate) fn row_at(&self, position: u32) -> Option<Row<'_>> {
        self.row(self.place(position))
    }

    /// Where a record is kept that stands at this position of the files.
    fn place(&self, position: u32) -> u32 {
        if self.positions.is_empty() {
            return position;
        }
        let places = self.places.get_or_init(|| {
            let mut places = vec![0; self.positions.len()];
            for (place, position) in (0u32..).zip(&self.positions) {
                if let Some(slot) = places.get_mut(*position as usize) {
                    *slot = place;
                }
            }
            places
        });
        places.get(position as usize).copied().unwrap_or(u32::MAX)
    }

    /// The position in the files of the record kept at a place.
    pub(crate) fn position(&self, place: u32) -> u32 {
        if self.positions.is_empty() {
            place
        } else {
            self.positions.get(place as usize).copied().unwrap_or(place)
        }
    }

    /// The record kept at a place.
    pub(crate) fn row(&self, place: u32) -> Option<Row<'_>> {
        if place as usize >= self.len() {
            return None;
        }
        let start = place as usize * self.width();
        Some(Row { records: self, codes: self.codes.get(start..start + self.width())? })
    }

    /// How many comparisons a record has values for.
    pub(crate) fn width(&self) -> usize {
        self.dictionary.values.len()
    }

    /// The distinct values of a comparison, the first of them none.
    pub(crate) fn values(&self, comparison: usize) -> &[Slot] {
        self.dictionary.values.get(comparison).map_or(&[], Vec::as_slice)
    }

    /// Changes the distinct values of a comparison in what does not stand in a blocking key.
    pub(crate) fn change_values(&mut self, comparison: usize, change: impl Fn(&mut Slot) + Sync) {
        let values =
            Arc::get_mut(&mut self.dictionary).and_then(|dictionary| dictionary.values.get_mut(comparison));
        values.into_iter().for_each(|values| values.par_iter_mut().with_min_len(1024).for_each(&change));
    }

    /// What stands of the distinct values of a comparison in blocking keys.
    pub(super) fn forms(&self, comparison: usize, form: Form) -> Arc<FormHashes> {
        let known = |key| {
            let forms = self.dictionary.forms.lock().unwrap_or_else(PoisonError::into_inner);
            forms.get(key).cloned()
        };
        let key = (comparison, form);
        known(&key).unwrap_or_else(|| {
            let made = Arc::new(FormHashes::new(self.values(comparison), form));
            let mut forms = self.dictionary.forms.lock().unwrap_or_else(PoisonError::into_inner);
            forms.entry(key).or_insert(made).clone()
        })
    }

    /// The records kept at the places asked for, in the same scope, as files of their own.
    pub(crate) fn thinned(&self, keep: impl Fn(usize) -> bool) -> Self {
        let (mut codes, mut sizes) = (Vec::new(), Vec::new());
        for file in self.starts.windows(2) {
            let [start, end] = file else { continue };
            let kept = (*start..*end).filter(|position| keep(*position as usize));
            sizes.push(
                kept.map(|position| codes.extend_from_slice(self.row(position).map_or(&[], |row| row.codes)))
                    .count(),
            );
        }
        Self::made(Arc::clone(&self.dictionary), codes, Vec::new(), &sizes, self.scope)
    }

    /// How many of the records, from the first on, may have a partner after them.
    pub(crate) fn with_partners_after(&self) -> u32 {
        let last = self.starts.len().saturating_sub(if self.scope == Scope::Across { 2 } else { 1 });
        self.starts.get(last).copied().unwrap_or(0)
    }

    /// Which pairs are compared.
    pub(crate) fn scope(&self) -> Scope {
        self.scope
    }

    /// Which file a record is from, counted from 0.
    #[must_use]
    pub fn source(&self, position: u32) -> u16 {
        self.starts.partition_point(|start| *start <= position).saturating_sub(1) as u16
    }

    /// Whether the two are compared at all.
    #[must_use]
    pub fn in_scope(&self, a: u32, b: u32) -> bool {
        a != b && (self.scope != Scope::Across || self.source(a) != self.source(b))
    }

    /// How many pairs there are to compare.
    #[must_use]
    pub fn pairs(&self) -> f64 {
        let all = pairs_within(self.len());
        if self.scope != Scope::Across {
            return all;
        }
        all - self.sizes().values().map(|size| pairs_within(*size)).sum::<f64>()
    }

    /// How many records each file has.
    pub(crate) fn sizes(&self) -> BTreeMap<u16, usize> {
        let size = |file: &[u32]| match file {
            [start, end] => (*end - *start) as usize,
            _ => 0,
        };
        (0..).zip(self.starts.windows(2)).map(|(file, bounds)| (file, size(bounds))).collect()
    }
}

/// Shows how many there are, never a value.
impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records")
            .field("sizes", &self.sizes())
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// Where each of several files begins, and where the last one ends.
fn starts(sizes: &[usize]) -> Vec<u32> {
    let ends = sizes.iter().scan(0, |end, size| {
        *end += *size as u32;
        Some(*end)
    });
    std::iter::once(0).chain(ends).collect()
}

/// One record of many.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    records: &'a Records,
    codes: &'a [u32],
}

impl Row<'_> {
    /// The number of its value of a comparison, 0 for none. Equal numbers are equal values.
    pub fn code(&self, comparison: usize) -> u32 {
        self.codes.get(comparison).copied().unwrap_or(0)
    }
}

impl Values for Row<'_> {
    fn slot(&self, comparison: usize) -> &Slot {
        self.records.values(comparison).get(self.code(comparison) as usize).unwrap_or(&Slot::Missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Model, RawRecord};

    #[test]
    fn a_record_comes_out_of_the_row_as_it_went_in() {
        let model = Model::children();
        let of = |name: &str| model.prepare(&RawRecord::new().with("surname", name));
        let files = || vec![vec![of("Okafor"), of("")], vec![], vec![of("Nowak")]];
        let records = Records::new(files());
        assert_eq!((records.len(), records.sizes().into_values().collect::<Vec<_>>()), (3, vec![2, 0, 1]));
        for (position, record) in files().into_iter().flatten().enumerate() {
            assert!(records.get(position as u32).unwrap().slots == record.slots);
        }
        assert_eq!((0..3).map(|record| records.source(record)).collect::<Vec<_>>(), [0, 0, 2]);
        assert!(records.get(3).is_none());
        let thinned = records.thinned(|position| position != 1);
        assert_eq!(thinned.sizes().into_values().collect::<Vec<_>>(), [1, 0, 1]);
        assert!(thinned.get(1).unwrap().slots == of("Nowak").slots);
    }
}
