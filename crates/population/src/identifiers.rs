//! Numbers that sources use for a child: well formed, never issued.

use std::fmt;

/// An NHS number in a range that is not issued, with a valid check digit.
///
/// The first 909,000 or so are in 999 000 0000 - 999 999 9999, kept by the NHS for tests; a larger
/// population goes on in the ranges below it, which are not issued either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NhsNumber(u64);

/// Hands out NHS numbers, each once, in an order that says nothing about age or family.
#[derive(Clone, Debug)]
pub(crate) struct NhsNumbers {
    next: u64,
    start: u64,
}

/// Numbers in one three-digit range, before the check digit.
const RANGE: u64 = 1_000_000;
/// Coprime to [`RANGE`], so that stepping by it visits every number once.
const STEP: u64 = 618_033;

impl NhsNumbers {
    pub(crate) fn new(start: u32) -> NhsNumbers {
        NhsNumbers { next: 0, start: u64::from(start) }
    }

    pub(crate) fn next(&mut self) -> NhsNumber {
        loop {
            let (range, within) = (self.next / RANGE, self.next % RANGE);
            self.next += 1;
            // 99 ranges from 999 down to 901: more than [`crate::MOST_CHILDREN`] need.
            let prefix = 999 - (range % 99);
            let nine = prefix * RANGE + (within * STEP + self.start) % RANGE;
            if let Some(check) = nhs_check_digit(nine) {
                return NhsNumber(nine * 10 + check);
            }
        }
    }
}

/// The check digit of the first nine digits by modulus 11; `None` if they have none and are not used.
fn nhs_check_digit(nine: u64) -> Option<u64> {
    let (mut left, mut sum) = (nine, 0);
    // From the right the weights are 2 to 10.
    for weight in 2..=10 {
        sum += (left % 10) * weight;
        left /= 10;
    }
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        digit => Some(digit),
    }
}

impl fmt::Display for NhsNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

/// A unique pupil number: check letter, three digits of the authority, four of the school, two of the year
/// of allocation, three of the serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Upn {
    /// 0 to 999.
    pub(crate) authority: u16,
    /// 0 to 9999.
    pub(crate) school: u16,
    /// 0 to 99.
    pub(crate) year: u8,
    /// 0 to 999.
    pub(crate) serial: u16,
}

/// The letters a remainder of 23 may give: no I, O or S.
const CHECK_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

impl fmt::Display for Upn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:03}{:04}{:02}{:03}", self.authority, self.school, self.year, self.serial);
        let sum: usize =
            digits.bytes().zip(2_usize..).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
        let letter = CHECK_LETTERS.get(sum % 23).copied().unwrap_or(b'A');
        write!(f, "{}{digits}", char::from(letter))
    }
}

/// The reference of a birth registration: invented in form and number (`GR`, year, seven digits).
pub(crate) fn birth_registration(year: i16, number: u32) -> String {
    format!("GR{year}{number:07}")
}

/// The child's reference in a child benefit claim: invented in form (`CHB`, eight digits, two letters that
/// no claim ends with). One a child, though real claims number the claimant, so that siblings differ.
pub(crate) fn child_benefit(number: u32) -> String {
    format!("CHB{number:08}ZZ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_known_nhs_number_has_its_published_check_digit() {
        assert_eq!(nhs_check_digit(943_476_591), Some(9));
        assert_eq!(nhs_check_digit(987_654_321), Some(0));
    }

    #[test]
    fn nhs_numbers_are_never_given_twice_and_begin_in_the_test_range() {
        let mut numbers = NhsNumbers::new(12_345);
        let given: Vec<_> = (0..50_000).map(|_| numbers.next()).collect();
        assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), given.len());
        assert!(given.iter().all(|number| number.to_string().starts_with("999")));
    }

    #[test]
    fn numbers_beyond_the_test_range_stay_distinct_and_unissued() {
        let mut numbers = NhsNumbers::new(7);
        let given: BTreeSet<_> = (0..1_200_000).map(|_| numbers.next().0).collect();
        assert_eq!(given.len(), 1_200_000);
        assert!(given.iter().all(|number| *number >= 9_010_000_000));
    }

    #[test]
    fn a_upn_begins_with_the_letter_of_its_weighted_sum() {
        let upn = Upn { authority: 801, school: 2001, year: 94, serial: 1 };
        // 8x2 + 0x3 + 1x4 + 2x5 + 0x6 + 0x7 + 1x8 + 9x9 + 4x10 + 0x11 + 0x12 + 1x13 = 172 = 7 x 23 + 11
        assert_eq!(upn.to_string(), "M801200194001");
    }
}
