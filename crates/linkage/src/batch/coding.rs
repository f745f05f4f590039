//! From the cells of whole files to records: each distinct cell, or combination of cells, is normalised once.

use std::hash::{Hash, Hasher};

use ahash::RandomState;
use hashbrown::HashTable;
use rayon::prelude::*;

use super::{Records, Scope, Table};
use crate::Model;
use crate::model::compile::Field;
use crate::model::file::{ComparisonKind, FieldType};
use crate::model::{Comparison, Compiled};
use crate::normalise::date::date;
use crate::prepare::{Given, full_names, single};
use crate::prepared::Slot;

impl Records {
    /// Prepares every row of the files. Columns are found by the names the model gives them; several columns of one field
    /// are alternatives. Columns the model does not name are ignored.
    #[must_use]
    pub fn of_tables(model: &Model, tables: &[&Table], scope: Scope) -> Self {
        let sources: Vec<Source<'_>> = tables.iter().map(|table| Source::new(model, table)).collect();
        let compiled = &*model.compiled;
        let order = order(compiled, &sources);
        let coded: Vec<Vec<(usize, Coded)>> = compiled
            .comparisons
            .par_iter()
            .enumerate()
            .with_max_len(1)
            .map(|(position, comparison)| match (comparison.kind, comparison.partner) {
                (ComparisonKind::FamilyName, Some(_)) => Vec::new(),
                (ComparisonKind::GivenName, Some(partner)) => match compiled.comparisons.get(partner) {
                    Some(family) => {
                        let (given, family) = code_names(compiled, comparison, family, &sources);
                        vec![(position, given), (partner, family)]
                    }
                    None => Vec::new(),
                },
                _ => vec![(position, code_single(compiled, comparison, &sources))],
            })
            .collect();
        let mut columns: Vec<Coded> = compiled.comparisons.iter().map(|_| Coded::default()).collect();
        for (position, coded) in coded.into_iter().flatten() {
            if let Some(place) = columns.get_mut(position) {
                *place = coded;
            }
        }
        let sizes: Vec<usize> = tables.iter().map(|table| table.len()).collect();
        let (values, codes) = settled(columns, &order);
        Self::of_values(values, codes, order, &sizes, scope)
    }
}

/// The values of one comparison, the first of them none, and for each record the number of its own.
#[derive(Default)]
struct Coded {
    values: Vec<Slot>,
    codes: Vec<u32>,
}

/// Lays the numbers of each record side by side, the records in this order, and numbers the values anew as they come in it.
/// Cells that are written differently and mean the same become one value.
fn settled(columns: Vec<Coded>, order: &[u32]) -> (Vec<Vec<Slot>>, Vec<u32>) {
    const LOT: usize = 16_384;
    let width = columns.len().max(1);
    let mut as_given = vec![0u32; width * order.len()];
    as_given.par_chunks_mut(width * LOT).enumerate().for_each(|(lot, rows)| {
        for (record, row) in (lot * LOT..).zip(rows.chunks_mut(width)) {
            for (place, coded) in row.iter_mut().zip(&columns) {
                *place = coded.codes.get(record).copied().unwrap_or(0);
            }
        }
    });
    let values: Vec<Vec<Slot>> = columns.into_iter().map(|coded| coded.values).collect();
    let mut codes = vec![0u32; width * order.len()];
    codes.par_chunks_mut(width * LOT).zip(order.par_chunks(LOT)).for_each(|(rows, positions)| {
        for (row, position) in rows.chunks_mut(width).zip(positions) {
            let start = *position as usize * width;
            row.copy_from_slice(as_given.get(start..start + width).unwrap_or(&[]));
        }
    });
    drop(as_given);
    let numbered = values.into_par_iter().enumerate().with_max_len(1);
    let (values, numbers): (Vec<Vec<Slot>>, Vec<Vec<u32>>) = numbered
        .map(|(comparison, values)| renumbered(values, codes.iter().skip(comparison).step_by(width).copied()))
        .unzip();
    codes.par_chunks_mut(width * LOT).for_each(|rows| {
        for row in rows.chunks_mut(width) {
            for (code, numbers) in row.iter_mut().zip(&numbers) {
                *code = numbers.get(*code as usize).copied().unwrap_or(0);
            }
        }
    });
    (values, codes)
}

