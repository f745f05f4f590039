//! Dates as people read them.

use directory::{PartialDate, local_time};
use jiff::Timestamp;
use jiff::civil::Date;

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

/// `9 March 2014 at 14:05`, in the time of the country.
pub(crate) fn long_instant(instant: Timestamp) -> String {
    let when = instant.to_zoned(local_time::zone());
    format!("{} at {:02}:{:02}", long_day(when.date()), when.hour(), when.minute())
}

/// `9 July 2014 at 14:05:59 BST`: to the second, and with the zone, for what may be laid before a court.
pub(crate) fn exact_instant(instant: Timestamp) -> String {
    let when = instant.to_zoned(local_time::zone());
    format!("{} at {}", long_day(when.date()), when.strftime("%H:%M:%S %Z"))
}

/// The day of an instant in the country: `9 March 2014`.
pub(crate) fn day_of(instant: Timestamp) -> String {
    long_day(instant.to_zoned(local_time::zone()).date())
}

#[cfg(test)]
mod tests {
    use super::{day_of, exact_instant, long, long_instant};

    #[test]
    fn a_date_shows_what_is_known_of_it() {
        assert_eq!(long("2014-03-09".parse().unwrap()), "9 March 2014");
        assert_eq!(long("2014-12".parse().unwrap()), "December 2014");
        assert_eq!(long("2014".parse().unwrap()), "2014");
    }

    #[test]
    fn an_instant_is_told_in_the_time_of_the_country() {
        let [winter, summer] =
            ["2026-11-22T09:05:59Z", "2026-07-01T23:05:59Z"].map(|at| at.parse::<jiff::Timestamp>().unwrap());
        assert_eq!(long_instant(winter), "22 November 2026 at 09:05");
        assert_eq!(long_instant(summer), "2 July 2026 at 00:05");
        assert_eq!(exact_instant(winter), "22 November 2026 at 09:05:59 GMT");
        assert_eq!(exact_instant(summer), "2 July 2026 at 00:05:59 BST");
        assert_eq!(day_of(summer), "2 July 2026");
    }
}
