//! Names of persons: words, their sounds, their nicknames and how rare they are.

use std::sync::LazyLock;

use rphonetic::DoubleMetaphone;

use super::{fold, is_placeholder, spelling};
use crate::distance::{Letters, similarity, within};
use crate::frequency::Frequencies;
use crate::nickname::{self, NameId};
use crate::word::Word;

/// Words that stand where a newborn's forename will be.
const NEWBORN: &[&str] =
    &["baby", "infant", "newborn", "twin", "unnamed", "babygirl", "babyboy", "boy", "girl"];
const TITLES: &[&str] = &["mr", "mrs", "miss", "ms", "dr", "master"];
const ORDER_MARKS: &[&str] = &["i", "ii", "1", "2", "one", "two"];

static METAPHONE: LazyLock<DoubleMetaphone> = LazyLock::new(|| DoubleMetaphone::new(Some(4)));

/// One word of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Token {
    /// The word.
    pub word: Word,
    /// Double Metaphone codes, primary and alternate, four letters packed; 0 when there is none.
    pub sounds: [u32; 2],
    /// Its place in the nickname table.
    pub nickname: Option<NameId>,
    /// The plain spelling by which its variants are known, hashed; 0 when it has none.
    pub spelling: u32,
    /// Which letters it has, as a set: bounds every distance to another word.
    pub letters: Letters,
}

impl Token {
    /// The word alone, without sounds or nicknames.
    pub fn word_only(word: &str) -> Self {
        let word = Word::new(word);
        Self { word, letters: Letters::of(word.bytes()), ..Self::default() }
    }

    fn new(word: &str) -> Self {
        Self::spelt(word, spelling::of_word(word))
    }

    fn spelt(word: &str, spelling: u32) -> Self {
        Self { nickname: nickname::lookup(word), spelling, ..sounds_of(word) }
    }

    /// Whether the Jaro–Winkler similarity is at least this.
    pub fn is_similar(&self, other: &Self, least: f64) -> bool {
        let (a, b) = (self.word.bytes(), other.word.bytes());
        self.letters.may_be_similar(other.letters, a, b, least) && similarity(a, b) >= least
    }

    /// Whether at most this many edits lie between the two.
    pub fn is_within(&self, other: &Self, most: u32) -> bool {
        let (a, b) = (self.word.bytes(), other.word.bytes());
        self.letters.edits_at_least(other.letters, a, b) <= most && within(a, b, most)
    }

    /// Whether the two are spellings of one name.
    pub fn is_spelling_of(&self, other: &Self) -> bool {
        self.spelling != 0 && self.spelling == other.spelling
    }

    /// Whether the two sound alike by any of their codes.
    pub fn sounds_like(&self, other: &Self) -> bool {
        let [a, b] = self.sounds;
        let [c, d] = other.sounds;
        (a != 0 && (a == c || a == d)) || (b != 0 && (b == c || b == d))
    }
}

/// One name: all its words.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Name {
    /// All words together, without spaces: "ann marie" and "annmarie" are one name.
    pub joined: Token,
    /// The words one by one when there are several; empty otherwise.
    pub words: Box<[Token]>,
    /// log2 of how often the name is seen, for its first word or all of it, whichever the field counts.
    pub log_frequency: f32,
    /// The same for all of its words: of given names that agree in every word the further ones tell something too.
    pub log_frequency_of_all: f32,
    /// Whether it is a family name.
    pub is_family: bool,
}

impl Name {
    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.joined.word.is_empty()
    }

    /// The first word.
    pub fn first(&self) -> &Token {
        self.words.first().unwrap_or(&self.joined)
    }

    /// What is counted of it to know how rare it is: the first given name, all of a family name.
    pub fn counted(&self) -> &Word {
        if self.is_family { &self.joined.word } else { &self.first().word }
    }

    /// Takes its rarity from these frequencies.
    pub fn count_by(&mut self, frequencies: &Frequencies) {
        let log2 = |token: &Token| frequencies.log2(token.word.as_str());
        self.log_frequency = frequencies.log2(self.counted().as_str());
        self.log_frequency_of_all = self.log_frequency;
        if !self.is_family {
            let further = self.words.iter().skip(1).filter(|word| word.word.len() > 1).take(2);
            let further = further.map(|word| log2(word).max(FURTHER_LEAST));
            self.log_frequency_of_all += FURTHER_NAMES * further.sum::<f32>();
        }
    }

    /// Its words; one when it is a single word.
    pub fn tokens(&self) -> &[Token] {
        if self.words.is_empty() { std::slice::from_ref(&self.joined) } else { &self.words }
    }
}

/// Which half of a person's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Given names: the first word carries the frequency.
    Given,
    /// Family name: all of it carries the frequency.
    Family,
}

/// The words of a folded name; none when it says nothing ("Unknown", "Baby").
fn words_of(folded: &str, half: Half) -> Vec<&str> {
    if is_placeholder(folded) {
        return Vec::new();
    }
    let mut words: Vec<&str> =
        folded.split(' ').filter(|word| word.bytes().any(|b| b.is_ascii_alphabetic())).collect();
    if words.len() > 1 && words.first().is_some_and(|first| TITLES.contains(first)) {
        words.remove(0);
    }
    let newborn = half == Half::Given && words.first().is_some_and(|first| NEWBORN.contains(first));
    // "Baby", "Baby One", "Twin II", "Baby of Sarah": none of them is the child's name.
    if newborn
        && (words.len() == 1
            || words.iter().skip(1).all(|w| ORDER_MARKS.contains(w) || NEWBORN.contains(w))
            || words.get(1) == Some(&"of"))
    {
        words.clear();
    }
    words
}

