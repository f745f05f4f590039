//! The one table of what the sources know and what goes wrong in them. `docs/population.md` prints it; a
//! test compares the two.

use crate::Source;

/// One row of the table: how often something is so in each source.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// The code in the `changes` column of `truth.csv`, or the name of a share that leaves no code.
    pub code: &'static str,
    /// What happens, and to which records the rate applies.
    pub what: &'static str,
    /// Records (or fields, where `what` says so) in 100,000, in the order of [`Source::ALL`].
    pub in_100_000: [u32; 6],
}

/// The rows of [`TABLE`], in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Covered,
    Duplicate,
    OutOfDate,
    Typing,
    Keyboard,
    Ocr,
    Phonetic,
    Nickname,
    NamesSwapped,
    MiddleDropped,
    MiddleInitials,
    SurnameFormer,
    SurnameKnownAs,
    AliasGiven,
    HyphenLost,
    SurnamePart,
    LastNameOther,
    SingleNamePlaced,
    Transliteration,
    MarksLost,
    NativeScript,
    BabyName,
    DayMonthSwapped,
    BirthDigit,
    BirthYear,
    BirthDefault,
    BirthPartial,
    BirthMissing,
    GenderNotStated,
    GenderWrong,
    AddressOtherHousehold,
    AddressMissing,
    NoKnownAddress,
    LeftEngland,
    Abbreviated,
    StreetTyping,
    HouseMissing,
    PostcodeWrong,
    PostcodeMissing,
    IdentifierMissing,
    IdentifierOther,
    CarerMissing,
}

/// What each source knows and how often it is wrong.
#[rustfmt::skip]
pub const TABLE: &[Rate] = &[
    Rate { code: "covered", what: "children in the source's remit who have a record (no code)", in_100_000: [99_900, 93_000, 92_500, 97_000, 9_000, 98_000] },
    Rate { code: "duplicate", what: "children with a second record in the same source", in_100_000: [50, 200, 600, 500, 2_000, 800] },
    Rate { code: "out_of_date", what: "records last refreshed on some earlier day since the child became known (no code of its own: see surname_former, address_former)", in_100_000: [0, 9_000, 4_000, 9_000, 6_000, 4_000] },
    Rate { code: "typing", what: "a letter left out, doubled, changed or moved; of first forenames and of surnames", in_100_000: [150, 300, 450, 400, 900, 600] },
    Rate { code: "keyboard", what: "a neighbouring key; of first forenames and of surnames", in_100_000: [80, 150, 250, 200, 500, 350] },
    Rate { code: "ocr", what: "a letter misread by a scanner; of first forenames and of surnames", in_100_000: [300, 150, 20, 30, 50, 20] },
    Rate { code: "phonetic", what: "written as heard; of first forenames and of surnames", in_100_000: [50, 250, 250, 250, 900, 500] },
    Rate { code: "nickname", what: "a short form for the first forename; of names that have one", in_100_000: [0, 300, 2_000, 800, 6_000, 1_500] },
    Rate { code: "names_swapped", what: "forenames and surname in each other's place", in_100_000: [20, 200, 300, 300, 600, 400] },
    Rate { code: "middle_names_dropped", what: "first forename only; of children with several", in_100_000: [0, 35_000, 30_000, 15_000, 65_000, 70_000] },
    Rate { code: "middle_names_initials", what: "initials for middle names; of the rest of them", in_100_000: [0, 20_000, 2_000, 5_000, 2_000, 2_000] },
    Rate { code: "surname_former", what: "never told of a change of surname; of children whose surname changed before the record was refreshed (records refreshed before the change carry the code as well)", in_100_000: [100_000, 15_000, 12_000, 20_000, 12_000, 15_000] },
    Rate { code: "surname_known_as", what: "the surname the child goes by for the one in law; of children with such a name", in_100_000: [0, 3_000, 30_000, 20_000, 40_000, 20_000] },
    Rate { code: "alias_given", what: "other names given as aliases (no code); of children with other names, in sources with alias columns", in_100_000: [0, 0, 45_000, 30_000, 75_000, 20_000] },
    Rate { code: "hyphen_lost", what: "a space for the hyphen, or a hyphen for the space; of surnames of two parts", in_100_000: [1_000, 15_000, 8_000, 10_000, 10_000, 10_000] },
    Rate { code: "surname_part", what: "one part only; of surnames of two parts", in_100_000: [300, 6_000, 6_000, 7_000, 12_000, 8_000] },
    Rate { code: "last_name_other", what: "another of the father's and grandfather's names taken as surname; of children named after both", in_100_000: [2_000, 12_000, 14_000, 15_000, 20_000, 18_000] },
    Rate { code: "single_name_placed", what: "the one name written as surname, or as both names; of children of one name", in_100_000: [50_000, 60_000, 30_000, 40_000, 40_000, 40_000] },
    Rate { code: "transliteration", what: "another spelling of a name; of names with several, in families that bear them", in_100_000: [500, 7_000, 6_000, 8_000, 14_000, 9_000] },
    Rate { code: "marks_lost", what: "letters outside ASCII written without their marks; of such names", in_100_000: [70_000, 95_000, 45_000, 60_000, 40_000, 60_000] },
    Rate { code: "native_script", what: "the name in Arabic letters; of names the table of Arabic spellings has", in_100_000: [0, 0, 50, 300, 500, 200] },
    Rate { code: "baby_name", what: "still called Baby; of named children under two (a child not yet named always is)", in_100_000: [0, 0, 0, 800, 500, 2_500] },
    Rate { code: "day_month_swapped", what: "day and month in each other's place, where that is a date", in_100_000: [30, 200, 350, 300, 700, 500] },
    Rate { code: "birth_digit", what: "one digit of the day or the month wrong", in_100_000: [50, 250, 400, 350, 900, 500] },
    Rate { code: "birth_year", what: "the year before or after", in_100_000: [20, 100, 180, 150, 400, 150] },
    Rate { code: "birth_default", what: "1 January for the day and month; ten times as often for children born abroad", in_100_000: [0, 60, 80, 120, 300, 60] },
    Rate { code: "birth_partial", what: "year, or year and month, only", in_100_000: [0, 0, 0, 50, 700, 0] },
    Rate { code: "birth_missing", what: "no date of birth", in_100_000: [0, 0, 0, 30, 400, 0] },
    Rate { code: "gender_not_stated", what: "no gender given", in_100_000: [20, 300, 100, 200, 1_500, 400] },
    Rate { code: "gender_wrong", what: "the other gender", in_100_000: [10, 150, 150, 150, 400, 200] },
    Rate { code: "address_other_household", what: "the other parent's address; of children of two households", in_100_000: [0, 8_000, 15_000, 18_000, 25_000, 10_000] },
    Rate { code: "address_missing", what: "no address", in_100_000: [100, 300, 600, 300, 2_000, 500] },
    Rate { code: "no_known_address", what: "a statement that no address is known", in_100_000: [0, 20, 50, 30, 400, 50] },
    Rate { code: "left_england", what: "a statement that the child left England", in_100_000: [0, 100, 20, 150, 20, 50] },
    Rate { code: "address_abbreviated", what: "Rd for Road and the like (a difference, not an error)", in_100_000: [2_000, 30_000, 20_000, 25_000, 30_000, 25_000] },
    Rate { code: "street_typing", what: "a letter of the street wrong", in_100_000: [200, 800, 1_200, 1_000, 2_500, 1_500] },
    Rate { code: "house_missing", what: "no house number", in_100_000: [100, 200, 500, 300, 1_500, 500] },
    Rate { code: "postcode_wrong", what: "a letter of the unit or the digit of the sector wrong", in_100_000: [200, 400, 900, 700, 2_000, 1_200] },
    Rate { code: "postcode_missing", what: "no postcode", in_100_000: [500, 500, 800, 500, 3_000, 1_000] },
    Rate { code: "identifier_missing", what: "a number the source should carry is absent; of each number", in_100_000: [3_000, 3_000, 30_000, 30_000, 30_000, 30_000] },
    Rate { code: "identifier_other", what: "the number of a brother or sister; of children with one", in_100_000: [20, 50, 200, 150, 500, 300] },
    Rate { code: "carer_missing", what: "a carer the source could name is absent; of each carer", in_100_000: [8_000, 0, 15_000, 0, 12_000, 10_000] },
];

