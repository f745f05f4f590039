//! The shared texts of a workbook, end to end in one string.

use std::io::Read;

use super::{DEEPEST, escapes};
use crate::error::FileFault;
use crate::formats::markup::{Markup, Piece};

/// The texts by their numbers.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    pub(super) fn read(part: impl Read) -> Result<Self, FileFault> {
        let mut markup = Markup::new(part, DEEPEST);
        let mut strings = Self::default();
        loop {
            match markup.next()? {
                Piece::Open(element) => match element.local_name().as_ref() {
                    "t" => {
                        let from = strings.text.len();
                        markup.text(&mut strings.text)?;
                        escapes::decode(&mut strings.text, from);
                    }
                    // How a text is pronounced is not a part of it.
                    "rPh" => markup.skip()?,
                    "si" => strings.begin(),
                    _ => {}
                },
                Piece::End => break,
                _ => {}
            }
        }
        strings.begin();
        Ok(strings)
    }

    /// A text begins where the one before ends.
    fn begin(&mut self) {
        // The ceiling on the part is below four gigabytes.
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let (start, end) = (self.ends.get(number)?, self.ends.get(number.checked_add(1)?)?);
        self.text.get(*start as usize..*end as usize)
    }
}
