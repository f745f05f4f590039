//! How a word sounds.

use rphonetic::DoubleMetaphone;

/// Codes of up to six characters: long enough to tell long names apart, short enough to forgive their endings.
const CODE_LENGTH: usize = 6;

/// The sound by which a word of a record is kept: its first double metaphone code, or the word itself when it has none
/// (a single vowel sign, a script without a plain form).
pub(super) fn sound(word: &str) -> String {
    let code = DoubleMetaphone::new(Some(CODE_LENGTH)).double_metaphone(word).primary();
    if code.is_empty() { word.to_owned() } else { code }
}

/// The sounds by which a word of a question is looked up: the first code and the second, where they differ.
pub(super) fn sounds(word: &str) -> Vec<String> {
    let codes = DoubleMetaphone::new(Some(CODE_LENGTH)).double_metaphone(word);
    let mut sounds = vec![sound(word)];
    let second = codes.alternate();
    if !second.is_empty() && !sounds.contains(&second) {
        sounds.push(second);
    }
    sounds
}