/// The values in the order in which their numbers come, none before all, equal ones once; and for each old number the new one.
fn renumbered(values: Vec<Slot>, codes: impl Iterator<Item = u32>) -> (Vec<Slot>, Vec<u32>) {
    let state = hasher(3);
    let mut numbers = vec![u32::MAX; values.len()];
    let mut given: Vec<Option<Slot>> = values.into_iter().map(Some).collect();
    let mut kept: Vec<Slot> = Vec::with_capacity(given.len());
    let mut index: HashTable<(u64, u32)> = HashTable::with_capacity(given.len());
    for code in std::iter::once(0).chain(codes) {
        let Some(number) = numbers.get_mut(code as usize).filter(|number| **number == u32::MAX) else {
            continue;
        };
        let Some(slot) = given.get_mut(code as usize).and_then(Option::take) else { continue };
        let hash = state.hash_one(&slot);
        let same = |(known, number): &(u64, u32)| *known == hash && kept.get(*number as usize) == Some(&slot);
        *number = match index.find(hash, same) {
            Some((_, number)) => *number,
            None => {
                let next = kept.len() as u32;
                index.insert_unique(hash, (hash, next), |(hash, _)| *hash);
                kept.push(slot);
                next
            }
        };
    }
    (kept, numbers)
}

/// Hashes that are the same in every run.
fn hasher(number: u64) -> RandomState {
    RandomState::with_seeds(number, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89)
}

/// One file and where the model's fields stand in it.
struct Source<'t> {
    table: &'t Table,
    /// For each field of the model its columns.
    columns: Vec<Vec<usize>>,
}

impl<'t> Source<'t> {
    fn new(model: &Model, table: &'t Table) -> Self {
        let found = model.columns_of(table);
        let of_field = |name: &str| {
            found.iter().filter(|(field, _)| field == name).map(|(_, column)| *column).collect::<Vec<_>>()
        };
        Self { table, columns: model.compiled.fields.iter().map(|field| of_field(&field.name)).collect() }
    }

    /// The columns of these fields, in their order.
    fn columns(&self, fields: &[usize]) -> Vec<usize> {
        fields.iter().filter_map(|field| self.columns.get(*field)).flatten().copied().collect()
    }
}

/// A row of a file.
struct RowOf<'a, 't> {
    source: &'a Source<'t>,
    row: usize,
}

impl Given for RowOf<'_, '_> {
    fn values<'a>(&'a self, position: usize, _: &Field) -> impl Iterator<Item = &'a str> {
        let columns = self.source.columns.get(position).into_iter().flatten();
        columns.map(|column| self.source.table.cell(self.row, *column))
    }
}

