//! One name in several spellings: transliterations from other scripts and alphabets, doubled letters, lost marks.
//!
//! Every word is rewritten to a plain spelling by which its variants are known: Aleksandr and Alexander, Yuliya and
//! Julia, Mueller and Müller, Hassan and Hasan. What no rule finds (Muhammad and Mohammed, Zhang and Chang) is listed in
//! data/spellings.csv.

use std::sync::LazyLock;

use ahash::AHashMap;

/// Latin spellings of one sound that begin with a letter, longest first; the first that fits at a place is taken.
fn rules(letter: u8) -> &'static [(&'static str, &'static str)] {
    match letter {
        b'a' => &[("ae", "a")],
        b'b' => &[("bh", "b")],
        b'c' => &[("ch", "c"), ("ck", "k"), ("cs", "c"), ("cz", "c")],
        b'd' => &[("dzh", "i"), ("dh", "d"), ("dj", "i"), ("dz", "z")],
        b'e' => &[("e", "i")],
        b'g' => &[("gh", "g")],
        b'j' => &[("j", "i")],
        b'k' => &[("kh", "h"), ("ks", "x")],
        b'o' => &[("oev", "uiv"), ("oe", "u"), ("ou", "u"), ("o", "u")],
        b'p' => &[("ph", "f")],
        b'q' => &[("qu", "k"), ("q", "k")],
        b'r' => &[("rz", "z")],
        b's' => &[("shch", "s"), ("sch", "s"), ("sh", "s"), ("sz", "s")],
        b't' => &[("tsch", "c"), ("tch", "c"), ("th", "t"), ("ts", "c"), ("tz", "c")],
        b'u' => &[("ue", "u")],
        b'w' => &[("w", "v")],
        b'y' => &[("y", "i")],
        b'z' => &[("zh", "z")],
        _ => &[],
    }
}

/// Endings by which a Slavonic family name tells a woman's from a man's, and spellings of them.
const FAMILY_ENDINGS: &[(&str, &str)] = &[
    ("skaya", "ski"),
    ("skaia", "ski"),
    ("skaja", "ski"),
    ("ckaya", "cki"),
    ("ska", "ski"),
    ("cka", "cki"),
    ("skyi", "ski"),
    ("skiy", "ski"),
    ("skii", "ski"),
    ("skij", "ski"),
    ("off", "ov"),
    ("eff", "ev"),
    ("ova", "ov"),
    ("eva", "ev"),
];

/// Words that stand between names and come and go.
const PARTICLES: &[&str] =
    &["bin", "ibn", "bint", "binti", "binte", "de", "da", "do", "dos", "das", "del", "di", "e", "i", "y"];
/// The Arabic article, however it is assimilated.
const ARTICLES: &[&str] = &["al", "el", "ul", "as", "ash", "ad", "ar", "an"];
/// "Servant of", with the article or without.
const SERVANT: &[&str] = &["abdul", "abdel", "abdal", "abdoul", "abdur", "abdus"];

/// A spelling of fewer letters is shared by names that have nothing to do with one another (Lee and Li).
const SHORTEST: usize = 3;

/// The plain spelling of one word, hashed; 0 when it is too short to say anything.
pub fn of_word(word: &str) -> u32 {
    digest(&[word], false)
}

/// The plain spelling of all the words of a name together, particles left out, hashed; 0 when it is too short.
pub fn of_words(words: &[&str], family: bool) -> u32 {
    let last = words.len().saturating_sub(1);
    let told: Vec<&str> = words
        .iter()
        .enumerate()
        .filter(|(position, word)| *position == last || !PARTICLES.contains(word))
        .map(|(position, word)| if position < last && ARTICLES.contains(word) { "al" } else { word })
        .collect();
    digest(&told, family)
}

fn digest(words: &[&str], family: bool) -> u32 {
    let mut spelling = String::with_capacity(32);
    for word in words {
        spelling.push_str(&known(word, family));
    }
    if spelling.len() < SHORTEST { 0 } else { hash(&spelling) }
}

/// The first of the listed spellings of a word, as it is written; none of a word that is not listed.
pub fn listed(word: &str) -> Option<&'static str> {
    LISTED.by_word.get(word).copied()
}

/// The plain spelling of one word.
fn known(word: &str, family: bool) -> String {
    if let Some(name) = LISTED.by_word.get(word) {
        return format!("{MARK}{name}");
    }
    if let Some(rest) = SERVANT.iter().find_map(|servant| word.strip_prefix(servant)) {
        return format!("abd{}", if rest.is_empty() { String::new() } else { known(rest, family) });
    }
    let rewritten = rewrite(word, family);
    match LISTED.by_spelling.get(&rewritten) {
        Some(name) => format!("{MARK}{name}"),
        None => rewritten,
    }
}

/// Stands before a listed name, so that none is taken for a word rewritten by rule.
const MARK: char = '=';

struct Listed {
    /// The first spelling of each listed one.
    by_word: AHashMap<&'static str, &'static str>,
    /// The same, of each as it is rewritten; of two names that are rewritten alike the one listed earlier.
    by_spelling: AHashMap<String, &'static str>,
}

