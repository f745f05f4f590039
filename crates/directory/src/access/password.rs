//! What a password must not be: short, about its owner or the service, repeated, or one that everybody guesses first.

use std::collections::BTreeSet;

/// The fewest characters a password has.
pub const SHORTEST_PASSWORD: usize = 12;

/// The most characters a password has; more than any person types, few enough to hash.
pub const LONGEST_PASSWORD: usize = 200;

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than [`SHORTEST_PASSWORD`] characters.
    #[error("the password has {0} characters; it needs at least {SHORTEST_PASSWORD}")]
    TooShort(usize),
    /// More than [`LONGEST_PASSWORD`] characters.
    #[error("the password has more than {LONGEST_PASSWORD} characters")]
    TooLong,
    /// The username, the person's name or the product stands in it.
    #[error("the password holds the name of the person or the service")]
    HoldsName,
    /// Few different characters, one part again and again, or a row of the keyboard.
    #[error("the password is a pattern")]
    Pattern,
    /// Known to everybody who guesses.
    #[error("the password is among those that are guessed first")]
    Common,
}

/// Words that common passwords are made of. A password of nothing but these and digits is refused.
const COMMON_WORDS: [&str; 40] = [
    "password",
    "passwort",
    "welcome",
    "letmein",
    "admin",
    "administrator",
    "login",
    "secret",
    "changeme",
    "default",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "liverpool",
    "arsenal",
    "chelsea",
    "dragon",
    "monkey",
    "superman",
    "batman",
    "starwars",
    "master",
    "shadow",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "march",
    "october",
    "november",
    "december",
    "monday",
    "friday",
    "hello",
    "qwerty",
    "test",
    "user",
];

/// Rows that fingers walk along.
const ROWS: [&str; 6] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qazwsxedcrfvtgb",
];

/// Whether a person may take the password. `names` are their username and the words of their name; `products` are names
/// of this service.
///
/// # Errors
///
/// The first [`PasswordFault`].
pub fn check_password(password: &str, names: &[&str], products: &[&str]) -> Result<(), PasswordFault> {
    let length = password.chars().count();
    if length < SHORTEST_PASSWORD {
        return Err(PasswordFault::TooShort(length));
    }
    if length > LONGEST_PASSWORD {
        return Err(PasswordFault::TooLong);
    }
    let plain = unmasked(password);
    let holds = |name: &str| name.chars().count() >= 4 && plain.contains(&unmasked(name));
    let words = names.iter().flat_map(|name| name.split_whitespace()).chain(names.iter().copied());
    if words.chain(products.iter().copied()).any(holds) {
        return Err(PasswordFault::HoldsName);
    }
    if is_pattern(&password.to_lowercase()) {
        return Err(PasswordFault::Pattern);
    }
    let bare: String = password.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    if is_made_of_common_words(&plain) || is_made_of_common_words(&bare) {
        return Err(PasswordFault::Common);
    }
    Ok(())
}

/// Letters and digits only, small, the usual disguises taken off: `P@ssw0rd` is `password`.
fn unmasked(text: &str) -> String {
    let bare = |letter| match letter {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        other => other,
    };
    text.to_lowercase().chars().map(bare).filter(|letter| letter.is_alphanumeric()).collect()
}

fn is_pattern(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let different: BTreeSet<&char> = letters.iter().collect();
    let repeats = |length: usize| {
        letters.chunks(length).all(|part| letters.get(..part.len()).is_some_and(|first| first == part))
    };
    different.len() < 5 || (1..=letters.len() / 2).any(repeats) || is_walked(text)
}

/// Whether most of it is steps along a row, either way.
fn is_walked(text: &str) -> bool {
    let rows: Vec<String> =
        ROWS.iter().flat_map(|row| [(*row).to_owned(), row.chars().rev().collect::<String>()]).collect();
    let letters: Vec<char> = text.chars().collect();
    let steps = letters.windows(3).filter(|three| {
        let three: String = three.iter().collect();
        rows.iter().any(|row| row.contains(&three))
    });
    steps.count() * 2 > letters.len().saturating_sub(2)
}

fn is_made_of_common_words(plain: &str) -> bool {
    let mut rest = plain.to_owned();
    let mut found = false;
    for word in COMMON_WORDS {
        let without = rest.replace(word, "");
        found |= without.len() < rest.len();
        rest = without;
    }
    // Digits after a common word are the year, or the number of times it was changed.
    found && rest.chars().filter(|letter| letter.is_alphabetic()).count() < 5
}

#[cfg(test)]
mod tests {
    use super::{PasswordFault, check_password};

    #[test]
    fn what_is_guessed_first_is_refused() {
        let cases = [
            ("short", Err(PasswordFault::TooShort(5))),
            ("eleven char", Err(PasswordFault::TooShort(11))),
            ("aaaaaaaaaaaa", Err(PasswordFault::Pattern)),
            ("abababababab", Err(PasswordFault::Pattern)),
            ("hj3khj3khj3k", Err(PasswordFault::Pattern)),
            ("123456789012", Err(PasswordFault::Pattern)),
            ("qwertyuiop12", Err(PasswordFault::Pattern)),
            ("lkjhgfdsaqwe", Err(PasswordFault::Pattern)),
            ("password1234", Err(PasswordFault::Common)),
            ("password12345", Err(PasswordFault::Common)),
            ("Liverpool-2026-!!", Err(PasswordFault::Common)),
            ("P@ssw0rd2026", Err(PasswordFault::Common)),
            ("WelcomeSummer26", Err(PasswordFault::Common)),
            ("contactpoint-key", Err(PasswordFault::HoldsName)),
            ("C0ntactP0int in Leeds", Err(PasswordFault::HoldsName)),
            ("anita.rao likes tea", Err(PasswordFault::HoldsName)),
            ("my friend Anita", Err(PasswordFault::HoldsName)),
            ("the nurse is here", Err(PasswordFault::HoldsName)),
            ("correct horse battery", Ok(())),
            ("invented-children-only", Ok(())),
            ("tümpel kaßen wald", Ok(())),
        ];
        for (password, expected) in cases {
            let found = check_password(password, &["nurse", "Anita Rao"], &["ContactPoint"]);
            assert_eq!(found, expected, "{password}");
        }
        assert_eq!(check_password(&"word ".repeat(50), &[], &[]), Err(PasswordFault::TooLong));
    }

    #[test]
    fn a_name_of_three_letters_does_not_forbid_every_word_that_holds_it() {
        assert_eq!(check_password("the broad river runs", &["rao", "Rao Li"], &[]), Ok(()));
    }
}
