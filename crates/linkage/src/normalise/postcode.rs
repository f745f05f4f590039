//! Postcodes: those of the United Kingdom by their parts, others as they are.

use super::{fold, is_placeholder};

/// A postcode. Of "SW1A 2AA": area SW, district SW1A, sector SW1A 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Postcode {
    /// All of it without the space, its first twelve characters.
    whole: [u8; 12],
    /// How many of them there are.
    length: u8,
    /// Length of the area, 0 for a foreign postcode.
    area: u8,
    /// Length of the district.
    district: u8,
}

impl Postcode {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All of it without the space.
    pub fn whole(&self) -> &[u8] {
        self.part(self.whole.len())
    }

    /// The same as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.whole()).unwrap_or("")
    }

    /// Letters before the first digit; the first two characters of a foreign postcode.
    pub fn area(&self) -> &[u8] {
        self.part(if self.area == 0 { 2 } else { usize::from(self.area) })
    }

    /// The outward half; all of a foreign postcode but its last character.
    pub fn district(&self) -> &[u8] {
        self.part(usize::from(self.district))
    }

    /// District and one digit; all of a foreign postcode.
    pub fn sector(&self) -> &[u8] {
        self.part(if self.area == 0 { self.whole.len() } else { usize::from(self.district) + 1 })
    }

    /// Whether only the outward half is known.
    pub fn is_partial(&self) -> bool {
        self.area != 0 && self.district == self.length
    }

    fn new(text: &str, area: usize) -> Self {
        let mut code = Self { area: area as u8, ..Self::default() };
        for (slot, byte) in code.whole.iter_mut().zip(text.bytes()) {
            *slot = byte;
            code.length += 1;
        }
        code
    }

    fn part(&self, length: usize) -> &[u8] {
        self.whole.get(..length.min(usize::from(self.length))).unwrap_or(&[])
    }
}

/// Reads a postcode; empty when there is none. ZZ99 codes (the NHS's "no fixed abode", "abroad") are none.
pub fn postcode(text: &str) -> Postcode {
    let folded = fold(text);
    if is_placeholder(&folded) {
        return Postcode::default();
    }
    let mut whole: String = folded.bytes().filter(|byte| *byte != b' ').map(char::from).collect();
    let area = whole.bytes().take_while(u8::is_ascii_alphabetic).count();
    let starts_british =
        (1..=2).contains(&area) && whole.as_bytes().get(area).is_some_and(u8::is_ascii_digit);
    if starts_british && (5..=7).contains(&whole.len()) {
        let district = whole.len() - 3;
        // A letter O or I where only a digit can stand is a digit.
        if let Some(digit) = whole.get(district..=district).and_then(|c| match c {
            "o" => Some("0"),
            "i" | "l" => Some("1"),
            _ => None,
        }) {
            whole.replace_range(district..=district, digit);
        }
        let inward_fits = whole
            .bytes()
            .skip(district)
            .zip([true, false, false])
            .all(|(byte, digit)| byte.is_ascii_digit() == digit);
        if inward_fits {
            return british(&whole, area, district);
        }
    }
    if starts_british && (2..=4).contains(&whole.len()) {
        return british(&whole, area, whole.len());
    }
    let code = Postcode::new(&whole, 0);
    Postcode { district: code.length.saturating_sub(1).max(1), ..code }
}

fn british(whole: &str, area: usize, district: usize) -> Postcode {
    if whole.starts_with("zz99") {
        return Postcode::default();
    }
    Postcode { district: district as u8, ..Postcode::new(whole, area) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_british_postcode_has_area_district_and_sector() {
        let code = postcode("sw1a2aa");
        assert_eq!(code, postcode("SW1A 2AA"));
        assert_eq!((code.area(), code.district(), code.sector()), (&b"sw"[..], &b"sw1a"[..], &b"sw1a2"[..]));
        assert_eq!(postcode("M1 OAA"), postcode("M1 0AA"));
        assert!(postcode("LS6").is_partial());
        assert!(postcode("ZZ99 3VZ").is_empty());
    }

    #[test]
    fn a_foreign_postcode_is_kept_whole() {
        let code = postcode("4223");
        assert_eq!((code.as_str(), code.sector(), code.district()), ("4223", &b"4223"[..], &b"422"[..]));
    }
}
