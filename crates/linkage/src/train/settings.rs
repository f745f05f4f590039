//! Where training starts: the levels and first guesses for each kind of comparison.

use crate::model::file::{ComparisonKind, LevelEntry};

type Row = (&'static str, Option<f64>, Option<u32>, f64, f64, f64);

const GIVEN: &[Row] = &[
    ("exact", None, None, 0.7, 0.005, 1.0),
    ("first_only", None, None, 0.002, 0.0005, 0.5),
    ("first", None, None, 0.02, 0.001, 1.0),
    ("nickname", None, None, 0.01, 0.002, 0.0),
    ("transliterated", None, None, 0.01, 0.001, 0.5),
    ("edits", None, Some(1), 0.08, 0.002, 0.5),
    ("similar", Some(0.92), None, 0.05, 0.004, 0.3),
    ("further_only", None, None, 0.001, 0.002, 0.0),
    ("part", None, None, 0.01, 0.002, 0.0),
    ("phonetic", None, None, 0.02, 0.008, 0.0),
    ("similar", Some(0.8), None, 0.03, 0.02, 0.0),
    ("else", None, None, 0.03, 0.95, 0.0),
];
const FAMILY: &[Row] = &[
    ("exact", None, None, 0.75, 0.005, 1.0),
    ("transliterated", None, None, 0.01, 0.001, 0.5),
    ("part", None, None, 0.02, 0.002, 0.0),
    ("edits", None, Some(1), 0.08, 0.002, 0.5),
    ("similar", Some(0.92), None, 0.05, 0.004, 0.3),
    ("phonetic", None, None, 0.02, 0.008, 0.0),
    ("similar", Some(0.8), None, 0.03, 0.02, 0.0),
    ("else", None, None, 0.03, 0.95, 0.0),
];
const SWAPPED: Row = ("swapped", None, None, 0.01, 0.00001, 1.0);
const PATRONYMIC: Row = ("patronymic", None, None, 0.003, 0.0001, 0.5);
/// No full name is credited with being rarer than one in a million people.
pub const RAREST_FULL_NAME: f64 = 1e-6;
const DATES: &[Row] = &[
    ("exact", None, None, 0.83, 0.0001, 0.0),
    ("partial", None, None, 0.01, 0.0005, 0.0),
    ("day_month_swapped", None, None, 0.01, 0.0001, 0.0),
    ("year_off_by_one", None, None, 0.003, 0.0003, 0.0),
    ("default_year", None, None, 0.003, 0.001, 0.0),
    ("one_digit", None, None, 0.06, 0.001, 0.0),
    ("default_day", None, None, 0.005, 0.002, 0.0),
    ("year_month", None, None, 0.02, 0.002, 0.0),
    ("year_day", None, None, 0.01, 0.001, 0.0),
    ("month_day", None, None, 0.02, 0.003, 0.0),
    ("else", None, None, 0.02, 0.99, 0.0),
];
const POSTCODES: &[Row] = &[
    ("exact", None, None, 0.8, 0.0005, 0.0),
    ("edits", None, Some(1), 0.05, 0.001, 0.0),
    ("sector", None, None, 0.03, 0.002, 0.0),
    ("district", None, None, 0.04, 0.01, 0.0),
    ("else", None, None, 0.08, 0.98, 0.0),
];
const ADDRESSES: &[Row] = &[
    ("exact", None, None, 0.6, 0.0005, 0.0),
    ("same_street_address", None, None, 0.15, 0.0005, 0.0),
    ("overlap", Some(0.7), None, 0.1, 0.005, 0.0),
    ("else", None, None, 0.15, 0.99, 0.0),
];
const HOMES: &[Row] = &[
    ("same_place", None, None, 0.7, 0.00001, 0.0),
    ("same_postcode", None, None, 0.02, 0.0001, 0.0),
    ("neighbours", None, None, 0.03, 0.0002, 0.0),
    ("same_street_address", None, None, 0.03, 0.0001, 0.0),
    ("edits", None, Some(1), 0.02, 0.0005, 0.0),
    ("sector", None, None, 0.03, 0.003, 0.0),
    ("district", None, None, 0.04, 0.01, 0.0),
    ("else", None, None, 0.13, 0.98, 0.0),
];
const IDENTIFIERS: &[Row] = &[
    ("exact", None, None, 0.9, 0.000001, 0.0),
    ("edits", None, Some(1), 0.06, 0.00001, 0.0),
    ("edits", None, Some(2), 0.02, 0.001, 0.0),
    ("else", None, None, 0.02, 0.998, 0.0),
];
const CODES: &[Row] = &[("exact", None, None, 0.95, 0.2, 1.0), ("else", None, None, 0.05, 0.8, 0.0)];
const TEXTS: &[Row] = &[
    ("exact", None, None, 0.75, 0.005, 1.0),
    ("edits", None, Some(1), 0.08, 0.005, 0.3),
    ("similar", Some(0.92), None, 0.05, 0.005, 0.0),
    ("part", None, None, 0.03, 0.01, 0.0),
    ("similar", Some(0.8), None, 0.03, 0.02, 0.0),
    ("else", None, None, 0.06, 0.95, 0.0),
];
const NUMBERS: &[Row] = &[
    ("exact", None, None, 0.8, 0.01, 1.0),
    ("edits", None, Some(1), 0.1, 0.1, 0.0),
    ("else", None, None, 0.1, 0.89, 0.0),
];

/// Whether a text is short and mostly digits, such as a house number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextShape {
    /// Words.
    Words,
    /// A number.
    Number,
}

/// The levels a comparison starts with.
pub fn levels(kind: ComparisonKind, shape: TextShape, paired: bool) -> Vec<LevelEntry> {
    let rows = match kind {
        ComparisonKind::GivenName => GIVEN,
        ComparisonKind::FamilyName => FAMILY,
        ComparisonKind::Date => DATES,
        ComparisonKind::Postcode => POSTCODES,
        ComparisonKind::Address => ADDRESSES,
        ComparisonKind::Home => HOMES,
        ComparisonKind::Identifier => IDENTIFIERS,
        ComparisonKind::Code => CODES,
        ComparisonKind::Text if shape == TextShape::Number => NUMBERS,
        ComparisonKind::Text => TEXTS,
    };
    let mut levels: Vec<LevelEntry> = rows.iter().map(entry).collect();
    match kind {
        ComparisonKind::GivenName if paired => levels.insert(3, entry(&SWAPPED)),
        ComparisonKind::FamilyName if paired => levels.insert(2, entry(&PATRONYMIC)),
        _ => {}
    }
    levels
}

fn entry((when, at_least, at_most, m, u, tf): &Row) -> LevelEntry {
    LevelEntry {
        when: (*when).to_owned(),
        name: None,
        at_least: *at_least,
        at_most: *at_most,
        m: *m,
        u: Some(*u),
        others: None,
        tf: *tf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levels_of_every_kind_add_up_to_one_at_most() {
        use ComparisonKind as K;
        let kinds = [
            K::GivenName,
            K::FamilyName,
            K::Date,
            K::Postcode,
            K::Address,
            K::Home,
            K::Identifier,
            K::Code,
            K::Text,
        ];
        for kind in kinds {
            for (shape, paired) in
                [(TextShape::Words, false), (TextShape::Words, true), (TextShape::Number, true)]
            {
                let levels = levels(kind, shape, paired);
                let m: f64 = levels.iter().map(|level| level.m).sum();
                let u: f64 = levels.iter().filter_map(|level| level.u).sum();
                assert!((0.95..=1.02).contains(&m) && u <= 1.02, "{kind:?}: m {m}, u {u}");
            }
        }
    }
}
