use directory::counting::{DisclosedTable, LEAST, STEP, disclosed_count, disclosed_parts, disclosed_table};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn a_small_count_is_not_told_and_a_larger_one_is_rounded() {
    for (count, told) in [(-1, None), (0, None), (9, None), (10, Some(10)), (12, Some(10)), (13, Some(15))] {
        assert_eq!(disclosed_count(count), told, "{count}");
    }
}

#[test]
fn a_total_that_would_give_a_withheld_cell_away_is_withheld_too() {
    assert_eq!(disclosed_table(&[9, 9]).total, None, "twice nine would be told by the total alone");
    assert_eq!(disclosed_table(&[9]), DisclosedTable { cells: vec![None], total: None });
    let told = disclosed_table(&[7, 5, 40]);
    assert_eq!(told, DisclosedTable { cells: vec![None, None, Some(40)], total: Some(50) });
    let told = disclosed_table(&[20, 12, 40]);
    assert_eq!(told, DisclosedTable { cells: vec![Some(20), Some(10), Some(40)], total: Some(70) });
    assert_eq!(disclosed_table(&[10, 10, 10, 10]).total, Some(40), "a total adds up");
    assert_eq!(disclosed_table(&[12, 12, 12]).total, Some(30));
}

/// A line as it is published: its cells, and its total.
type Told = (Vec<Option<u64>>, Option<u64>);

#[test]
fn how_a_total_that_is_always_told_is_made_up_is_told_where_nothing_small_shows() {
    let told = disclosed_parts(&[12, 0, 0]);
    assert_eq!(told, DisclosedTable { cells: vec![None; 3], total: Some(10) }, "as if it were six and six");
    assert_eq!(disclosed_parts(&[6, 6, 0]), told);
    let told = disclosed_parts(&[7, 5, 40]);
    assert_eq!(told, DisclosedTable { cells: vec![None, None, Some(40)], total: Some(50) });
    assert_eq!(disclosed_parts(&[20, 12, 40]).cells, [Some(20), Some(10), Some(40)]);
    assert_eq!(disclosed_parts(&[4, 3, 2]), DisclosedTable { cells: vec![None; 3], total: None });
}

/// Every line of three cells up to `most`, by what is published of it.
fn worlds(most: i64, publish: fn(&[i64]) -> DisclosedTable) -> BTreeMap<Told, Vec<[i64; 3]>> {
    let mut worlds: BTreeMap<Told, Vec<[i64; 3]>> = BTreeMap::new();
    for a in 0..=most {
        for b in 0..=most {
            for c in 0..=most {
                let told = publish(&[a, b, c]);
                worlds.entry((told.cells, told.total)).or_default().push([a, b, c]);
            }
        }
    }
    worlds
}

/// Whoever has the published line and this very code tries every line that there could have been.
fn nobody_places_a_cell((cells, total): &Told, lines: &[[i64; 3]]) {
    for (at, cell) in cells.iter().enumerate() {
        let values: BTreeSet<i64> = lines.iter().map(|line| line[at]).collect();
        let room = if cell.is_some() { 3 } else { 5 };
        assert!(values.len() >= room, "{cells:?} {total:?}: cell {at} is one of {values:?}");
    }
}

#[test]
fn no_line_of_three_cells_tells_a_withheld_count() {
    // The last count that is told as 25.
    for (told, lines) in worlds(27, disclosed_table) {
        nobody_places_a_cell(&told, &lines);
    }
}

#[test]
fn no_line_whose_total_is_always_told_tells_a_withheld_count() {
    let most = 52;
    // A total that is told as 50 at most was made of no larger cell: all lines that there could have been are among these.
    for (told, lines) in
        worlds(most, disclosed_parts).into_iter().filter(|((_, total), _)| *total <= Some(50))
    {
        nobody_places_a_cell(&told, &lines);
    }
}

proptest! {
    #[test]
    fn what_is_told_is_a_multiple_of_five_near_the_truth_and_never_small(counts in prop::collection::vec(0_i64..500, 1..12)) {
        let told = disclosed_table(&counts);
        prop_assert_eq!(told.cells.len(), counts.len());
        for (cell, count) in told.cells.iter().zip(&counts) {
            if let Some(cell) = cell {
                prop_assert!(*cell >= LEAST && cell.is_multiple_of(STEP) && cell.abs_diff(count.unsigned_abs()) <= 2);
            }
        }
        if let Some(total) = told.total {
            let sum: i64 = counts.iter().sum();
            prop_assert!(total >= LEAST && total.is_multiple_of(STEP));
            prop_assert!(total.abs_diff(sum.unsigned_abs()) <= 2 * counts.len() as u64);
        }
    }
}
