//! Names as they are compared: one plain form for every script, word by word.

use crate::person_name::PersonName;
use unicode_normalization::UnicodeNormalization as _;

/// Words that introduce a surname and are not one: they never stand for it in a key when another word does.
const PARTICLES: [&str; 36] = [
    "o", "mc", "mac", "de", "del", "della", "di", "da", "das", "dos", "do", "du", "la", "las", "le", "los",
    "van", "von", "den", "der", "ter", "ten", "zu", "bin", "bint", "binti", "ibn", "ben", "abu", "al", "el",
    "ap", "ab", "st", "saint", "san",
];

/// The plain form: Latin letters without marks, lower case; apostrophes and full stops fall away, other punctuation is a
/// space. A text of which nothing would remain keeps its own letters.
#[must_use]
pub fn fold(text: &str) -> String {
    let latin = any_ascii::any_ascii(&text.nfc().collect::<String>());
    let mut folded = String::with_capacity(latin.len());
    for character in latin.chars() {
        match character {
            c if c.is_ascii_alphanumeric() => folded.push(c.to_ascii_lowercase()),
            '\'' | '`' | '.' | '"' => {}
            _ if folded.is_empty() || folded.ends_with(' ') => {}
            _ => folded.push(' '),
        }
    }
    let folded = folded.trim_end();
    if folded.is_empty() { text.trim().to_lowercase() } else { folded.to_owned() }
}

/// The words of a text in plain form.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    fold(text).split_whitespace().map(str::to_owned).collect()
}

/// The words of a text with each particle joined to what follows: `van den berg` is `vandenberg`, `o brien` is `obrien`.
#[must_use]
pub fn joined_words(text: &str) -> Vec<String> {
    let mut joined = Vec::new();
    let mut pending = String::new();
    for word in words(text) {
        pending.push_str(&word);
        if !is_particle(&word) {
            joined.push(std::mem::take(&mut pending));
        }
    }
    if !pending.is_empty() {
        joined.push(pending);
    }
    joined
}

/// The parts a surname may be known by: each word of a double-barrelled or two-family-name surname without its
/// particles, and the forms with particles joined.
#[must_use]
pub fn surname_parts(surname: &str) -> Vec<String> {
    let words = words(surname);
    let mut parts: Vec<String> = words.iter().filter(|word| !is_particle(word)).cloned().collect();
    parts.extend(joined_words(surname));
    let mut seen = Vec::with_capacity(parts.len());
    parts.retain(|part| {
        let new = !seen.contains(part);
        if new {
            seen.push(part.clone());
        }
        new
    });
    parts
}

/// Whether two names read the same, whatever their use.
#[must_use]
pub fn same_name(a: &PersonName, b: &PersonName) -> bool {
    fold(a.forenames()) == fold(b.forenames()) && fold(a.surname()) == fold(b.surname())
}

/// Whether a word only introduces a surname.
pub(crate) fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word)
}