/// Brings a name into comparable form; the empty name when it says nothing ("Unknown", "Baby").
pub fn name(text: &str, half: Half, frequencies: &Frequencies) -> Name {
    let folded = fold(text);
    let words = words_of(&folded, half);
    let joined = words.concat();
    if joined.is_empty() {
        return Name::default();
    }
    let tokens: Box<[Token]> = if words.len() > 1 {
        words.iter().take(6).map(|word| Token::new(word)).collect()
    } else {
        Box::default()
    };
    let family = half == Half::Family;
    let joined = Token::spelt(&joined, spelling::of_words(&words, family));
    let mut name = Name { joined, words: tokens, is_family: family, ..Name::default() };
    name.count_by(frequencies);
    name
}

/// How much of the rarity of a further given name counts. Further names are drawn from fewer (James, Rose), most people
/// have one that their records may leave out, and the table counts first names.
const FURTHER_NAMES: f32 = 0.5;
/// log2 of the least frequency a further name is credited with: parts of one name (Jun Jie) are no further names.
const FURTHER_LEAST: f32 = -9.0;

/// A word with its sounds, of text that is no name.
pub fn sounds_of(word: &str) -> Token {
    let code = METAPHONE.double_metaphone(word);
    Token { sounds: [pack(&code.primary()), pack(&code.alternate())], ..Token::word_only(word) }
}

fn pack(code: &str) -> u32 {
    code.bytes().take(4).fold(0, |packed, byte| packed << 8 | u32::from(byte))
}

/// A packed code as text, for a blocking key.
pub fn unpack(code: u32) -> String {
    code.to_be_bytes().iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
}

/// The code under which a name is filed: the sound of the formal name behind a nickname, of the first of the listed
/// spellings of a name.
pub fn filing_code(token: &Token) -> u32 {
    match token.nickname.and_then(nickname::formal_sound) {
        Some(sound) => sound,
        None => spelling::listed(token.word.as_str()).map_or(token.sounds[0], sound_of),
    }
}

/// The primary sound of a word.
pub fn sound_of(word: &str) -> u32 {
    pack(&METAPHONE.double_metaphone(word).primary())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sounds_are_those_of_rphonetic(word in "[a-z]{1,16}") {
            let code = DoubleMetaphone::new(Some(4)).double_metaphone(&word);
            let [primary, alternate] = sounds_of(&word).sounds;
            prop_assert_eq!(unpack(primary), code.primary());
            prop_assert_eq!(unpack(alternate), code.alternate());
        }

        #[test]
        fn words_that_sound_alike_to_rphonetic_sound_alike(a in "[a-z]{1,6}", b in "[a-z]{1,6}") {
            let codes = |word: &str| {
                let code = DoubleMetaphone::new(Some(4)).double_metaphone(word);
                [code.primary(), code.alternate()]
            };
            let (x, y) = (codes(&a), codes(&b));
            let share = x.iter().any(|code| !code.is_empty() && y.contains(code));
            prop_assert_eq!(sounds_of(&a).sounds_like(&sounds_of(&b)), share);
        }

        #[test]
        fn a_name_is_brought_into_form_whatever_is_written(text in "\\PC{0,60}") {
            for half in [Half::Given, Half::Family] {
                let name = name(&text, half, &Frequencies::none());
                prop_assert!(name.tokens().iter().all(|token| token.word.bytes().iter().all(u8::is_ascii_alphanumeric)));
                prop_assert!(name.words.len() != 1);
            }
        }
    }

    fn given(text: &str) -> Name {
        name(text, Half::Given, &Frequencies::none())
    }

    #[test]
    fn a_newborn_without_a_name_has_none() {
        for text in ["Baby", "Baby Girl", "baby of sarah", "Twin 2", "Infant", "Unknown", "TEST", " - "] {
            assert!(given(text).is_empty(), "{text}");
        }
        assert!(!given("Baby Jane").is_empty());
        assert!(!given("Boyd").is_empty());
    }

    #[test]
    fn spacing_and_hyphens_do_not_make_another_name() {
        assert_eq!(given("Ann-Marie").joined, given("annmarie").joined);
        assert_eq!(given("Ann Marie").tokens().len(), 2);
        assert_eq!(given("Mr John").joined, given("JOHN").joined);
    }

    #[test]
    fn transliterations_of_one_name_sound_alike() {
        for (a, b) in
            [("Muhammad", "Mohammed"), ("Catherine", "Katherine"), ("Aisha", "Ayesha"), ("Yusuf", "Yousef")]
        {
            assert!(given(a).first().sounds_like(given(b).first()), "{a} {b}");
        }
    }

    #[test]
    fn a_nickname_is_filed_under_its_formal_name() {
        assert_eq!(filing_code(given("Bob").first()), filing_code(given("Robert").first()));
        assert_eq!(filing_code(given("Katie").first()), filing_code(given("Catherine").first()));
    }
}
