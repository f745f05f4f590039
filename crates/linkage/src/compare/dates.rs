//! Dates against dates.

use super::{Hit, first_level, plain};
use crate::model::compile::Level;
use crate::model::level::Test;
use crate::normalise::date::Date;

/// One date against one date.
pub fn hit(levels: &[Level], a: &Date, b: &Date) -> Option<Hit> {
    Some(plain(first_level(levels, |test| holds(test, a, b))))
}

fn holds(test: Test, a: &Date, b: &Date) -> bool {
    if test == Test::Else {
        return true;
    }
    let (year, month, day) = (a.year == b.year, a.month == b.month, a.day == b.day);
    if !a.is_whole() || !b.is_whole() {
        return match test {
            Test::Partial => {
                year && (month || a.month == 0 || b.month == 0) && (day || a.day == 0 || b.day == 0)
            }
            Test::Year => year,
            _ => false,
        };
    }
    match test {
        Test::ExactDefault => year && month && day && a.is_default(),
        Test::Exact => year && month && day,
        Test::DayMonthSwapped => year && a.day == b.month && a.month == b.day,
        Test::YearOffByOne => month && day && a.year.abs_diff(b.year) == 1,
        // A slip leaves one of the three parts as it was, mostly two.
        Test::OneDigit => (year || month || day) && one_slip(a.digits(), b.digits()),
        Test::YearMonth => year && month,
        Test::YearDay => year && day,
        Test::MonthDay => month && day,
        Test::DefaultDay => {
            year && (a.is_default() || b.is_default() || (month && (a.day == 1 || b.day == 1)))
        }
        Test::DefaultYear => year && (a.is_default() || b.is_default()),
        Test::WithinDays(most) => a.day_number().abs_diff(b.day_number()) <= most,
        Test::Year => year,
        _ => false,
    }
}

/// One digit differs, or two neighbouring digits changed places.
fn one_slip(a: [u8; 8], b: [u8; 8]) -> bool {
    let differs = |position: usize| a.get(position) != b.get(position);
    let count = (0..8).filter(|position| differs(*position)).count();
    let Some(first) = (0..8).find(|position| differs(*position)) else { return false };
    count == 1
        || (count == 2 && a.get(first) == b.get(first + 1) && a.get(first + 1) == b.get(first) && first < 7)
}
