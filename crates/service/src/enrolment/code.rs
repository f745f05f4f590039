//! The form of an enrolment code: 160 random bits as letters and digits that can be copied by hand.

use rand::RngExt as _;
use rand_chacha::ChaCha12Rng;

/// Letters and digits that are not taken for each other when they are read out or copied.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new code.
pub(super) fn new_code(rng: &mut ChaCha12Rng) -> String {
    let bits: [u8; 20] = rng.random();
    let mut code = String::with_capacity(40);
    let (mut held, mut count) = (0_u32, 0_u32);
    for byte in bits {
        held = (held << 8) | u32::from(byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            let symbol = usize::try_from((held >> count) & 31).ok().and_then(|at| SYMBOLS.get(at));
            code.extend(symbol.map(|symbol| char::from(*symbol)));
            held &= (1 << count) - 1;
        }
    }
    in_fours(&code, '-')
}

/// A code as it may be typed: in any case, with any space, and with letters for the digits they look like.
pub(super) fn as_typed(code: &str) -> String {
    let plain = code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase());
    plain
        .map(|letter| match letter {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// In groups of four.
pub(super) fn in_fours(text: &str, between: char) -> String {
    let mut grouped = String::with_capacity(text.len() + text.len() / 4);
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            grouped.push(between);
        }
        grouped.push(letter);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn a_code_has_160_bits_in_groups_of_four_and_is_read_however_it_is_typed() {
        let code = new_code(&mut ChaCha12Rng::seed_from_u64(7));
        assert_eq!(code.len(), 39);
        assert!(code.split('-').all(|group| group.len() == 4), "{code}");
        assert_ne!(code, new_code(&mut ChaCha12Rng::seed_from_u64(8)));
        let typed = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(as_typed(&typed), code.replace('-', ""));
    }

    #[test]
    fn a_code_without_a_length_of_its_own_is_no_code() {
        assert_eq!(as_typed(" - "), "");
        assert_eq!(in_fours("ABCDEFGHIJ", ' '), "ABCD EFGH IJ");
    }
}
