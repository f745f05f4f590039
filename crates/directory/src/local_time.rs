//! The time of day of the country: instants are kept in UTC, and people read them, and keep hours, by this.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The United Kingdom's time zone (Europe/London), as POSIX writes it, so that no database of time zones is needed.
pub const UNITED_KINGDOM: &str = "GMT0BST,M3.5.0/1,M10.5.0";

/// The zone of [`UNITED_KINGDOM`].
#[must_use]
pub fn zone() -> TimeZone {
    TimeZone::posix(UNITED_KINGDOM).unwrap_or(TimeZone::UTC)
}

/// The first moment of a day in the country; nothing for a day at the end of time.
#[must_use]
pub fn start_of(day: Date) -> Option<Timestamp> {
    day.to_zoned(zone()).ok().map(|start| start.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::Date;

    use super::{start_of, zone};

    #[test]
    fn the_country_is_an_hour_ahead_from_the_last_sunday_of_march_to_that_of_october() {
        for (utc, local) in [
            ("2026-03-29T00:59:59Z", "2026-03-29T00:59:59"),
            ("2026-03-29T01:00:00Z", "2026-03-29T02:00:00"),
            ("2026-07-01T23:30:00Z", "2026-07-02T00:30:00"),
            ("2026-10-25T00:59:59Z", "2026-10-25T01:59:59"),
            ("2026-10-25T01:00:00Z", "2026-10-25T01:00:00"),
        ] {
            let instant: Timestamp = utc.parse().unwrap();
            assert_eq!(instant.to_zoned(zone()).datetime().to_string(), local, "{utc}");
        }
    }

    #[test]
    fn a_summer_day_begins_at_eleven_in_the_evening_utc() {
        let start = |day: &str| start_of(day.parse::<Date>().unwrap()).unwrap().to_string();
        assert_eq!(start("2026-07-02"), "2026-07-01T23:00:00Z");
        assert_eq!(start("2026-12-02"), "2026-12-02T00:00:00Z");
    }
}
