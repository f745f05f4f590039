//! When a source said something.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::local_time;

/// When a source said something: at a moment, or on a day of which no time is known. A source that says a day has said it all day:
/// it is neither before nor after a moment of that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SaidAt {
    /// At this moment.
    Moment(Timestamp),
    /// On this day.
    Day(Date),
}

impl SaidAt {
    /// What a source's time says: a day alone is read as its first moment in UTC.
    #[must_use]
    pub fn of(time: Timestamp) -> Self {
        let utc = time.to_zoned(TimeZone::UTC);
        if utc.time() == Time::midnight() { Self::Day(utc.date()) } else { Self::Moment(time) }
    }

    /// Its day in the country.
    #[must_use]
    pub fn day(self) -> Date {
        match self {
            Self::Moment(moment) => moment.to_zoned(local_time::zone()).date(),
            Self::Day(day) => day,
        }
    }

    /// Whether it was said before the other.
    #[must_use]
    pub fn is_before(self, other: Self) -> bool {
        match (self, other) {
            (Self::Moment(one), Self::Moment(other)) => one < other,
            _ => self.day() < other.day(),
        }
    }
}

impl From<Date> for SaidAt {
    fn from(day: Date) -> Self {
        Self::Day(day)
    }
}

#[cfg(test)]
mod tests {
    use super::SaidAt;
    use jiff::civil::date;

    fn at(text: &str) -> SaidAt {
        SaidAt::of(text.parse().unwrap())
    }

    #[test]
    fn moments_are_ordered_and_a_day_is_said_all_day() {
        assert!(at("2026-07-01T23:10:00Z").is_before(at("2026-07-01T23:40:00Z")));
        let day = at("2026-07-02T00:00:00Z");
        assert_eq!(day, SaidAt::Day(date(2026, 7, 2)));
        // Half past midnight in summer, of the same day in the country.
        let same = at("2026-07-01T23:30:00Z");
        assert!(!day.is_before(same) && !same.is_before(day));
        assert!(at("2026-07-01T22:30:00Z").is_before(day) && day.is_before(at("2026-07-02T23:30:00Z")));
    }

    #[test]
    fn it_is_kept_as_it_was_said() {
        for said in [at("2026-07-01T23:10:00.25Z"), at("2026-07-02T00:00:00Z")] {
            let kept = serde_json::to_string(&said).unwrap();
            assert_eq!(serde_json::from_str::<SaidAt>(&kept).unwrap(), said, "{kept}");
        }
        // As it was kept before moments were.
        assert_eq!(serde_json::from_str::<SaidAt>("\"2026-07-02\"").unwrap(), SaidAt::Day(date(2026, 7, 2)));
    }
}
