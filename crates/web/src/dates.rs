//! Dates as people read them.

use directory::PartialDate;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month_name(month: i8) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default()
}

/// `9 March 2014`, `March 2014` or `2014`.
pub(crate) fn long(date: PartialDate) -> String {
    match (date.month(), date.day()) {
        (Some(month), Some(day)) => format!("{day} {} {}", month_name(month), date.year()),
        (Some(month), None) => format!("{} {}", month_name(month), date.year()),
        (None, _) => date.year().to_string(),
    }
}

/// `March 2014`
pub(crate) fn month(month: directory::Month) -> String {
    format!("{} {}", month_name(month.month()), month.year())
}

/// `9 March 2014`
pub(crate) fn long_day(date: Date) -> String {
    format!("{} {} {}", date.day(), month_name(date.month()), date.year())
}

/// `9 March 2014 at 14:05 (UTC)`
pub(crate) fn long_instant(instant: Timestamp) -> String {
    let when = instant.to_zoned(TimeZone::UTC);
    format!("{} at {:02}:{:02} (UTC)", long_day(when.date()), when.hour(), when.minute())
}

#[cfg(test)]
mod tests {
    use super::{long, long_instant};

    #[test]
    fn a_date_shows_what_is_known_of_it() {
        assert_eq!(long("2014-03-09".parse().unwrap()), "9 March 2014");
        assert_eq!(long("2014-12".parse().unwrap()), "December 2014");
        assert_eq!(long("2014".parse().unwrap()), "2014");
        assert_eq!(long_instant("2026-11-22T09:05:59Z".parse().unwrap()), "22 November 2026 at 09:05 (UTC)");
    }
}
