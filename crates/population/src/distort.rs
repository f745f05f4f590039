//! The ways in which people and machines get a word wrong. Each gives `None` where the word offers no
//! occasion, and never the word itself.

use crate::chance::Chance;

/// A slip of the hand: a letter left out, doubled, changed, or two letters exchanged.
pub(crate) fn typing(chance: &mut Chance, word: &str) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return None;
    }
    let at = chance.position(letters.len());
    let other = char::from(b'a' + u8::try_from(chance.below(26)).unwrap_or(0));
    match chance.below(5) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, *letters.get(at)?),
        2 => *letters.get_mut(at)? = cased_like(other, *letters.get(at)?),
        3 => letters.insert(at.max(1), other),
        _ => {
            let at = at.max(1);
            let (before, after) = (*letters.get(at - 1)?, *letters.get(at)?);
            *letters.get_mut(at - 1)? = cased_like(after, before);
            *letters.get_mut(at)? = cased_like(before, after);
        }
    }
    different(word, letters)
}

const KEYBOARD: &[&str] = &["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// The key beside the right one.
pub(crate) fn keyboard(chance: &mut Chance, word: &str) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    let at = chance.position(letters.len());
    let letter = *letters.get(at)?;
    let row = KEYBOARD.iter().find(|row| row.contains(letter.to_ascii_lowercase()))?;
    let place = row.find(letter.to_ascii_lowercase())?;
    let step = if chance.below(2) == 0 { place.checked_sub(1) } else { place.checked_add(1) };
    let other = step.and_then(|place| row.as_bytes().get(place)).copied()?;
    *letters.get_mut(at)? = cased_like(char::from(other), letter);
    different(word, letters)
}

/// What a scanner takes for something else.
const SEEN_AS: &[(&str, &str)] = &[
    ("rn", "m"),
    ("m", "rn"),
    ("cl", "d"),
    ("d", "cl"),
    ("l", "i"),
    ("i", "l"),
    ("vv", "w"),
    ("w", "vv"),
    ("e", "c"),
    ("c", "e"),
    ("h", "b"),
    ("u", "v"),
    ("a", "o"),
    ("o", "a"),
    ("nn", "m"),
    ("t", "f"),
    ("f", "t"),
    ("g", "q"),
    ("ri", "n"),
];

/// A misreading by a scanner.
pub(crate) fn ocr(chance: &mut Chance, word: &str) -> Option<String> {
    replace_one(chance, word, SEEN_AS)
}

/// What is heard as something else.
const HEARD_AS: &[(&str, &str)] = &[
    ("ph", "f"),
    ("f", "ph"),
    ("ck", "k"),
    ("k", "ck"),
    ("c", "k"),
    ("k", "c"),
    ("ie", "y"),
    ("y", "ie"),
    ("ey", "y"),
    ("y", "ey"),
    ("ee", "ea"),
    ("ea", "ee"),
    ("ai", "ay"),
    ("ay", "ai"),
    ("ou", "ow"),
    ("ow", "ou"),
    ("sh", "ch"),
    ("s", "z"),
    ("z", "s"),
    ("th", "t"),
    ("t", "th"),
    ("ll", "l"),
    ("l", "ll"),
    ("nn", "n"),
    ("n", "nn"),
    ("tt", "t"),
    ("t", "tt"),
    ("ss", "s"),
    ("s", "ss"),
    ("gh", "g"),
    ("v", "f"),
    ("x", "ks"),
    ("i", "y"),
    ("er", "ar"),
    ("or", "er"),
    ("on", "en"),
    ("an", "en"),
    ("en", "an"),
    ("ah", "a"),
    ("e", "ea"),
    ("wh", "w"),
    ("j", "g"),
    ("sch", "sh"),
    ("oo", "u"),
    ("qu", "kw"),
    ("mb", "m"),
    ("bb", "b"),
    ("rr", "r"),
];

/// Written as heard.
pub(crate) fn phonetic(chance: &mut Chance, word: &str) -> Option<String> {
    replace_one(chance, word, HEARD_AS)
}

/// Replaces one of the places where one of the rules applies; never the first letter.
fn replace_one(chance: &mut Chance, word: &str, rules: &[(&str, &str)]) -> Option<String> {
    let first = word.chars().next()?.len_utf8();
    let (head, tail) = word.split_at_checked(first)?;
    let occasions: Vec<_> = rules
        .iter()
        .flat_map(|(from, to)| tail.match_indices(from).map(|(at, found)| (at, found.len(), *to)))
        .collect();
    let (at, length, to) = *chance.pick(&occasions)?;
    let (before, rest) = tail.split_at_checked(at)?;
    let (_, after) = rest.split_at_checked(length)?;
    let replaced = format!("{head}{before}{to}{after}");
    (replaced != word).then_some(replaced)
}

fn cased_like(letter: char, model: char) -> char {
    if model.is_uppercase() {
        letter.to_uppercase().next().unwrap_or(letter)
    } else {
        letter.to_lowercase().next().unwrap_or(letter)
    }
}

fn different(word: &str, letters: Vec<char>) -> Option<String> {
    let changed: String = letters.into_iter().collect();
    (changed != word && !changed.trim().is_empty()).then_some(changed)
}

/// A postcode in which one letter of the unit or the digit of the sector is wrong; still well formed.
pub(crate) fn postcode(chance: &mut Chance, postcode: &str) -> Option<String> {
    let (outward, inward) = postcode.split_once(' ')?;
    let mut inward: Vec<char> = inward.chars().collect();
    let letters = b"ABDEFGHJLNPQRSTUWXYZ";
    match chance.below(4) {
        0 => *inward.get_mut(0)? = char::from(b'1' + u8::try_from(chance.below(9)).ok()?),
        1 if inward.len() == 3 => inward.swap(1, 2),
        _ => {
            let at = if chance.below(2) == 0 { 1 } else { 2 };
            *inward.get_mut(at)? = char::from(*chance.pick(letters)?);
        }
    }
    let wrong = format!("{outward} {}", inward.into_iter().collect::<String>());
    (wrong != postcode).then_some(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Purpose;

    type Distortion = fn(&mut Chance, &str) -> Option<String>;

    #[test]
    fn a_distorted_word_differs_and_is_not_empty() {
        let distortions: [Distortion; 5] = [typing, keyboard, ocr, phonetic, postcode];
        for (index, distort) in distortions.into_iter().enumerate() {
            let mut chance = Chance::new(1, Purpose::Record, index as u64);
            for word in ["Al", "Christopher", "Łucja", "O'Brien", "BL1 2QX", "محمد", ""] {
                for _ in 0..200 {
                    if let Some(wrong) = distort(&mut chance, word) {
                        assert!(wrong != word && !wrong.trim().is_empty(), "{word} {wrong}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_wrong_postcode_is_still_well_formed() {
        let mut chance = Chance::new(2, Purpose::Record, 0);
        for _ in 0..500 {
            if let Some(wrong) = postcode(&mut chance, "M34 2QX") {
                let bytes = wrong.as_bytes();
                assert!(wrong.starts_with("M34 ") && bytes.len() == 7 && bytes[4].is_ascii_digit());
            }
        }
    }
}
