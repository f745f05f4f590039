//! Where the rows of a run stand: rows are numbered in the order of reading, and a file's own number of each is found again.
//!
//! How far a row lies behind the one before is kept in a byte, or in a few where many lines lie between; now and then, and where
//! a file begins, a whole number is. In FHIR NDJSON nearly every child is some lines behind the last.

/// A row as whoever opens the file finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file, counted from 0.
    pub(crate) file: usize,
    /// As a spreadsheet numbers it.
    pub(crate) row: u64,
}

/// Rows after which a whole number is kept.
const STRIDE: u32 = 256;

/// A row whose number is kept whole.
#[derive(Debug, Clone, Copy)]
struct Mark {
    ordinal: u32,
    place: Place,
    /// Where the steps behind it begin.
    at: usize,
}

/// The places.
#[derive(Debug, Default)]
pub(crate) struct Places {
    marks: Vec<Mark>,
    /// The steps from row to row, seven bits a byte, the lowest first; the eighth says that more follow.
    steps: Vec<u8>,
    last: Option<Place>,
    next: u32,
}

impl Places {
    /// Gives the next row its number.
    pub(crate) fn add(&mut self, place: Place) -> u32 {
        let ordinal = self.next;
        self.next = self.next.saturating_add(1);
        let behind = self.last.replace(place).filter(|last| last.file == place.file && last.row <= place.row);
        match behind.filter(|_| !ordinal.is_multiple_of(STRIDE)) {
            Some(last) => self.step(place.row - last.row),
            None => self.marks.push(Mark { ordinal, place, at: self.steps.len() }),
        }
        ordinal
    }

    fn step(&mut self, mut step: u64) {
        while step >= 0x80 {
            self.steps.push(step as u8 | 0x80);
            step >>= 7;
        }
        self.steps.push(step as u8);
    }

    /// The place of a row.
    pub(crate) fn of(&self, ordinal: u32) -> Place {
        let at = self.marks.partition_point(|mark| mark.ordinal <= ordinal).saturating_sub(1);
        let Some(mark) = self.marks.get(at) else { return Place { file: 0, row: 0 } };
        let mut steps = self.steps.get(mark.at..).unwrap_or_default().iter();
        let mut row = mark.place.row;
        for _ in mark.ordinal..ordinal {
            let mut shift = 0_u32;
            for byte in steps.by_ref() {
                row += u64::from(byte & 0x7F).checked_shl(shift).unwrap_or(0);
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
            }
        }
        Place { row, ..mark.place }
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

    #[test]
    fn every_row_of_a_long_file_of_many_lines_a_child_keeps_its_own_number() {
        let mut places = Places::default();
        let mut row = 1;
        let mut expected = Vec::new();
        for child in 0..300_000_u64 {
            row += match child % 1000 {
                0 => 1_000_000,
                few => 2 + few % 5 * 60,
            };
            let place = Place { file: usize::from(child >= 200_000), row };
            expected.push(place);
            places.add(place);
        }
        for ordinal in (0..300_000).step_by(37).chain(299_990..300_000) {
            assert_eq!(places.of(ordinal), expected[ordinal as usize], "{ordinal}");
        }
        // Under two bytes a row, marks and all.
        let bytes = places.steps.len() + places.marks.len() * size_of::<Mark>();
        assert!(bytes < 2 * 300_000, "{bytes}");
    }
}
