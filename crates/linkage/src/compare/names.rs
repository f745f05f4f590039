//! Names against names.

use super::{Hit, MISSING, first_level, rare, weight};
use crate::model::Comparison;
use crate::model::compile::Level;
use crate::model::file::ComparisonKind;
use crate::model::level::Test;
use crate::nickname;
use crate::normalise::name::{Name, Token};
use crate::prepared::Slot;

/// The names of one record: given and family at equal positions; a half nobody knows is an empty list.
#[derive(Clone, Copy)]
pub struct FullNames<'a> {
    given: &'a [Name],
    family: &'a [Name],
}

impl<'a> FullNames<'a> {
    pub fn of(given: &'a Slot, family: &'a Slot) -> Self {
        fn names(slot: &Slot) -> &[Name] {
            match slot {
                Slot::Names(names) => names,
                _ => &[],
            }
        }
        Self { given: names(given), family: names(family) }
    }

    fn len(&self) -> usize {
        self.given.len().max(self.family.len())
    }
}

/// The best of any of one record's names against any of the other's, both halves of a name taken together.
pub fn full(given: &Comparison, family: &Comparison, a: FullNames<'_>, b: FullNames<'_>) -> (Hit, Hit) {
    let mut best: Option<(f64, Hit, Hit)> = None;
    for i in 0..a.len() {
        for j in 0..b.len() {
            let half = |comparison: &Comparison, x: Option<&Name>, y: Option<&Name>| match (x, y) {
                (Some(x), Some(y)) => hit(&comparison.levels, comparison.kind, x, y),
                _ => Hit::NONE,
            };
            let straight = match single_name(given, (a, i), (b, j)) {
                Some(hit) => (hit, Hit::NONE),
                None => (
                    half(given, a.given.get(i), b.given.get(j)),
                    half(family, a.family.get(i), b.family.get(j)),
                ),
            };
            consider(&mut best, given, family, straight);
            let crossed = (a.given.get(i), a.family.get(i), b.given.get(j), b.family.get(j));
            if let (Some(g), Some(f), Some(h), Some(k)) = crossed
                && let Some(moved) = moved(family, (g, f), (h, k))
            {
                consider(&mut best, given, family, (straight.0, moved));
            }
            if let (Some(level), (Some(g), Some(f), Some(h), Some(k))) = (given.swapped, crossed)
                && alike(g, k)
                && alike(f, h)
                && !alike(g, h)
            {
                consider(&mut best, given, family, (swapped(given, level, (g, f), (h, k)), Hit::NONE));
            }
        }
    }
    best.map_or((Hit::NONE, Hit::NONE), |(_, first, last)| together(given, family, (first, last)))
}

fn consider(best: &mut Option<(f64, Hit, Hit)>, given: &Comparison, family: &Comparison, hits: (Hit, Hit)) {
    let sum = weight(&given.levels, hits.0) + weight(&family.levels, hits.1);
    if best.is_none_or(|(heaviest, ..)| sum > heaviest) {
        *best = Some((sum, hits.0, hits.1));
    }
}

