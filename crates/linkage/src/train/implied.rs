//! Columns that say little beside another: the town and the authority beside a postcode. Weighed one by one they would
//! count one agreement several times, so only the most telling column of such a group is compared.

use ahash::{AHashMap, AHashSet, RandomState};
use rayon::prelude::*;

use super::columns::Role;
use crate::batch::Table;
use crate::model::file::FieldEntry;

/// Rows looked at, at most; whole groups of one value are taken, never parts of a group.
const ROWS: usize = 100_000;
/// Rows that stand together among them.
const STRIPE: usize = 1000;
/// Pairs of rows that must agree on a column before it is said to imply another.
const LEAST_PAIRS: f64 = 30.0;
/// A column is implied by another when two rows that agree on that one agree on it so often, ...
const AGREEMENT: f64 = 0.6;
/// ... and so many times more often than two rows at random.
const LIFT: f64 = 4.0;
/// Only a column of which so many rows share a value can follow from another: an address does not follow from a number that
/// two records of one person share with it.
const COARSE: usize = 10;

/// Removes codes and texts that a more telling column implies.
pub(super) fn drop_implied(tables: &[&Table], fields: &mut Vec<(Role, FieldEntry)>) {
    let may_go = |role: Role| matches!(role, Role::Code | Role::Text(_));
    let may_imply = |role: Role| matches!(role, Role::Code | Role::Text(_) | Role::Postcode | Role::Address);
    // What is neither implied by anything nor implies anything need not be looked at.
    let looked_at = |(role, field): &(Role, FieldEntry)| {
        if may_imply(*role) { hashed(tables, field) } else { Vec::new() }
    };
    let columns: Vec<Vec<Vec<u64>>> = fields.par_iter().map(looked_at).collect();
    let distinct: Vec<usize> = columns.iter().map(|tables| count_distinct(tables)).collect();
    let rows: usize = tables.iter().map(|table| sampled(table.len()).count()).sum();
    let implied: Vec<bool> = (0..fields.len())
        .map(|coarse| {
            let role = |position: usize| fields.get(position).map(|(role, _)| *role);
            role(coarse).is_some_and(may_go)
                && (0..fields.len()).any(|fine| {
                    fine != coarse
                        && role(fine).is_some_and(may_imply)
                        && distinct.get(fine) > distinct.get(coarse)
                        && distinct.get(coarse).is_some_and(|distinct| distinct * COARSE <= rows)
                        && columns.get(fine).zip(columns.get(coarse)).is_some_and(|(f, c)| implies(f, c))
                })
        })
        .collect();
    let mut position = 0;
    fields.retain(|_| {
        position += 1;
        !implied.get(position - 1).copied().unwrap_or(false)
    });
}

/// Rows in stripes spread over the file: neighbours in it, who may share a value, are looked at together.
fn sampled(rows: usize) -> impl Iterator<Item = usize> {
    let every = rows.div_ceil(2 * ROWS).max(1);
    (0..rows).filter(move |row| (row / STRIPE).is_multiple_of(every))
}

/// The values of a field, table by table, as hashes; 0 for none.
fn hashed(tables: &[&Table], field: &FieldEntry) -> Vec<Vec<u64>> {
    let state = RandomState::with_seeds(1, 2, 3, 4);
    let of_table = |table: &&Table| {
        let columns = field.columns.iter().filter_map(|name| table.column(name));
        let mut hashes = Vec::new();
        for column in columns {
            let hash =
                |cell: &str| if cell.is_empty() { 0 } else { state.hash_one(cell.to_lowercase()).max(1) };
            let cells = sampled(table.len()).map(|row| hash(table.cell(row, column)));
            if hashes.is_empty() {
                hashes.extend(cells);
            } else {
                hashes
                    .iter_mut()
                    .zip(cells)
                    .filter(|(hash, _)| **hash == 0)
                    .for_each(|(hash, cell)| *hash = cell);
            }
        }
        hashes
    };
    tables.iter().map(of_table).collect()
}

fn count_distinct(tables: &[Vec<u64>]) -> usize {
    tables.iter().flatten().copied().collect::<AHashSet<u64>>().len()
}

/// Whether rows that agree on the fine column agree on the coarse one too, far more often than rows at random. Rows are
/// compared within one table: two rows of it are hardly ever one person.
fn implies(fine: &[Vec<u64>], coarse: &[Vec<u64>]) -> bool {
    let rows: usize = fine.iter().map(Vec::len).sum();
    let every = rows.div_ceil(ROWS).max(1) as u64;
    let (mut pairs, mut agreeing, mut by_chance) = (0.0, 0.0, 0.0);
    for (fine, coarse) in fine.iter().zip(coarse) {
        let mut groups: AHashMap<u64, AHashMap<u64, f64>> = AHashMap::new();
        let mut all: AHashMap<u64, f64> = AHashMap::new();
        let known = fine.iter().zip(coarse).filter(|(fine, coarse)| **fine != 0 && **coarse != 0);
        for (fine, coarse) in known {
            *all.entry(*coarse).or_default() += 1.0;
            if fine % every == 0 {
                *groups.entry(*fine).or_default().entry(*coarse).or_default() += 1.0;
            }
        }
        let total: f64 = all.values().sum();
        let chance = all.values().map(|count| (count / total.max(1.0)).powi(2)).sum::<f64>();
        for values in groups.values() {
            let size: f64 = values.values().sum();
            let here = size * (size - 1.0) / 2.0;
            pairs += here;
            agreeing += values.values().map(|count| count * (count - 1.0) / 2.0).sum::<f64>();
            by_chance += here * chance;
        }
    }
    pairs >= LEAST_PAIRS && agreeing >= AGREEMENT * pairs && agreeing >= LIFT * by_chance
}

#[cfg(test)]
mod tests {
    use crate::Model;
    use crate::batch::Table;

    /// Nine hundred people in sixty postcodes of six towns, each in one of three groups that live everywhere.
    fn table(id: &str) -> Table {
        let columns = ["record_id", "forename", "surname", "date_of_birth", "postcode", "town", "group"];
        let mut table = Table::new(columns);
        for number in 0..900usize {
            let home = number * 7 % 60;
            let cells = [
                format!("{id}{number}"),
                format!("{}{}", ["Ann", "Bela", "Cem"][number % 3], ["a", "o", "i"][number / 3 % 3]),
                format!("Name{}", number % 101),
                format!("20{:02}-{:02}-{:02}", 8 + number % 13, 1 + number % 12, 1 + number % 28),
                format!("LS{} {}AB", 1 + home / 10, home % 10),
                format!("Town {}", home / 10),
                ["red", "green", "blue"][number * 31 % 97 % 3].to_owned(),
            ];
            table.push_row(&cells);
        }
        table
    }

    #[test]
    fn a_town_that_follows_from_the_postcode_is_not_counted_beside_it() {
        let model = Model::infer(&[&table("a"), &table("b")], &["record_id"]).unwrap().to_toml();
        assert!(model.contains("name = \"postcode\""));
        assert!(!model.contains("name = \"town\""), "{model}");
    }

    #[test]
    fn a_code_that_says_something_of_its_own_is_kept() {
        let model = Model::infer(&[&table("a"), &table("b")], &["record_id"]).unwrap().to_toml();
        assert!(model.contains("name = \"group\""), "{model}");
    }
}