impl Cause {
    /// How often in that source, in 100,000.
    pub(crate) fn rate(self, source: Source) -> u32 {
        let row = TABLE.get(self as usize);
        row.and_then(|row| row.in_100_000.get(source as usize)).copied().unwrap_or(0)
    }

    /// The code in `truth.csv`.
    pub(crate) fn code(self) -> &'static str {
        TABLE.get(self as usize).map_or("", |row| row.code)
    }
}

/// The code of a record whose address was left before the day of the population.
pub(crate) const ADDRESS_FORMER: &str = "address_former";

/// The table as Markdown, as `docs/population.md` carries it: per cent.
pub fn markdown() -> String {
    let mut text = String::from("| code |");
    for source in Source::ALL {
        text.push_str(&format!(" {source} |"));
    }
    text.push_str(" what |\n|---|---:|---:|---:|---:|---:|---:|---|\n");
    for row in TABLE {
        text.push_str(&format!("| {} |", row.code));
        for rate in row.in_100_000 {
            text.push_str(&format!(" {} |", per_cent(rate)));
        }
        text.push_str(&format!(" {} |\n", row.what));
    }
    text
}

/// `1234` as `1.234`, without closing noughts.
fn per_cent(rate: u32) -> String {
    let text = format!("{}.{:03}", rate / 1000, rate % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_stands_at_its_row() {
        assert_eq!(Cause::CarerMissing as usize + 1, TABLE.len());
        assert_eq!(Cause::CarerMissing.code(), "carer_missing");
        assert_eq!(Cause::Covered.code(), "covered");
        assert_eq!(Cause::MarksLost.code(), "marks_lost");
        assert_eq!(Cause::AddressOtherHousehold.code(), "address_other_household");
        assert_eq!(Cause::Abbreviated.code(), "address_abbreviated");
    }

    #[test]
    fn rates_are_printed_in_per_cent() {
        assert_eq!(per_cent(92_500), "92.5");
        assert_eq!(per_cent(20), "0.02");
        assert_eq!(per_cent(100_000), "100");
        assert_eq!(per_cent(0), "0");
    }
}
