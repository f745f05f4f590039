//! Counting (decision 16): the one function every published or reported count goes through, rounded to 5 and nothing told
//! below 10, and the care a table with a total needs so that its withheld cells cannot be worked out.

use guards::Guard;

/// The smallest count that is told.
pub const LEAST: u64 = 10;
/// Counts that are told are multiples of this.
pub const STEP: u64 = 5;
/// A withheld cell of a table with a total is left at least so many possible values.
pub const ROOM: u64 = 5;

/// How far rounding moves a count at most.
const SLACK: u64 = STEP / 2;

/// A count as it may be told: rounded to the nearest [`STEP`]; `None` below [`LEAST`], and for what is no count.
#[must_use]
pub fn disclosed_count(count: i64) -> Option<u64> {
    let count = u64::try_from(count).unwrap_or_default();
    if !Guard::SmallNumbers.stands() {
        return Some(count);
    }
    (count >= LEAST).then(|| (count + SLACK) / STEP * STEP)
}

/// The cells of one line of a table, and their total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosedTable {
    /// The cells in the order given; `None` is withheld.
    pub cells: Vec<Option<u64>>,
    /// The sum of the cells, or, where some are withheld, of the true counts, told by the same function; `None` is withheld.
    pub total: Option<u64>,
}

/// The cells of a line that is shown with its total. A cell below [`LEAST`] is withheld; where the total and the other
/// cells would leave a withheld one fewer than about [`ROOM`] possible values, the total is withheld as well. Which other
/// cell might be withheld instead is never decided by its size: the choice itself would tell it.
#[must_use]
pub fn disclosed_table(counts: &[i64]) -> DisclosedTable {
    let cells: Vec<Option<u64>> = counts.iter().map(|&count| disclosed_count(count)).collect();
    if cells.iter().all(Option::is_some) {
        // A total of the true counts would narrow the cells; one that adds up says nothing new.
        let total = cells.iter().flatten().sum();
        return DisclosedTable { cells, total: (total > 0).then_some(total) };
    }
    let sum = counts.iter().map(|&count| count.max(0)).fold(0_i64, i64::saturating_add);
    let total = disclosed_count(sum).filter(|&total| leaves_room(&cells, total));
    DisclosedTable { cells, total }
}

/// The cells of a line whose total is told whatever they are: how it is made up is told where that leaves every withheld cell its
/// room, and otherwise not at all, which reads as if every cell were small.
#[must_use]
pub fn disclosed_parts(counts: &[i64]) -> DisclosedTable {
    let told = disclosed_table(counts);
    if told.total.is_some() {
        return told;
    }
    let sum = counts.iter().map(|&count| count.max(0)).fold(0_i64, i64::saturating_add);
    DisclosedTable { cells: vec![None; counts.len()], total: disclosed_count(sum) }
}

/// Whether somebody who knows how this is counted can place no withheld cell within a few values.
fn leaves_room(cells: &[Option<u64>], total: u64) -> bool {
    let told = cells.iter().flatten();
    let withheld = cells.iter().filter(|cell| cell.is_none()).count() as u64;
    if withheld == 1 {
        // It would be the total without the others; and to tell the total only where that is wide would tell as well.
        return false;
    }
    let least_told: u64 = told.clone().map(|cell| cell.saturating_sub(SLACK).max(LEAST)).sum();
    let most_told: u64 = told.map(|cell| cell + SLACK).sum();
    let below = LEAST - 1;
    // What the withheld cells have together, by the total, and so each of them at least and at most.
    let most = (total + SLACK).saturating_sub(least_told);
    let least = total.saturating_sub(SLACK + most_told).saturating_sub(below * (withheld - 1));
    most.min(below) >= least + ROOM
}
