//! Days as numbers, for arithmetic that cannot fail.

use std::fmt;

use jiff::Span;
use jiff::civil::{Date, date};

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i32);

const EPOCH: Date = date(1970, 1, 1);

impl Day {
    pub(crate) fn of(date: Date) -> Day {
        Day(EPOCH.until(date).map_or(0, |span| span.get_days()))
    }

    pub(crate) fn date(self) -> Date {
        // All days here are within a century of a configured date between 1950 and 2150.
        EPOCH.checked_add(Span::new().days(self.0)).unwrap_or(EPOCH)
    }

    pub(crate) fn plus(self, days: i32) -> Day {
        Day(self.0.saturating_add(days))
    }

    /// Days from `earlier` to this day.
    pub(crate) fn since(self, earlier: Day) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// 0 is Monday, 5 and 6 the weekend.
    pub(crate) fn weekday(self) -> i32 {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7)
    }

    /// The day with that number in a year; the month's last if the month is shorter.
    pub(crate) fn on(year: i16, month: i8, day: i8) -> Day {
        let first = Date::new(year, month.clamp(1, 12), 1).unwrap_or(EPOCH);
        let last = first.days_in_month();
        Day::of(Date::new(year, first.month(), day.clamp(1, last)).unwrap_or(first))
    }

    /// The first day on which somebody born that many years before is not yet of that age.
    pub(crate) fn years_before(self, years: i16) -> Day {
        let date = self.date();
        Day::on(date.year().saturating_sub(years), date.month(), date.day()).plus(1)
    }

    /// Whole years from birth on this day to `then`.
    pub(crate) fn age_on(self, then: Day) -> i16 {
        let (birth, then) = (self.date(), then.date());
        let before_birthday = (then.month(), then.day()) < (birth.month(), birth.day());
        then.year() - birth.year() - i16::from(before_birthday)
    }

    /// The 1 September on which a child born on this day starts the reception year: after the fourth birthday.
    pub(crate) fn reception(self) -> Day {
        let birth = self.date();
        let later = i16::from((birth.month(), birth.day()) > (8, 31));
        Day::on(birth.year() + 4 + later, 9, 1)
    }

    /// The same day `years` later.
    pub(crate) fn years_after(self, years: i16) -> Day {
        let date = self.date();
        Day::on(date.year().saturating_add(years), date.month(), date.day())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_after_the_seventeenth_year_ends_is_the_eighteenth_birthday() {
        let as_of = Day::of(date(2026, 11, 22));
        let eldest = as_of.years_before(18);
        assert_eq!(eldest.to_string(), "2008-11-23");
        assert_eq!(eldest.age_on(as_of), 17);
        assert_eq!(eldest.plus(-1).age_on(as_of), 18);
    }

    #[test]
    fn school_starts_in_the_september_after_the_fourth_birthday() {
        assert_eq!(Day::on(2020, 8, 31).reception().to_string(), "2024-09-01");
        assert_eq!(Day::on(2020, 9, 1).reception().to_string(), "2025-09-01");
    }

    #[test]
    fn weekdays_are_counted_from_monday() {
        assert_eq!(Day::of(date(2026, 11, 22)).weekday(), 6);
    }
}
