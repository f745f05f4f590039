//! How one name is written in several ways.

use std::collections::BTreeMap;

use super::spellings::SPELLINGS;

/// `O'BRIEN-SMITH` as `O'Brien-Smith`; the lists are in capitals.
pub(crate) fn title_case(word: &str) -> String {
    let mut start = true;
    let mut cased = String::with_capacity(word.len());
    for letter in word.chars() {
        if start {
            cased.extend(letter.to_uppercase());
        } else {
            cased.extend(letter.to_lowercase());
        }
        start = !letter.is_alphabetic();
    }
    cased
}

/// The name in ASCII, as a register without other letters has it.
pub(crate) fn without_marks(name: &str) -> String {
    name.chars().map(|letter| plain(letter).map_or_else(|| letter.to_string(), str::to_owned)).collect()
}

/// The plain form of a marked letter of the languages in the name tables.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'ă' | 'ą' | 'å' => "a",
        'Á' | 'À' | 'Â' | 'Ä' | 'Ã' | 'Ă' | 'Ą' | 'Å' => "A",
        'ç' | 'ć' | 'č' => "c",
        'Ç' | 'Ć' | 'Č' => "C",
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ė' | 'ě' => "e",
        'É' | 'È' | 'Ê' | 'Ë' | 'Ę' | 'Ė' => "E",
        'ğ' => "g",
        'í' | 'ì' | 'î' | 'ï' | 'ı' | 'į' => "i",
        'Í' | 'Î' | 'Ï' | 'İ' => "I",
        'ł' => "l",
        'Ł' => "L",
        'ñ' | 'ń' => "n",
        'Ñ' | 'Ń' => "N",
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ő' => "o",
        'Ó' | 'Ô' | 'Ö' | 'Õ' | 'Ő' => "O",
        'ś' | 'ş' | 'ș' | 'š' => "s",
        'Ś' | 'Ş' | 'Ș' | 'Š' => "S",
        'ţ' | 'ț' => "t",
        'Ţ' | 'Ț' => "T",
        'ú' | 'ù' | 'û' | 'ü' | 'ű' | 'ū' | 'ų' => "u",
        'Ú' | 'Û' | 'Ü' | 'Ű' => "U",
        'ŵ' => "w",
        'Ŵ' => "W",
        'ŷ' | 'ý' => "y",
        'Ŷ' => "Y",
        'ź' | 'ż' | 'ž' => "z",
        'Ź' | 'Ż' | 'Ž' => "Z",
        'þ' => "th",
        'Þ' => "Th",
        'ð' => "d",
        'æ' => "ae",
        'Æ' => "Ae",
        _ => return None,
    })
}

/// The spellings of names that are written in Latin letters in more than one way.
#[derive(Debug)]
pub(crate) struct Spellings(BTreeMap<&'static str, &'static [&'static str]>);

impl Spellings {
    pub(crate) fn new() -> Spellings {
        let pairs = SPELLINGS.iter().flat_map(|group| group.iter().map(|spelling| (*spelling, *group)));
        Spellings(pairs.collect())
    }

    /// The ways in which that name is written, itself among them; `None` if there is one only.
    pub(crate) fn of(&self, name: &str) -> Option<&'static [&'static str]> {
        self.0.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_the_lists_are_cased_after_each_mark() {
        assert_eq!(title_case("O'BRIEN-SMITH"), "O'Brien-Smith");
    }

    #[test]
    fn every_name_in_the_tables_has_an_ascii_form() {
        use super::super::tables::{PEOPLES, People};
        let all = PEOPLES.iter().flat_map(|people: &People| {
            people.girls.iter().chain(people.boys).chain(people.family).chain(people.family_girls)
        });
        for name in all {
            assert!(without_marks(name).is_ascii(), "{name}");
        }
    }
}
