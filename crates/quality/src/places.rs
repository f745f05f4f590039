//! Where the rows of a run stand: rows are numbered in the order of reading, and a file's own numbers are found again from
//! a few marks, because they only jump where lines are blank.

/// A row as whoever opens the file finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file, counted from 0.
    pub(crate) file: usize,
    /// As a spreadsheet numbers it.
    pub(crate) row: u64,
}

/// Marks kept; a file of nothing but blank lines between its rows loses its numbers, not its memory.
const MOST: usize = 100_000;

/// The marks.
#[derive(Debug, Default)]
pub(crate) struct Places {
    marks: Vec<(u32, Place)>,
    next: u32,
}

impl Places {
    /// Gives the next row its number.
    pub(crate) fn add(&mut self, place: Place) -> u32 {
        let ordinal = self.next;
        self.next = self.next.saturating_add(1);
        let follows = self.marks.last().is_some_and(|(at, mark)| {
            mark.file == place.file && mark.row + u64::from(ordinal - at) == place.row
        });
        if !follows && self.marks.len() < MOST {
            self.marks.push((ordinal, place));
        }
        ordinal
    }

    /// The place of a row.
    pub(crate) fn of(&self, ordinal: u32) -> Place {
        let at = self.marks.partition_point(|(first, _)| *first <= ordinal).saturating_sub(1);
        self.marks.get(at).map_or(Place { file: 0, row: 0 }, |(first, place)| Place {
            file: place.file,
            row: place.row + u64::from(ordinal.saturating_sub(*first)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_again_behind_a_blank_line_and_in_the_second_file() {
        let mut places = Places::default();
        for (file, row) in [(0, 2), (0, 3), (0, 7), (1, 2), (1, 3)] {
            places.add(Place { file, row });
        }
        let found: Vec<_> = (0..5).map(|ordinal| places.of(ordinal)).map(|at| (at.file, at.row)).collect();
        assert_eq!(found, [(0, 2), (0, 3), (0, 7), (1, 2), (1, 3)]);
    }
}