static LISTED: LazyLock<Listed> = LazyLock::new(|| {
    let (mut by_word, mut by_spelling) = (AHashMap::new(), AHashMap::new());
    for line in include_str!("../../data/spellings.csv").lines() {
        let first = line.split(',').next().unwrap_or(line);
        for word in line.split(',') {
            by_word.entry(word).or_insert(first);
            by_spelling.entry(rewrite(word, false)).or_insert(first);
        }
    }
    Listed { by_word, by_spelling }
});

fn rewrite(word: &str, family: bool) -> String {
    let ending = FAMILY_ENDINGS.iter().find(|(ending, _)| family && word.len() > 5 && word.ends_with(ending));
    let word = match ending {
        Some((ending, plain)) => format!("{}{plain}", word.strip_suffix(ending).unwrap_or(word)),
        None => word.to_owned(),
    };
    let mut plain = String::with_capacity(word.len());
    let mut rest = word.as_str();
    while let Some(letter) = rest.chars().next() {
        let (sound, after) = sound(rest, letter);
        rest = after;
        for letter in sound.chars() {
            if !plain.ends_with(letter) {
                plain.push(letter);
            }
        }
    }
    // A last h after a vowel is not heard (Sarah).
    if plain.ends_with("ah") {
        plain.pop();
    }
    plain
}

/// The plain spelling of the sound with which the text begins, and what comes after it.
fn sound(text: &str, letter: char) -> (&str, &str) {
    let split = |length: usize| (text.get(..length).unwrap_or(text), text.get(length..).unwrap_or(""));
    let hard = |rest: &str| !rest.starts_with(['a', 'e', 'i', 'o', 'u', 'y', 'h']) && !rest.is_empty();
    if let Some(rest) = text.strip_prefix("ch").or_else(|| text.strip_prefix("kh"))
        && hard(rest)
    {
        return ("k", rest);
    }
    match rules(letter as u8).iter().find_map(|(from, to)| text.strip_prefix(from).map(|rest| (*to, rest))) {
        Some(found) => found,
        None if letter == 'c' && !text.get(1..).unwrap_or("").starts_with(['e', 'i', 'y']) => {
            ("k", split(1).1)
        }
        None if letter == 'c' => ("s", split(1).1),
        None => split(letter.len_utf8()),
    }
}

/// FNV-1a.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)).max(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn spellings_of_one_name_are_one() {
        let pairs = [
            ("muhammad", "mohammed"),
            ("yusuf", "yousef"),
            ("aleksandr", "alexander"),
            ("piotr", "pyotr"),
            ("sergei", "serhii"),
            ("yuliya", "julia"),
            ("yuliia", "julia"),
            ("hassan", "hasan"),
            ("zhang", "chang"),
            ("xu", "hsu"),
            ("mueller", "muller"),
            ("schroeder", "schroder"),
            ("sarah", "sara"),
            ("chloe", "khloe"),
            ("abdulrahman", "abdelrahman"),
            ("tchaikovsky", "chaikovsky"),
            ("wojciech", "vojciech"),
        ];
        for (a, b) in pairs {
            assert_eq!(of_word(a), of_word(b), "{a} {b}: {} {}", known(a, false), known(b, false));
        }
    }

    #[test]
    fn other_names_are_not() {
        let pairs = [
            ("hassan", "hussein"),
            ("amelia", "emilia"),
            ("amina", "emina"),
            ("sean", "sian"),
            ("mahmoud", "muhammad"),
            ("hamid", "ahmad"),
            ("maria", "mario"),
            ("julia", "julie"),
            ("fatima", "fatoumata"),
        ];
        for (a, b) in pairs {
            assert_ne!(of_word(a), of_word(b), "{a} {b}: {} {}", known(a, false), known(b, false));
        }
        assert_ne!(of_word("xu"), 0, "a listed name is told however short");
        assert_eq!(of_word("li"), 0, "too short to tell names apart");
    }

    #[test]
    fn particles_and_endings_of_gender_come_and_go() {
        let family = |text: &str| of_words(&text.split(' ').collect::<Vec<_>>(), true);
        for (a, b) in [
            ("al hassan", "el hasan"),
            ("kowalski", "kowalska"),
            ("ivanov", "ivanova"),
            ("ivanoff", "ivanov"),
            ("dostoevsky", "dostoyevskaya"),
            ("garcia de lopez", "garcia lopez"),
            ("bin salman", "salman"),
            ("abdul rahman", "abd rahman"),
        ] {
            assert_eq!(family(a), family(b), "{a} {b}");
        }
        assert_ne!(family("al hassan"), family("hassan"), "an article is part of the name");
        assert_ne!(of_word("ivanov"), of_word("ivanova"), "of a forename it is not known");
    }

    #[test]
    fn no_spelling_is_listed_under_two_names() {
        let words: Vec<&str> =
            include_str!("../../data/spellings.csv").lines().flat_map(|l| l.split(',')).collect();
        let distinct: BTreeSet<&&str> = words.iter().collect();
        assert_eq!(distinct.len(), words.len());
    }
}
