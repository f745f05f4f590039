//! Dates as people and programs write them, and which rule each wrong one breaks.

use directory::PartialDate;
use directory::partial_date::PartialDateError;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::rules::Rule;

/// A date of which the day, or day and month, may be missing.
pub(crate) fn partial(value: &str) -> Result<PartialDate, Rule> {
    PartialDate::parse(value).map_err(|error| match error {
        PartialDateError::Shape => misshapen(without_time(value)),
        PartialDateError::Calendar => Rule::ImpossibleDate,
        PartialDateError::Year => Rule::YearOutOfRange,
    })
}

/// A day (its first moment in UTC), or a moment with its offset.
pub(crate) fn moment(value: &str) -> Result<Timestamp, Rule> {
    if !value.contains([':', 'T', 't']) {
        let date = partial(value)?.whole().ok_or(Rule::DateFormat)?;
        return date.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|_| Rule::DateFormat);
    }
    let day = value.get(..10).ok_or(Rule::DateFormat)?;
    partial(day)?.whole().ok_or(Rule::DateFormat)?;
    if !has_offset(value) {
        return Err(Rule::DateFormat);
    }
    value.parse().map_err(|_| Rule::DateFormat)
}

/// RFC 3339 ends in `Z` or in an offset; jiff alone would also take names of time zones in brackets.
fn has_offset(value: &str) -> bool {
    let Some(time) = value.get(11..) else { return false };
    time.ends_with(['Z', 'z'])
        || time.rsplit_once(['+', '-']).is_some_and(|(_, offset)| {
            offset.len() == 5 && offset.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
        })
}

/// The date before a time of day, which does not make it a date of another day.
fn without_time(value: &str) -> &str {
    let is_time = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit()) && rest.contains(':');
    match value.split_once(['T', 't', ' ']) {
        Some((date, rest)) if is_time(rest.trim_start()) => date,
        _ => value,
    }
}

/// A date in another notation: is it at least a day of the calendar? 31/02/2015 is none in any notation.
fn misshapen(value: &str) -> Rule {
    let parts: Vec<&str> = value.split(['/', '.', '-', ' ']).filter(|part| !part.is_empty()).collect();
    let numbers: Option<Vec<i16>> = parts.iter().map(|part| number(part)).collect();
    let exists = |year: i16, month: i16, day: i16| match (i8::try_from(month), i8::try_from(day)) {
        (Ok(month), Ok(day)) => Date::new(year, month, day).is_ok(),
        _ => false,
    };
    let possible = match (numbers.as_deref(), parts.as_slice()) {
        (Some(&[year, month, day]), [y, _, _]) if y.len() == 4 => exists(year, month, day),
        // Day first or month first; a year of two digits is taken for one of this century.
        (Some(&[first, second, third]), [_, _, last]) => {
            let year = if last.len() <= 2 { third.saturating_add(2000) } else { third };
            exists(year, second, first) || exists(year, first, second)
        }
        (Some(_), [digits]) if digits.len() == 8 => {
            let part = |range| digits.get(range).and_then(number).unwrap_or(0);
            exists(part(0..4), part(4..6), part(6..8)) || exists(part(4..8), part(2..4), part(0..2))
        }
        _ => true,
    };
    if possible { Rule::DateFormat } else { Rule::ImpossibleDate }
}

fn number(part: &str) -> Option<i16> {
    let plain = part.len() <= 8 && part.bytes().all(|byte| byte.is_ascii_digit());
    // Eight digits run together do not fit and need not: they are read piece by piece.
    plain.then(|| part.parse().unwrap_or(i16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_way_to_write_a_date_is_told_apart() {
        for (value, expected) in [
            ("2015-02-28", None),
            ("2016-02-29", None),
            ("2015-02", None),
            ("2015", None),
            ("2015-02-31", Some(Rule::ImpossibleDate)),
            ("2015-13", Some(Rule::ImpossibleDate)),
            ("2015-00-10", Some(Rule::ImpossibleDate)),
            ("31/02/2015", Some(Rule::ImpossibleDate)),
            ("31.02.15", Some(Rule::ImpossibleDate)),
            ("20150231", Some(Rule::ImpossibleDate)),
            ("28/02/2015", Some(Rule::DateFormat)),
            ("02/28/2015", Some(Rule::DateFormat)),
            ("28-02-15", Some(Rule::DateFormat)),
            ("2015/02/28", Some(Rule::DateFormat)),
            ("2015-2-3", Some(Rule::DateFormat)),
            ("20150228", Some(Rule::DateFormat)),
            ("28 Feb 2015", Some(Rule::DateFormat)),
            ("2015-02-28T00:00:00Z", Some(Rule::DateFormat)),
            ("2015-02-28 00:00:00", Some(Rule::DateFormat)),
            ("28/02/2015 00:00", Some(Rule::DateFormat)),
            ("31/02/2015 00:00", Some(Rule::ImpossibleDate)),
            ("2015-02-31T00:00:00", Some(Rule::ImpossibleDate)),
            ("unknown", Some(Rule::DateFormat)),
            ("42063", Some(Rule::DateFormat)),
            ("0015-02-28", Some(Rule::YearOutOfRange)),
            ("1066", Some(Rule::YearOutOfRange)),
            ("9999-12-31", Some(Rule::YearOutOfRange)),
        ] {
            assert_eq!(partial(value).err(), expected, "{value}");
        }
    }

    #[test]
    fn an_effective_date_is_a_day_or_a_moment_with_an_offset() {
        for (value, expected) in [
            ("2026-01-31", Ok("2026-01-31T00:00:00Z")),
            ("2026-01-31T09:30:00Z", Ok("2026-01-31T09:30:00Z")),
            ("2026-01-31T09:30:00+01:00", Ok("2026-01-31T08:30:00Z")),
            ("2026-01-31T09:30:00.250Z", Ok("2026-01-31T09:30:00.25Z")),
            ("2026-01-31T09:30:00", Err(Rule::DateFormat)),
            ("2026-01-31T09:30:00[Europe/London]", Err(Rule::DateFormat)),
            ("2026-01", Err(Rule::DateFormat)),
            ("2026-02-30T09:30:00Z", Err(Rule::ImpossibleDate)),
            ("0026-01-31T09:30:00Z", Err(Rule::YearOutOfRange)),
            ("09:30", Err(Rule::DateFormat)),
        ] {
            assert_eq!(
                moment(value).map(|moment| moment.to_string()),
                expected.map(str::to_owned),
                "{value}"
            );
        }
    }
}
