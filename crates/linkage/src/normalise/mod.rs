//! From text as it came to values that can be compared.

pub mod address;
pub mod date;
pub mod identifier;
pub mod name;
pub mod postcode;
pub mod spelling;

/// Words that stand where a value is not known, in any field.
const PLACEHOLDERS: &[&str] = &[
    "unknown",
    "notknown",
    "na",
    "none",
    "null",
    "nil",
    "test",
    "notgiven",
    "notstated",
    "tbc",
    "xx",
    "xxx",
    "xxxx",
];

/// Lower-case ASCII letters and digits, words separated by one space. Accents are taken off and other scripts are
/// transliterated letter by letter; apostrophes and full stops vanish, everything else that is neither letter nor
/// digit separates words.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    let mut add = |byte: char| match byte {
        'a'..='z' | '0'..='9' => {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push(byte);
        }
        'A'..='Z' => {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push(byte.to_ascii_lowercase());
        }
        '\'' | '.' | '`' => {}
        _ => gap = true,
    };
    for letter in text.chars() {
        if letter.is_ascii() {
            add(letter);
        } else {
            any_ascii::any_ascii_char(letter).chars().for_each(&mut add);
        }
    }
    folded
}

/// Whether folded text only says that there is no value.
pub fn is_placeholder(folded: &str) -> bool {
    folded.is_empty() || PLACEHOLDERS.iter().any(|word| letters_equal(folded, word))
}

/// Equality without regard to spaces.
fn letters_equal(folded: &str, joined: &str) -> bool {
    folded.bytes().filter(|byte| *byte != b' ').eq(joined.bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn folding_keeps_the_letters_and_digits_of_any_ascii(text in "\\PC{0,40}") {
            let folded = fold(&text);
            let expected: String = any_ascii::any_ascii(&text)
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|letter| letter.to_ascii_lowercase())
                .collect();
            prop_assert_eq!(folded.replace(' ', ""), expected);
            prop_assert!(!folded.starts_with(' ') && !folded.ends_with(' ') && !folded.contains("  "));
            prop_assert_eq!(fold(&folded), folded);
        }
    }

    #[test]
    fn accents_apostrophes_and_other_scripts_fold_to_plain_words() {
        assert_eq!(fold("  O'Brien-Smith "), "obrien smith");
        assert_eq!(fold("Zoë"), "zoe");
        assert_eq!(fold("Zoe\u{308}"), "zoe");
        assert_eq!(fold("Łukasz Żak"), "lukasz zak");
        assert_eq!(fold("Мария"), "mariya");
    }

    #[test]
    fn words_that_say_nothing_are_placeholders() {
        for text in ["Unknown", "N/A", "not known", "-", "TEST", "xxx"] {
            assert!(is_placeholder(&fold(text)), "{text}");
        }
        assert!(!is_placeholder(&fold("Nelson")));
    }
}
