//! The rows of a sheet: the first row with anything in it is the header.

use std::io::Read;

use super::serial;
use super::strings::Strings;
use super::styles::Styles;
use super::{DEEPEST, RowSink, escapes};
use crate::check::is_spreadsheet_error;
use crate::error::{FileFault, Place};
use crate::formats::cells::Cells;
use crate::formats::markup::{Markup, Piece, attribute};
use crate::records::MAX_VALUES_KEPT;

/// A sheet has no more rows, whatever it says.
const MOST_ROWS: u64 = 1 << 20;

/// A sheet that is being read.
pub(super) struct Sheet<'a, R> {
    markup: Markup<R>,
    strings: &'a Strings,
    styles: &'a Styles,
    from_1904: bool,
    row: u64,
    cells: Cells,
    value: String,
}

impl<'a, R: Read> Sheet<'a, R> {
    pub(super) fn new(part: R, strings: &'a Strings, styles: &'a Styles, from_1904: bool) -> Self {
        let markup = Markup::new(part, DEEPEST);
        Self { markup, strings, styles, from_1904, row: 0, cells: Cells::default(), value: String::new() }
    }

    pub(super) fn place(&self) -> Place {
        if self.row > 0 { Place::row(self.row) } else { Place::FILE }
    }

    pub(super) fn read(&mut self, sink: &mut impl RowSink) -> Result<(), FileFault> {
        let mut width = None;
        while self.next_row()? {
            if self.cells.is_empty() {
                continue;
            }
            match width {
                None => {
                    let count = self.cells.count();
                    if count > MAX_VALUES_KEPT {
                        return Err(FileFault::TooManyColumns { count, limit: MAX_VALUES_KEPT });
                    }
                    let row = self.cells.row(self.row);
                    let names: Vec<&str> = (0..count).filter_map(|at| row.value(at)).map(str::trim).collect();
                    sink.columns(&names)?;
                    width = Some(count);
                }
                Some(width) => {
                    // Empty cells at the end of a row are not in the file.
                    self.cells.pad(width);
                    if sink.row(self.cells.row(self.row)).is_break() {
                        return Ok(());
                    }
                }
            }
        }
        if width.is_none() { Err(FileFault::Empty) } else { Ok(()) }
    }

    /// Reads the next row into the cells; `false` at the end of the sheet.
    fn next_row(&mut self) -> Result<bool, FileFault> {
        loop {
            match self.markup.next()? {
                Piece::Open(element) if element.local_name().as_ref() == "row" => {
                    let number = attribute(&element, "r").and_then(|number| number.parse().ok());
                    let number = number.unwrap_or(self.row + 1);
                    if number <= self.row || number > MOST_ROWS {
                        return Err(FileFault::Workbook("its rows are not in order, or there are too many"));
                    }
                    self.row = number;
                    return self.cells_of_row().map(|()| true);
                }
                Piece::End => return Ok(false),
                _ => {}
            }
        }
    }

    fn cells_of_row(&mut self) -> Result<(), FileFault> {
        self.cells.clear();
        let mut next = 0_usize;
        loop {
            match self.markup.next()? {
                Piece::Open(element) if element.local_name().as_ref() == "c" => {
                    let place = attribute(&element, "r").and_then(|reference| column(&reference));
                    let kind = attribute(&element, "t").unwrap_or_default().into_owned();
                    let style = attribute(&element, "s").and_then(|style| style.parse().ok());
                    let place = place.unwrap_or(next);
                    if place < next || place >= 1 << 14 {
                        return Err(FileFault::Workbook("the cells of a row are not in order"));
                    }
                    next = place + 1;
                    self.value_of_cell()?;
                    self.put(place, &kind, style)?;
                }
                Piece::Open(_) => self.markup.skip()?,
                Piece::Close | Piece::End => return Ok(()),
                Piece::Text(_) | Piece::Letter(_) => {}
            }
        }
    }

    /// The text of a cell's value, or of the text that stands in the cell itself.
    fn value_of_cell(&mut self) -> Result<(), FileFault> {
        self.value.clear();
        let mut inside = 0_usize;
        loop {
            match self.markup.next()? {
                Piece::Open(element) => match element.local_name().as_ref() {
                    "v" | "t" => {
                        let from = self.value.len();
                        self.markup.text(&mut self.value)?;
                        escapes::decode(&mut self.value, from);
                    }
                    "is" | "r" => inside += 1,
                    _ => self.markup.skip()?,
                },
                Piece::Close if inside == 0 => return Ok(()),
                Piece::Close => inside -= 1,
                Piece::End => return Ok(()),
                Piece::Text(_) | Piece::Letter(_) => {}
            }
        }
    }

    /// Puts the value in its place as text. A cell that holds none has none: where it stands behind the others, as a formatted
    /// one does, the row ends before it.
    fn put(&mut self, place: usize, kind: &str, style: Option<usize>) -> Result<(), FileFault> {
        if self.value.trim().is_empty() {
            return Ok(());
        }
        if kind == "s" {
            let text = self.value.trim().parse().ok().and_then(|number| self.strings.get(number));
            let text = text.ok_or(FileFault::Workbook("a cell names a text that is not there"))?;
            if text.trim().is_empty() {
                return Ok(());
            }
            self.cells.pad(place);
            return self.cells.push(text);
        }
        self.cells.pad(place);
        match kind {
            "" | "n" if style.is_some_and(|style| self.styles.is_date(style)) => {
                self.cells.push(&serial::day(&self.value, self.from_1904))
            }
            "" | "n" => self.cells.push(&serial::number(&self.value)),
            "b" => self.cells.push(if self.value == "1" { "yes" } else { "no" }),
            // An error, whatever a later Excel calls it.
            "e" if !is_spreadsheet_error(&self.value) => self.cells.push("#VALUE!"),
            // A date as ISO 8601 has it; a day is written with the time of midnight.
            "d" => {
                let midnight = self.value.split_once('T').filter(|(_, time)| time.starts_with("00:00"));
                self.cells.push(midnight.map_or(self.value.as_str(), |(day, _)| day))
            }
            _ => self.cells.push(&self.value),
        }
    }
}

/// The column of a reference such as `AB12`, counted from 0.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).take(4);
    let number =
        letters.fold(0_usize, |sum, letter| sum * 26 + usize::from(letter.to_ascii_uppercase() - b'A' + 1));
    number.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::column;

    #[test]
    fn columns_are_lettered() {
        assert_eq!(
            [column("A1"), column("Z9"), column("AA3"), column("7")],
            [Some(0), Some(25), Some(26), None]
        );
    }
}
