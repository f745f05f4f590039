//! Postcodes of the United Kingdom, in their normal form.

use crate::text_value::{display_as_stored, text_value};
use serde::{Deserialize, Serialize};

/// A postcode in normal form (`SW1A 2AA`), by the shape GOV.UK publishes. `GIR 0AA` and forces' addresses written
/// `BFPO 57` are postcodes too. That a postcode is in use is not checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Postcode(String);

/// The text is not a full postcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a full United Kingdom postcode; write it like SW1A 2AA")]
pub struct PostcodeError;

impl Postcode {
    /// Reads a full postcode; spaces and letter case do not matter.
    ///
    /// # Errors
    /// When the text does not have the shape of a full postcode.
    pub fn parse(text: &str) -> Result<Self, PostcodeError> {
        let compact = compact(text).ok_or(PostcodeError)?;
        if compact == "GIR0AA" {
            return Ok(Self("GIR 0AA".to_owned()));
        }
        if let Some(number) = compact.strip_prefix("BFPO") {
            let plausible = (1..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
            return if plausible { Ok(Self(format!("BFPO {number}"))) } else { Err(PostcodeError) };
        }
        let split = compact.len().checked_sub(3).ok_or(PostcodeError)?;
        let (outward, inward) = compact.split_at_checked(split).ok_or(PostcodeError)?;
        if is_district(outward) && is_inward(inward) {
            Ok(Self(format!("{outward} {inward}")))
        } else {
            Err(PostcodeError)
        }
    }

    /// Whether the text is one of the NHS's pseudo postcodes (`ZZ99 3VZ` and its like): no fixed abode, abroad, not known. It
    /// has the place of a postcode and is none.
    #[must_use]
    pub fn stands_for_none(text: &str) -> bool {
        let compact = compact(text).unwrap_or_default();
        matches!(compact.strip_prefix("ZZ99").map(str::as_bytes), Some([digit, first, second])
            if digit.is_ascii_digit() && first.is_ascii_uppercase() && second.is_ascii_uppercase())
    }

    /// The sector: `SW1A 2`. A forces' number has no smaller part and is its own sector.
    #[must_use]
    pub fn sector(&self) -> &str {
        if self.is_forces() {
            &self.0
        } else {
            self.0.len().checked_sub(2).and_then(|n| self.0.get(..n)).unwrap_or(&self.0)
        }
    }

    /// The district (outward code): `SW1A`.
    #[must_use]
    pub fn district(&self) -> &str {
        if self.is_forces() { &self.0 } else { self.0.split(' ').next().unwrap_or(&self.0) }
    }

    /// The area, one or two letters: `SW`. Forces' addresses are area `BF`.
    #[must_use]
    pub fn area(&self) -> &str {
        if self.is_forces() { "BF" } else { area_of(self.district()) }
    }

    fn is_forces(&self) -> bool {
        self.0.starts_with("BFPO ")
    }
}

/// A district (`AL1`) as people write it, or `None` when the text has not the shape of one.
pub(crate) fn parse_district(text: &str) -> Option<String> {
    compact(text).filter(|district| is_district(district))
}

/// An area (`AL`) as people write it, or `None` when the text has not the shape of one.
pub(crate) fn parse_area(text: &str) -> Option<String> {
    compact(text).filter(|area| is_area(area))
}

/// The letters a district begins with.
pub(crate) fn area_of(district: &str) -> &str {
    let letters = district.find(|c: char| c.is_ascii_digit()).unwrap_or(district.len());
    district.get(..letters).unwrap_or(district)
}

fn compact(text: &str) -> Option<String> {
    let compact: String =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    compact.bytes().all(|b| b.is_ascii_alphanumeric()).then_some(compact).filter(|c| !c.is_empty())
}

fn is_area(text: &str) -> bool {
    match text.as_bytes() {
        [first] => is_first(*first),
        [first, second] => is_first(*first) && is_second(*second),
        _ => false,
    }
}

fn is_district(text: &str) -> bool {
    match text.as_bytes() {
        [a, d] => is_first(*a) && d.is_ascii_digit(),
        [a, d, e] if d.is_ascii_digit() => {
            is_first(*a) && (e.is_ascii_digit() || b"ABCDEFGHJKPSTUW".contains(e))
        }
        [a, b, d] => is_first(*a) && is_second(*b) && d.is_ascii_digit(),
        [a, b, d, e] => {
            is_first(*a)
                && is_second(*b)
                && d.is_ascii_digit()
                && (e.is_ascii_digit() || b"ABEHMNPRVWXY".contains(e))
        }
        _ => false,
    }
}

fn is_inward(text: &str) -> bool {
    match text.as_bytes() {
        [digit, letters @ ..] => {
            digit.is_ascii_digit() && letters.iter().all(|c| c.is_ascii_uppercase() && !b"CIKMOV".contains(c))
        }
        [] => false,
    }
}

fn is_first(letter: u8) -> bool {
    letter.is_ascii_uppercase() && !b"QVX".contains(&letter)
}

fn is_second(letter: u8) -> bool {
    letter.is_ascii_uppercase() && !b"IJZ".contains(&letter)
}

text_value!(Postcode, PostcodeError);
display_as_stored!(Postcode);