/// Somebody's only name, which one record has as a given and the other as a family name: it is compared as a given name,
/// which tells brothers apart, and speaks against them where it differs.
fn single_name(
    given: &Comparison,
    (a, i): (FullNames<'_>, usize),
    (b, j): (FullNames<'_>, usize),
) -> Option<Hit> {
    let only = match (a.given.get(i), a.family.get(i), b.given.get(j), b.family.get(j)) {
        (Some(x), None, None, Some(y)) | (None, Some(x), Some(y), None) => (x, y),
        _ => return None,
    };
    Some(hit(&given.levels, given.kind, only.0, only.1))
}

/// log2 of the share of records in which given and family name stand in each other's place.
const SWAPS: f32 = -8.0;

/// Two names in changed places. The value's frequency is that of strangers who look so: somebody of the commoner reading
/// whose names were swapped as well, or somebody of whose names the rarer reading is the right one (James Thomas).
fn swapped(given: &Comparison, level: u8, a: (&Name, &Name), b: (&Name, &Name)) -> Hit {
    let reading = |(first, last): (&Name, &Name)| first.log_frequency + last.log_frequency;
    let (a, b) = (reading(a), reading(b));
    let frequency = (a.max(b) + SWAPS).max(a.min(b));
    rare(given.levels.get(usize::from(level)).map(|found| (level, found)), frequency)
}

/// Both halves of a name, which together weigh no more than the model grants a full name: given and family names go
/// together in families of one origin, so that two rare ones are not as rare together as their product.
pub fn together(given: &Comparison, family: &Comparison, (mut first, mut last): (Hit, Hit)) -> (Hit, Hit) {
    let both = weight(&given.levels, first) + weight(&family.levels, last);
    let excess = (both + f64::from(family.rarest)) as f32;
    if excess > 0.0 {
        let lowered = if last.level == MISSING { &mut first } else { &mut last };
        lowered.rarity -= excess;
    }
    (first, last)
}

/// Where children are called after father and grandfather, sources differ in which of these is the family name: it
/// stands among the further given names of the other record, the first given names being one.
fn moved(family: &Comparison, a: (&Name, &Name), b: (&Name, &Name)) -> Option<Hit> {
    if a.0.words.is_empty() && b.0.words.is_empty() {
        return None;
    }
    let (x, y) = (a.0.first(), b.0.first());
    if x.word != y.word && !x.is_spelling_of(y) {
        return None;
    }
    let among = |last: &Name, given: &Name| {
        let further = given.words.iter().skip(1);
        let one = |word: &&Token| word.word == last.joined.word || word.is_spelling_of(&last.joined);
        further.filter(|word| word.word.len() > 2).any(|word| one(&word))
    };
    let level = family.levels.iter().position(|level| level.test == Test::Patronymic)?;
    let frequency = a.1.log_frequency.max(b.1.log_frequency);
    (among(a.1, b.0) || among(b.1, a.0))
        .then(|| rare(family.levels.get(level).map(|l| (level as u8, l)), frequency))
}

/// A given name and a family name that may be one: all of both or, where a source dropped further names, the first word.
fn alike(a: &Name, b: &Name) -> bool {
    let several = !a.words.is_empty() || !b.words.is_empty();
    let one = |a: &Token, b: &Token| {
        let long = a.word.len() > 4 && b.word.len() > 4;
        a.is_similar(b, 0.93) || (long && a.is_within(b, 1)) || a.is_spelling_of(b)
    };
    one(&a.joined, &b.joined) || (several && one(a.first(), b.first()))
}

/// One name against one name, either half.
pub fn hit(levels: &[Level], kind: ComparisonKind, a: &Name, b: &Name) -> Hit {
    if a.is_empty() || b.is_empty() {
        return Hit { level: MISSING, rarity: 0.0 };
    }
    let reading = Reading { a, b, by_first_word: kind == ComparisonKind::GivenName };
    let found = first_level(levels, |test| reading.holds(test));
    let frequency = match found {
        Some((_, level)) if level.test == Test::Exact => a.log_frequency_of_all.max(b.log_frequency_of_all),
        _ => a.log_frequency.max(b.log_frequency),
    };
    rare(found, frequency)
}

/// Two names, given or family.
struct Reading<'a> {
    a: &'a Name,
    b: &'a Name,
    by_first_word: bool,
}

impl Reading<'_> {
    fn holds(&self, test: Test) -> bool {
        let (a, b) = (self.a, self.b);
        let several = !a.words.is_empty() || !b.words.is_empty();
        // Of given names the first alone may be what two records share.
        let by_first_word = several && self.by_first_word;
        match test {
            Test::Exact => a.joined.word == b.joined.word,
            Test::First => several && a.first().word == b.first().word,
            Test::FirstOnly => a.first().word == b.first().word && further_words_differ(a, b),
            Test::FurtherOnly => further_words_alone(a, b),
            Test::Part => several && share_a_word(a, b),
            Test::Nickname => match (a.first().nickname, b.first().nickname) {
                (Some(x), Some(y)) => nickname::related(x, y),
                _ => false,
            },
            Test::Transliterated => {
                a.joined.is_spelling_of(&b.joined) || (by_first_word && a.first().is_spelling_of(b.first()))
            }
            Test::Reordered => reordered(a.tokens(), b.tokens()),
            Test::Similar(least) => {
                a.joined.is_similar(&b.joined, least)
                    || (by_first_word && a.first().is_similar(b.first(), least))
            }
            Test::Edits(most) => {
                a.joined.is_within(&b.joined, most) || (by_first_word && a.first().is_within(b.first(), most))
            }
            Test::Phonetic if self.by_first_word => a.first().sounds_like(b.first()),
            Test::Phonetic => a.joined.sounds_like(&b.joined),
            Test::Initial => initial(a.first(), b.first()),
            Test::Else => true,
            _ => false,
        }
    }
}

/// Some word of more than two letters stands in both.
fn share_a_word(a: &Name, b: &Name) -> bool {
    a.tokens().iter().any(|x| x.word.len() > 2 && b.tokens().iter().any(|y| x.word == y.word))
}

/// Both have words after the first, and none of them stands in both, not even as an initial.
fn further_words_differ(a: &Name, b: &Name) -> bool {
    let (a, b) = (a.words.get(1..).unwrap_or(&[]), b.words.get(1..).unwrap_or(&[]));
    let agree =
        |x: &Token, y: &Token| x.word == y.word || initial(x, y) || x.is_within(y, 1) || x.is_spelling_of(y);
    !a.is_empty() && !b.is_empty() && !a.iter().any(|x| b.iter().any(|y| agree(x, y)))
}

/// A further word stands in both, and the first word of neither stands in the other: a middle name or a father's name
/// that brothers share.
fn further_words_alone(a: &Name, b: &Name) -> bool {
    let among = |word: &Token, words: &[Token]| words.iter().any(|other| other.word == word.word);
    let further = b.words.get(1..).unwrap_or(&[]);
    let shared = a.words.iter().skip(1).any(|word| word.word.len() > 2 && among(word, further));
    shared && !among(a.first(), &b.words) && !among(b.first(), &a.words)
}

/// Every word of one is a word of the other, their numbers equal.
fn reordered(a: &[Token], b: &[Token]) -> bool {
    let count = |word: &Token, words: &[Token]| words.iter().filter(|other| other.word == word.word).count();
    a.len() > 1 && a.len() == b.len() && a.iter().all(|word| count(word, a) == count(word, b))
}

/// One is a single letter with which the other begins.
fn initial(a: &Token, b: &Token) -> bool {
    (a.word.len() == 1 || b.word.len() == 1) && a.word.bytes().first() == b.word.bytes().first()
}
