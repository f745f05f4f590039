//! Identifiers, with their check digits where they have one.

use super::{fold, is_placeholder};
use crate::word::Word;

/// Which rule says whether an identifier can be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// NHS number: ten digits, the last by modulus 11.
    Nhs,
    /// Unique pupil number: a check letter and twelve characters.
    Upn,
    /// No check digit: any value can be right.
    #[default]
    None,
}

/// An identifier in comparable form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Identifier {
    /// Letters and digits.
    pub value: Word,
    /// Whether it satisfies its check.
    pub valid: bool,
}

impl Identifier {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }
}

/// Reads an identifier; empty when there is none, or one character repeated.
pub fn identifier(text: &str, check: Check) -> Identifier {
    let folded = fold(text);
    let value: String = folded.bytes().filter(|byte| *byte != b' ').map(char::from).collect();
    let repeated = value.bytes().zip(value.bytes().skip(1)).all(|(a, b)| a == b);
    if is_placeholder(&folded) || (repeated && value.len() > 1) {
        return Identifier::default();
    }
    let valid = match check {
        Check::Nhs => nhs_is_valid(&value),
        Check::Upn => upn_is_valid(&value),
        Check::None => true,
    };
    Identifier { value: Word::new(&value), valid }
}

/// Modulus 11 over the first nine digits with weights 10 to 2 (NHS Data Dictionary).
fn nhs_is_valid(value: &str) -> bool {
    if value.len() != 10 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let mut digits = value.bytes().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits.clone().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    let check = (11 - sum % 11) % 11;
    digits.next_back() == Some(check)
}

/// The letters that can be a check letter, by remainder.
const UPN_LETTERS: &[u8; 23] = b"abcdefghjklmnpqrtuvwxyz";

/// A check letter, eleven digits and a digit or, for a temporary number, a letter; weights 2 to 13, modulus 23
/// (Department for Education, unique pupil numbers guidance).
fn upn_is_valid(value: &str) -> bool {
    let bytes = value.as_bytes();
    let (Some((first, rest)), 13) = (bytes.split_first(), bytes.len()) else { return false };
    let mut sum = 0;
    for (position, byte) in rest.iter().enumerate() {
        let value = match byte {
            b'0'..=b'9' => usize::from(byte - b'0'),
            letter if position == 11 => match UPN_LETTERS.iter().position(|known| known == letter) {
                Some(value) => value,
                None => return false,
            },
            _ => return false,
        };
        sum += value * (position + 2);
    }
    UPN_LETTERS.get(sum % 23) == Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nhs_numbers_are_checked() {
        assert!(identifier("943 476 5919", Check::Nhs).valid);
        assert!(!identifier("943 476 5918", Check::Nhs).valid);
        assert!(identifier("0000000000", Check::Nhs).is_empty());
    }

    #[test]
    fn pupil_numbers_are_checked() {
        assert!(!identifier("A12345", Check::Upn).valid);
        let letters = UPN_LETTERS
            .iter()
            .filter(|letter| upn_is_valid(&format!("{}820200001001", char::from(**letter))));
        assert_eq!(letters.count(), 1);
    }
}
