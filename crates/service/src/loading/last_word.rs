//! What a source said last of a record, by the source's own time (law 8): what it said before comes late, and is not applied,
//! whether it is a statement or an end. Of the statements of one time the last to come counts; a statement of the day of an end
//! that comes after the end stands, and an end of the day of a statement ends what that says.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// When a source spoke last of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastWord {
    /// The time of its last statement, microseconds UTC.
    pub(super) stated: i64,
    /// As of which day it ended the record after it, if that is known.
    pub(super) ended_on: Option<Date>,
}

impl LastWord {
    /// The same of a record that also has statements elsewhere: the last of them is of that time.
    pub(super) fn or_stated(self, at: i64) -> Self {
        Self { stated: self.stated.max(at), ..self }
    }

    /// Whether a statement of that time comes late. A full file says on its day again what it states, however long ago that
    /// changed: it brings back what its source ended before.
    pub(super) fn is_after_statement(self, at: i64, full_on: Option<Date>) -> bool {
        let said_on = day_of(at).max(full_on);
        at < self.stated || self.ended_on.is_some_and(|ended| said_on.is_some_and(|said| said < ended))
    }

    /// Whether an end as of that day comes late.
    pub(super) fn is_after_end(self, as_of: Date) -> bool {
        day_of(self.stated).is_some_and(|stated| stated > as_of)
    }
}

/// A time that is not known has no day.
fn day_of(at: i64) -> Option<Date> {
    Some(Timestamp::from_microsecond(at).ok()?.to_zoned(TimeZone::UTC).date())
}

#[cfg(test)]
mod tests {
    use super::LastWord;
    use jiff::Timestamp;
    use jiff::civil::{Date, date};

    fn at(moment: &str) -> i64 {
        moment.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn what_was_said_before_the_last_word_comes_late_and_of_its_own_day_does_not() {
        let ended = LastWord { stated: at("2026-01-31T09:00:00Z"), ended_on: Some(date(2026, 3, 1)) };
        let late = |moment: &str, full_on: Option<Date>| ended.is_after_statement(at(moment), full_on);
        assert!(late("2026-02-28T23:59:59Z", None) && late("2026-02-01T00:00:00Z", Some(date(2026, 2, 28))));
        assert!(!late("2026-03-01T00:00:00Z", None), "the day of the end");
        assert!(!late("2026-01-31T09:00:00Z", Some(date(2026, 3, 1))), "a full file says it again");
        assert!(late("2026-01-31T08:59:59Z", Some(date(2026, 3, 9))), "but not what was replaced");
        assert!(ended.is_after_end(date(2026, 1, 30)) && !ended.is_after_end(date(2026, 1, 31)));
        let earlier = LastWord { ended_on: None, ..ended };
        assert!(
            !earlier.is_after_statement(at("2026-02-01T00:00:00Z"), None),
            "an end whose day is not known"
        );
        let unknown = LastWord { stated: i64::MIN, ended_on: None };
        assert!(
            !unknown.is_after_statement(at("1999-01-01T00:00:00Z"), None)
                && !unknown.is_after_end(date(1999, 1, 1))
        );
    }
}