/// The records of all files so that within a file those of equal birth dates stand together, or where there are none, those of
/// equal places or names. Most pairs that are compared are such: what belongs together is then found together in memory.
fn order(model: &Compiled, sources: &[Source<'_>]) -> Vec<u32> {
    let preferred = [FieldType::Date, FieldType::Postcode, FieldType::FamilyName, FieldType::Text];
    let field = preferred.iter().find_map(|kind| model.fields.iter().position(|field| field.kind == *kind));
    let state = hasher(4);
    let key = |cell: &str| match date(cell) {
        Some(date) => state.hash_one(date),
        None => state.hash_one(cell),
    };
    let mut next = 0u64;
    let mut all = Vec::new();
    for source in sources {
        let column = field.and_then(|field| source.columns.get(field)?.first().copied());
        let cell = |row| column.map_or("", |column| source.table.cell(row, column));
        let mut keyed: Vec<u64> = (0..source.table.len())
            .into_par_iter()
            .with_min_len(4096)
            .map(|row| key(cell(row)) >> 32 << 32 | (next + row as u64))
            .collect();
        keyed.par_sort_unstable();
        all.extend(keyed.into_iter().map(|keyed| keyed as u32));
        next += source.table.len() as u64;
    }
    all
}

/// A number for each combination of cells, counted from 1; 0 is a row of empty cells.
struct Combinations {
    /// For each row of all files its number.
    codes: Vec<u32>,
    /// The file and the row where each was first seen.
    places: Vec<(u32, u32)>,
}

impl Combinations {
    /// Numbers the combinations of the cells at these columns. Rows that `keep` says no to have number 0.
    ///
    /// Combinations are told apart by 128 bits of hash: that two different ones of a billion agree in them is less likely than
    /// one in 10^20.
    fn of(
        sources: &[Source<'_>],
        columns: impl Fn(&Source<'_>) -> Vec<usize> + Sync,
        keep: impl Fn(&Source<'_>, usize) -> bool + Sync,
    ) -> Self {
        let states = [hasher(1), hasher(2)];
        let mut found = Self { codes: Vec::new(), places: Vec::new() };
        let mut index: HashTable<(u64, u64, u32)> = HashTable::new();
        for (file, source) in (0u32..).zip(sources) {
            let columns = columns(source);
            for row in 0..source.table.len() {
                let mut hashes: Option<(u64, u64)> = None;
                if keep(source, row) {
                    for (place, column) in (0u32..).zip(&columns) {
                        let cell = source.table.cell(row, *column);
                        if !cell.is_empty() {
                            let before = hashes.unwrap_or_default();
                            let [one, two] = &states;
                            hashes = Some((
                                one.hash_one((before.0, place, cell)),
                                two.hash_one((before.1, place, cell)),
                            ));
                        }
                    }
                }
                let code = match hashes {
                    None => 0,
                    Some((one, two)) => {
                        let entry =
                            index.entry(one, |known| known.0 == one && known.1 == two, |known| known.0);
                        let next = found.places.len() as u32 + 1;
                        let known = entry.or_insert((one, two, next)).get().2;
                        if known == next {
                            found.places.push((file, row as u32));
                        }
                        known
                    }
                };
                found.codes.push(code);
            }
        }
        found
    }

    /// What `make` makes of each combination, after none.
    fn values<T: Send>(
        &self,
        sources: &[Source<'_>],
        none: T,
        make: impl Fn(&RowOf<'_, '_>) -> T + Sync,
    ) -> Vec<T> {
        let made = self.places.par_iter().with_min_len(256).filter_map(|(file, row)| {
            Some(make(&RowOf { source: sources.get(*file as usize)?, row: *row as usize }))
        });
        std::iter::once(none).chain(made.collect::<Vec<T>>()).collect()
    }
}

fn code_single(model: &Compiled, comparison: &Comparison, sources: &[Source<'_>]) -> Coded {
    let found = Combinations::of(sources, |source| source.columns(&comparison.fields), |_, _| true);
    let values = found.values(sources, Slot::Missing, |row| single(model, comparison, row));
    Coded { values, codes: found.codes }
}

/// Names: where a record gives one alone, its halves are values of their own; where it gives several, each half is what
/// stands at equal positions with the other.
fn code_names(
    model: &Compiled,
    given: &Comparison,
    family: &Comparison,
    sources: &[Source<'_>],
) -> (Coded, Coded) {
    let both: Vec<usize> = given.fields.iter().zip(&family.fields).flat_map(|(g, f)| [*g, *f]).collect();
    let first = |comparison: &Comparison, source: &Source<'_>| {
        let columns = comparison.fields.first().and_then(|field| source.columns.get(*field));
        columns.and_then(|columns| columns.first()).copied()
    };
    // Whether only the columns of the first name say something.
    let is_alone = |source: &Source<'_>, row: usize| {
        let firsts = [first(given, source), first(family, source)];
        let mut columns = both.iter().filter_map(|field| source.columns.get(*field)).flatten();
        columns.all(|column| firsts.contains(&Some(*column)) || source.table.cell(row, *column).is_empty())
    };
    let half = |comparison: &Comparison| {
        let found =
            Combinations::of(sources, |source| first(comparison, source).into_iter().collect(), is_alone);
        let values = found.values(sources, Slot::Missing, |row| single(model, comparison, row));
        Coded { values, codes: found.codes }
    };
    let (mut givens, mut families) = rayon::join(|| half(given), || half(family));
    let several =
        Combinations::of(sources, |source| source.columns(&both), |source, row| !is_alone(source, row));
    let values =
        several.values(sources, (Slot::Missing, Slot::Missing), |row| full_names(model, given, family, row));
    let (more_givens, more_families): (Vec<Slot>, Vec<Slot>) = values.into_iter().skip(1).unzip();
    for (coded, more) in [(&mut givens, more_givens), (&mut families, more_families)] {
        let before = coded.values.len() as u32 - 1;
        coded.values.extend(more);
        for (code, several) in coded.codes.iter_mut().zip(&several.codes) {
            if *several != 0 {
                *code = before + several;
            }
        }
    }
    (givens, families)
}

impl Hash for Slot {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Missing => {}
            Self::Names(names) => names.iter().for_each(|name| {
                name.joined.word.hash(state);
                name.words.iter().for_each(|word| word.word.hash(state));
            }),
            Self::Dates(dates) => dates.hash(state),
            Self::Places(places) => places.hash(state),
            Self::Identifiers(identifiers) => identifiers.iter().for_each(|id| id.value.hash(state)),
            Self::Texts(texts) => texts.iter().for_each(|text| {
                text.joined.word.hash(state);
                text.words.iter().for_each(|word| word.word.hash(state));
            }),
        }
    }
}
