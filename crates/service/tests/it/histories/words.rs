//! Invented words, each standing for one value that can be recognised wherever it turns up.

use std::collections::BTreeSet;

const SYLLABLES: [&str; 20] = [
    "ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "wu", "ya", "ze",
    "chi", "dro", "ste",
];
const ALL: u32 = 160_000;
const INVERSE: u64 = 17_679;
const LETTERS: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";

/// A number that is written as a word nobody else uses.
pub type Word = u32;

/// The word: four syllables, and neighbouring numbers look nothing alike.
pub fn spelt(word: Word) -> String {
    let mut rest = u64::from(word) * 7_919 % u64::from(ALL);
    let mut text = String::new();
    for _ in 0..4 {
        text.push_str(SYLLABLES[(rest % 20) as usize]);
        rest /= 20;
    }
    text[..1].to_uppercase() + &text[1..]
}

/// The words below `end` that stand in a text, whatever stands around them.
pub fn words_in(text: &str, end: Word) -> BTreeSet<Word> {
    text.split(|c: char| !c.is_ascii_alphabetic()).filter_map(read).filter(|word| *word < end).collect()
}

fn read(text: &str) -> Option<Word> {
    let text = text.to_ascii_lowercase();
    let mut rest = text.as_str();
    let (mut number, mut place) = (0_u64, 1_u64);
    for _ in 0..4 {
        let at = SYLLABLES.iter().position(|syllable| rest.starts_with(syllable))?;
        rest = &rest[SYLLABLES[at].len()..];
        number += at as u64 * place;
        place *= 20;
    }
    // 7,919 × 17,679 leaves 1 when divided by 160,000: the number whose word this is.
    rest.is_empty().then(|| u32::try_from(number * INVERSE % u64::from(ALL)).ok())?
}

/// A postcode nobody else lives at.
pub fn postcode(word: Word) -> String {
    let letter = |at: u32| char::from(LETTERS[(at % 20) as usize]);
    format!("LS{} {}{}{}", 1 + word % 20, 1 + word / 20 % 9, letter(word / 180), letter(word / 3_600))
}

#[test]
fn a_word_is_read_as_the_number_it_was_written_for() {
    for word in (0..ALL).step_by(997) {
        let said = format!("{{\"line\":\"12 {} Road\"}}", spelt(word));
        assert_eq!(words_in(&said, ALL), BTreeSet::from([word]));
    }
    assert!(words_in("Mill Lane Surgery, Leeds", ALL).is_empty());
}
