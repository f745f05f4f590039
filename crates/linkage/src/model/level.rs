//! The tests a level can make, by kind of comparison.

use super::file::{ComparisonKind, LevelEntry};

/// What must hold for two values to be at a level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// Equal.
    Exact,
    /// Equal and the first of January.
    ExactDefault,
    /// The first word of both is equal.
    First,
    /// The first word of both is equal, and both have further words of which none is in both.
    FirstOnly,
    /// Both have further words, of which one is in both, and neither's first word is in the other.
    FurtherOnly,
    /// Some word of one is a word of the other.
    Part,
    /// One is a nickname of the other.
    Nickname,
    /// Spellings of one name: transliterations, lost marks, endings of gender.
    Transliterated,
    /// The same words in another order.
    Reordered,
    /// Jaro–Winkler similarity at least this.
    Similar(f64),
    /// At most this many edits.
    Edits(u32),
    /// They sound alike.
    Phonetic,
    /// One is the initial of the other.
    Initial,
    /// Given and family name changed places.
    Swapped,
    /// The family name of one is a further given name of the other.
    Patronymic,
    /// Day and month changed places.
    DayMonthSwapped,
    /// Day and month are equal and the years follow one another.
    YearOffByOne,
    /// One digit differs, or two neighbouring digits changed places.
    OneDigit,
    /// Year and month are equal.
    YearMonth,
    /// Year and day are equal.
    YearDay,
    /// Month and day are equal.
    MonthDay,
    /// Year is equal and one of the two is the first of its month or year.
    DefaultDay,
    /// Year is equal and one of the two is the first of January.
    DefaultYear,
    /// Year is equal.
    Year,
    /// At most this many days apart.
    WithinDays(u32),
    /// Equal as far as both are known.
    Partial,
    /// Postcodes are equal up to the sector.
    Sector,
    /// Postcodes are equal up to the district.
    District,
    /// Postcodes have one area.
    Area,
    /// Postcode and house number are equal.
    SamePlace,
    /// Postcode is equal, the address of one is not known.
    SamePostcode,
    /// Postcode is equal, the addresses differ.
    Neighbours,
    /// The addresses are equal by number and street.
    SameStreetAddress,
    /// Share of words in common, by length, at least this.
    Overlap(f64),
    /// Whatever is left.
    Else,
}

const NAMES: &[&str] = &[
    "exact",
    "first_only",
    "first",
    "further_only",
    "part",
    "reordered",
    "nickname",
    "transliterated",
    "similar",
    "edits",
    "phonetic",
    "initial",
    "swapped",
    "patronymic",
    "else",
];
const DATES: &[&str] = &[
    "exact_default",
    "exact",
    "partial",
    "day_month_swapped",
    "year_off_by_one",
    "one_digit",
    "year_month",
    "year_day",
    "month_day",
    "default_day",
    "default_year",
    "within_days",
    "year",
    "else",
];
const POSTCODES: &[&str] = &["exact", "edits", "sector", "district", "area", "else"];
const ADDRESSES: &[&str] = &["exact", "same_street_address", "overlap", "else"];
const HOMES: &[&str] = &[
    "same_place",
    "same_postcode",
    "neighbours",
    "same_street_address",
    "edits",
    "sector",
    "district",
    "area",
    "else",
];
const IDENTIFIERS: &[&str] = &["exact", "edits", "else"];
const CODES: &[&str] = &["exact", "else"];
const TEXTS: &[&str] = &["exact", "part", "similar", "edits", "phonetic", "else"];

/// The tests a kind of comparison knows.
pub fn permitted(kind: ComparisonKind) -> &'static [&'static str] {
    match kind {
        ComparisonKind::GivenName | ComparisonKind::FamilyName => NAMES,
        ComparisonKind::Date => DATES,
        ComparisonKind::Postcode => POSTCODES,
        ComparisonKind::Address => ADDRESSES,
        ComparisonKind::Home => HOMES,
        ComparisonKind::Identifier => IDENTIFIERS,
        ComparisonKind::Code => CODES,
        ComparisonKind::Text => TEXTS,
    }
}

impl Test {
    /// Reads the test of a level; the error says what is wrong with it.
    pub fn read(kind: ComparisonKind, level: &LevelEntry) -> Result<Self, String> {
        if !permitted(kind).contains(&level.when.as_str()) {
            return Err(format!(
                "no test is called {:?}; use one of {}",
                level.when,
                permitted(kind).join(", ")
            ));
        }
        let at_least = || match level.at_least {
            Some(value) if value > 0.0 && value <= 1.0 => Ok(value),
            _ => Err(format!("{:?} needs at_least, above 0 and at most 1", level.when)),
        };
        let at_most =
            || level.at_most.ok_or_else(|| format!("{:?} needs at_most, a whole number", level.when));
        Ok(match level.when.as_str() {
            "exact" => Self::Exact,
            "exact_default" => Self::ExactDefault,
            "first_only" => Self::FirstOnly,
            "first" => Self::First,
            "further_only" => Self::FurtherOnly,
            "part" => Self::Part,
            "nickname" => Self::Nickname,
            "transliterated" => Self::Transliterated,
            "reordered" => Self::Reordered,
            "similar" => Self::Similar(at_least()?),
            "edits" => Self::Edits(at_most()?),
            "phonetic" => Self::Phonetic,
            "initial" => Self::Initial,
            "patronymic" => Self::Patronymic,
            "swapped" => Self::Swapped,
            "day_month_swapped" => Self::DayMonthSwapped,
            "year_off_by_one" => Self::YearOffByOne,
            "one_digit" => Self::OneDigit,
            "year_month" => Self::YearMonth,
            "year_day" => Self::YearDay,
            "month_day" => Self::MonthDay,
            "default_year" => Self::DefaultYear,
            "default_day" => Self::DefaultDay,
            "within_days" => Self::WithinDays(at_most()?),
            "year" => Self::Year,
            "partial" => Self::Partial,
            "sector" => Self::Sector,
            "district" => Self::District,
            "area" => Self::Area,
            "same_place" => Self::SamePlace,
            "same_postcode" => Self::SamePostcode,
            "neighbours" => Self::Neighbours,
            "same_street_address" => Self::SameStreetAddress,
            "overlap" => Self::Overlap(at_least()?),
            _ => Self::Else,
        })
    }

    /// The level's name when the file gives none.
    pub fn label(level: &LevelEntry) -> String {
        match (&level.name, level.at_least, level.at_most) {
            (Some(name), ..) => name.clone(),
            (None, Some(value), _) => format!("{} {value}", level.when),
            (None, None, Some(value)) => format!("{} {value}", level.when),
            (None, None, None) => level.when.clone(),
        }
    }
}
