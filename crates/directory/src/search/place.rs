//! Streets and schools as they are compared.

use crate::address::Address;
use crate::names::words;
use crate::search::sound::sound;
use crate::source_record::Setting;

/// What the last word of a street's name may be, and its common abbreviations.
const STREET_TYPES: [(&str, &[&str]); 22] = [
    ("avenue", &["ave", "av"]),
    ("close", &["cl"]),
    ("court", &["ct", "crt"]),
    ("crescent", &["cres", "cr"]),
    ("drive", &["dr", "drv"]),
    ("gardens", &["gdns", "garden"]),
    ("green", &["grn"]),
    ("grove", &["grv", "gr"]),
    ("hill", &[]),
    ("lane", &["ln", "la"]),
    ("mews", &[]),
    ("park", &["pk"]),
    ("parade", &["pde"]),
    ("place", &["pl"]),
    ("rise", &[]),
    ("road", &["rd"]),
    ("row", &[]),
    ("square", &["sq"]),
    ("street", &["st", "str"]),
    ("terrace", &["terr", "ter"]),
    ("walk", &["wlk"]),
    ("way", &[]),
];

/// Words with which a line begins that names a part of a building, not a street.
const BUILDING_WORDS: [&str; 6] = ["flat", "apartment", "apt", "unit", "room", "floor"];

/// Words that many schools share, so that none is known by them.
const SCHOOL_WORDS: [&str; 34] = [
    "the",
    "a",
    "and",
    "of",
    "at",
    "for",
    "in",
    "st",
    "saint",
    "saints",
    "ss",
    "our",
    "lady",
    "school",
    "primary",
    "secondary",
    "infant",
    "infants",
    "junior",
    "juniors",
    "high",
    "grammar",
    "nursery",
    "academy",
    "college",
    "church",
    "england",
    "ce",
    "rc",
    "cofe",
    "catholic",
    "roman",
    "community",
    "trust",
];

/// A street without its house number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Street {
    name: Vec<String>,
    kind: Option<&'static str>,
}

impl Street {
    /// The street in a line such as `12a Mill Lane` or `Flat 3, 12 Mill Ln`; `None` when no word is left.
    pub(super) fn parse(line: &str) -> Option<Self> {
        // What stands before the last number is the flat and the building.
        let all = words(line);
        let after_number = all.iter().rposition(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let mut name: Vec<String> = match after_number {
            Some(at) if at + 1 < all.len() => all.into_iter().skip(at + 1).collect(),
            _ => all.into_iter().filter(|word| !word.starts_with(|c: char| c.is_ascii_digit())).collect(),
        };
        if name.len() > 1 && name.first().is_some_and(|word| word == "the") {
            name.remove(0);
        }
        let kind = if name.len() > 1 { name.last().and_then(|word| street_type(word)) } else { None };
        if kind.is_some() {
            name.pop();
        }
        let is_part_of_a_building =
            kind.is_none() && name.first().is_some_and(|w| BUILDING_WORDS.contains(&w.as_str()));
        if name.is_empty() || is_part_of_a_building { None } else { Some(Self { name, kind }) }
    }

    /// The street an address lies in: the first line that ends like a street, or else the first with words in it.
    pub(super) fn of_address(address: &Address) -> Option<Self> {
        let streets: Vec<Self> = address.lines.iter().filter_map(|line| Self::parse(line.as_str())).collect();
        streets.iter().find(|street| street.kind.is_some()).or_else(|| streets.first()).cloned()
    }

    /// How the name sounds, for keys; the type of street is left out because people leave it out.
    pub(super) fn sound(&self) -> String {
        self.name.iter().map(|word| sound(word)).collect::<Vec<_>>().join(" ")
    }

    /// Whether the street asked for is this one: the names alike, and the types equal where both are known.
    pub(super) fn answers(&self, asked: &Self) -> bool {
        let types_agree = match (self.kind, asked.kind) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        };
        types_agree && self.sound() == asked.sound()
    }
}

fn street_type(word: &str) -> Option<&'static str> {
    STREET_TYPES.iter().find(|(full, short)| *full == word || short.contains(&word)).map(|(full, _)| *full)
}

/// The words that tell a school from others; all its words when it has none of its own.
pub(super) fn school_words(name: &str) -> Vec<String> {
    let all = words(name);
    let own: Vec<String> =
        all.iter().filter(|word| !SCHOOL_WORDS.contains(&word.as_str())).cloned().collect();
    if own.is_empty() { all } else { own }
}

/// The name of the school, when the setting is one.
pub(super) fn school_name(setting: &Setting) -> Option<&str> {
    match setting {
        Setting::School { name, .. } => Some(name.as_str()),
        Setting::HomeEducated | Setting::NoSetting => None,
    }
}

/// Whether the words asked for all stand in the school's name, by their sound.
pub(super) fn school_answers(name: &str, asked: &str) -> bool {
    let own: Vec<String> = words(name).iter().map(|word| sound(word)).collect();
    let asked = school_words(asked);
    !asked.is_empty() && asked.iter().all(|word| own.contains(&sound(word)))
}
