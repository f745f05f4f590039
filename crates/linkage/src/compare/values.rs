//! Identifiers, codes and texts.

use super::{Hit, first_level, plain, rare};
use crate::distance::within;
use crate::model::compile::Level;
use crate::model::level::Test;
use crate::normalise::identifier::Identifier;
use crate::normalise::name::Token;
use crate::prepared::Text;

/// One identifier against one identifier. Two that differ say nothing when one of them cannot be right: it is a
/// mistyped something.
pub fn identifiers(levels: &[Level], a: &Identifier, b: &Identifier) -> Option<Hit> {
    let found = first_level(levels, |test| match test {
        Test::Exact => a.value == b.value,
        Test::Edits(most) => a.value.len() > 4 && within(a.value.bytes(), b.value.bytes(), most),
        Test::Else => true,
        _ => false,
    });
    let silent = found.is_some_and(|(_, level)| level.test == Test::Else) && !(a.valid && b.valid);
    (!silent).then(|| plain(found))
}

/// One code or text against one.
pub fn texts(levels: &[Level], a: &Text, b: &Text) -> Hit {
    let (x, y) = (&a.joined, &b.joined);
    let found = first_level(levels, |test| match test {
        Test::Exact => x.word == y.word,
        Test::Part => share_a_word(a, b),
        Test::Similar(least) => x.is_similar(y, least),
        Test::Edits(most) => x.is_within(y, most),
        Test::Phonetic => x.sounds_like(y),
        Test::Else => true,
        _ => false,
    });
    rare(found, a.log_frequency.max(b.log_frequency))
}

fn share_a_word(a: &Text, b: &Text) -> bool {
    words(a).iter().any(|word| word.word.len() > 3 && words(b).iter().any(|other| word.word == other.word))
}

fn words(text: &Text) -> &[Token] {
    if text.words.is_empty() { std::slice::from_ref(&text.joined) } else { &text.words }
}
