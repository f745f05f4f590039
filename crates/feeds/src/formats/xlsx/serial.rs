//! Excel's numbers as the text a feed has.

use jiff::ToSpan as _;
use jiff::civil::date;

/// A number without an exponent and without a decimal point where it is whole: an NHS number stays ten digits.
pub(super) fn number(raw: &str) -> String {
    match raw.parse::<f64>() {
        Ok(value) if value.fract() == 0.0 && value.abs() < 1e15 => format!("{value:.0}"),
        _ => raw.to_owned(),
    }
}

/// A day, or a moment (taken for UTC, a workbook knows no zone); the number itself where it is no day of the calendar.
pub(super) fn day(raw: &str, from_1904: bool) -> String {
    as_day(raw, from_1904).unwrap_or_else(|| number(raw))
}

fn as_day(raw: &str, from_1904: bool) -> Option<String> {
    let value = raw.parse::<f64>().ok().filter(|value| (0.0..3_000_000.0).contains(value))?;
    // To whole seconds: what a calculation leaves a hair before midnight is midnight.
    let whole = (value * 86_400.0).round() as i64;
    let (days, seconds) = (whole.div_euclid(86_400), whole.rem_euclid(86_400));
    // Excel believes that 29 February 1900 existed: before it the days are counted from a day later.
    let first = match (from_1904, days < 60) {
        (true, _) => date(1904, 1, 1),
        (false, true) => date(1899, 12, 31),
        (false, false) => date(1899, 12, 30),
    };
    let day = first.checked_add(days.days()).ok()?;
    if seconds == 0 {
        return Some(day.to_string());
    }
    let moment = day.at(0, 0, 0, 0).checked_add(seconds.seconds()).ok()?;
    Some(format!("{}Z", moment.strftime("%Y-%m-%dT%H:%M:%S")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_days_become_what_a_feed_has() {
        assert_eq!(number("9.990000018E9"), "9990000018");
        assert_eq!(number("12.5"), "12.5");
        assert_eq!(number("1e999"), "1e999");
        for (raw, expected) in [
            ("42063", "2015-02-28"),
            ("1", "1900-01-01"),
            ("61", "1900-03-01"),
            ("42063.5", "2015-02-28T12:00:00Z"),
            ("42062.9999999", "2015-02-28"),
            ("42063.0000001", "2015-02-28"),
            ("-4", "-4"),
            ("2958466000", "2958466000"),
        ] {
            assert_eq!(day(raw, false), expected, "{raw}");
        }
        assert_eq!(day("40601", true), "2015-02-28");
    }
}
