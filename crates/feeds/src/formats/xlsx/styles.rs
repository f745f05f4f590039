//! Which styles of cells show a number as a date.

use std::collections::BTreeSet;
use std::io::Read;

use super::DEEPEST;
use crate::error::FileFault;
use crate::formats::markup::{Markup, Piece, attribute};

/// The styles by their numbers.
#[derive(Default)]
pub(super) struct Styles {
    dates: Vec<bool>,
}

impl Styles {
    pub(super) fn read(part: impl Read) -> Result<Self, FileFault> {
        let mut markup = Markup::new(part, DEEPEST);
        let (mut of_dates, mut dates) = (BTreeSet::new(), Vec::new());
        let mut in_cells = false;
        loop {
            match markup.next()? {
                Piece::Open(element) => match element.local_name().as_ref() {
                    "numFmt" => {
                        let number = attribute(&element, "numFmtId").and_then(|id| id.parse::<u32>().ok());
                        let code = attribute(&element, "formatCode").unwrap_or_default();
                        if let Some(number) = number.filter(|_| shows_a_date(&code)) {
                            of_dates.insert(number);
                        }
                    }
                    "cellXfs" => in_cells = true,
                    "cellStyles" | "dxfs" => in_cells = false,
                    "xf" if in_cells => {
                        let number = attribute(&element, "numFmtId").and_then(|id| id.parse::<u32>().ok());
                        dates
                            .push(number.is_some_and(|number| {
                                is_built_in_date(number) || of_dates.contains(&number)
                            }));
                    }
                    _ => {}
                },
                Piece::End => return Ok(Self { dates }),
                _ => {}
            }
        }
    }

    pub(super) fn is_date(&self, style: usize) -> bool {
        self.dates.get(style).copied().unwrap_or(false)
    }
}

/// The numbers that ECMA-376 (part 1, 18.8.30) gives to dates and times.
fn is_built_in_date(number: u32) -> bool {
    matches!(number, 14..=22 | 27..=36 | 45..=47 | 50..=58)
}

/// A format with a day, month or year outside quotes and brackets.
fn shows_a_date(code: &str) -> bool {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    code.chars().any(|letter| {
        let literal = std::mem::take(&mut escaped) || quoted || bracketed;
        match letter {
            '\\' | '_' | '*' if !literal => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => bracketed = true,
            ']' => bracketed = false,
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' => return !literal,
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::shows_a_date;

    #[test]
    fn a_format_is_a_dates_when_a_day_month_or_year_stands_in_it() {
        for code in ["dd/mm/yyyy", "[$-809]d mmmm yyyy;@", "yyyy\\-mm\\-dd"] {
            assert!(shows_a_date(code), "{code}");
        }
        for code in ["0.00", "General", "\"day\"0", "[Red]0", "#,##0\\d"] {
            assert!(!shows_a_date(code), "{code}");
        }
    }
}
