//! Days and moments as HL7 writes them.

use directory::local_time;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;

/// `YYYYMMDD…` as YYYY-MM-DD, `YYYYMM` as YYYY-MM; anything else as it stands, so that the rules name what is wrong with it.
pub(super) fn day(value: &str) -> String {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    match (value.get(..4), value.get(4..6), value.get(6..8)) {
        (Some(year), Some(month), Some(day)) if digits >= 8 => format!("{year}-{month}-{day}"),
        (Some(year), Some(month), _) if digits == 6 && value.len() == 6 => format!("{year}-{month}"),
        _ => value.to_owned(),
    }
}

/// `YYYYMMDDHHMM[SS[.S…]][+ZZZZ]` as RFC 3339; without an offset it is the time of day of the country, without a time a day.
pub(super) fn moment(value: &str) -> String {
    let (time, offset) = match value.find(['+', '-']) {
        Some(at) => value.split_at(at),
        None => (value, ""),
    };
    let digits = time.bytes().take_while(u8::is_ascii_digit).count();
    let (Some(hour), Some(minute)) = (time.get(8..10), time.get(10..12)) else { return day(value) };
    if digits < 12 {
        return day(value);
    }
    let second = time.get(12..14).filter(|_| digits >= 14).unwrap_or("00");
    let fraction = time.get(14..).filter(|rest| rest.starts_with('.') && rest.len() > 1).unwrap_or("");
    let local = format!("{}T{hour}:{minute}:{second}{fraction}", day(time));
    match (offset.get(..3), offset.get(3..5)) {
        (Some(hours), Some(minutes)) => format!("{local}{hours}:{minutes}"),
        // What is no time stays as it is, so that the rules name what is wrong with it.
        _ => local.parse().ok().and_then(in_the_country).map_or(format!("{local}Z"), |at| at.to_string()),
    }
}

/// The instant of a time of day of the country. Of the hour that comes twice in autumn nobody can tell which was meant: all of it is
/// the moment at which it comes again, so that of two messages from it the later to come counts.
fn in_the_country(local: DateTime) -> Option<Timestamp> {
    let zone = local_time::zone();
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let twice = matches!(ambiguous.offset(), AmbiguousOffset::Fold { .. });
    let first = ambiguous.compatible().ok()?;
    match twice {
        true => Some(zone.following(first).next()?.timestamp()),
        false => Some(first),
    }
}

/// Whether this day, month or year had passed on the day `known`; where nobody says when that was, whatever has an end is over.
pub(super) fn has_passed(end: &str, known: &str) -> bool {
    let end = day(end);
    let known = known.get(..10).unwrap_or(known);
    !end.is_empty() && (known.is_empty() || (*end < *known && !known.starts_with(&end)))
}

/// Whether this day, month or year had come on the day `known`; where nobody says when that was, it had.
pub(super) fn has_begun(start: &str, known: &str) -> bool {
    let start = day(start);
    let known = known.get(..10).unwrap_or(known);
    start.is_empty() || known.is_empty() || *start <= *known || start.starts_with(known)
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn a_time_without_an_offset_is_the_country_s_and_the_hour_that_comes_twice_is_one_moment() {
        for (written, meant) in [
            ("20260702001000", "2026-07-01T23:10:00Z"),
            ("202601020010", "2026-01-02T00:10:00Z"),
            ("20260702001000.25", "2026-07-01T23:10:00.25Z"),
            ("20260702001000+0000", "2026-07-02T00:10:00+00:00"),
            ("20261025005959", "2026-10-24T23:59:59Z"),
            ("20261025013000", "2026-10-25T01:00:00Z"),
            ("20261025010500", "2026-10-25T01:00:00Z"),
            ("20261025020000", "2026-10-25T02:00:00Z"),
            ("20260329013000", "2026-03-29T01:30:00Z"),
            ("20260702", "2026-07-02"),
            ("20261332101010", "2026-13-32T10:10:10Z"),
        ] {
            assert_eq!(moment(written), meant, "{written}");
        }
    }
}
