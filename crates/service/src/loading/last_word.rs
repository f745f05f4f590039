//! What a source said last of a record, by the source's own time (law 8): what it said before comes late, and is not applied,
//! whether it is a statement or an end. Of the statements of one time the last to come counts. An end has a day as of which it
//! holds, which may be long ago, and by which nothing is ordered, and a time at which it was said: of what was said on the same day
//! at no time of its own the last to come counts.

use directory::{SaidAt, local_time};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// That a record ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EndWord {
    /// As of which day: the last day of what it states.
    pub(crate) as_of: Date,
    /// When that was said.
    pub(crate) said: SaidAt,
}

impl EndWord {
    /// What a full file of that day lacks. It may have been made as the day began: what was said at a time of that day was said
    /// after it, and what it states was said before that.
    pub(super) fn of_file(as_of: Date) -> Self {
        let said = local_time::start_of(as_of).map_or(SaidAt::Day(as_of), SaidAt::Moment);
        Self { as_of, said }
    }
}

/// When a source spoke last of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastWord {
    /// The time of its last statement, microseconds UTC.
    pub(super) stated: i64,
    /// When it ended the record after it, if that is known.
    pub(super) ended_on: Option<SaidAt>,
}

impl LastWord {
    /// The same of a record that also has statements elsewhere: the last of them is of that time.
    pub(super) fn or_stated(self, at: i64) -> Self {
        Self { stated: self.stated.max(at), ..self }
    }

    /// Whether a statement of that time comes late. A full file says as its day begins again what it states, however long ago
    /// that changed: it brings back what its source ended before.
    pub(super) fn is_after_statement(self, at: i64, full_on: Option<Date>) -> bool {
        let file = full_on.map(|day| EndWord::of_file(day).said);
        let said = said_at(at).map(|said| file.filter(|file| said.is_before(*file)).unwrap_or(said));
        at < self.stated || self.ended_on.is_some_and(|ended| said.is_some_and(|said| said.is_before(ended)))
    }

    /// Whether an end that was said then comes late.
    pub(super) fn is_after_end(self, said: SaidAt) -> bool {
        said_at(self.stated).is_some_and(|stated| said.is_before(stated))
    }
}

/// A time that is not known is none.
fn said_at(at: i64) -> Option<SaidAt> {
    Timestamp::from_microsecond(at).ok().map(SaidAt::of)
}

#[cfg(test)]
mod tests {
    use super::{EndWord, LastWord};
    use directory::SaidAt;
    use jiff::Timestamp;
    use jiff::civil::{Date, date};

    fn at(moment: &str) -> i64 {
        moment.parse::<Timestamp>().unwrap().as_microsecond()
    }

    fn moment(text: &str) -> SaidAt {
        SaidAt::Moment(text.parse().unwrap())
    }

    #[test]
    fn what_was_said_before_the_last_word_comes_late_and_of_its_own_day_does_not() {
        let day = SaidAt::Day(date(2026, 3, 1));
        let ended = LastWord { stated: at("2026-01-31T09:00:00Z"), ended_on: Some(day) };
        let late = |moment: &str, full_on: Option<Date>| ended.is_after_statement(at(moment), full_on);
        assert!(late("2026-02-28T23:59:59Z", None) && late("2026-02-01T00:00:00Z", Some(date(2026, 2, 28))));
        assert!(!late("2026-03-01T00:00:00Z", None), "the day of the end");
        assert!(!late("2026-01-31T09:00:00Z", Some(date(2026, 3, 1))), "a full file says it again");
        assert!(late("2026-01-31T08:59:59Z", Some(date(2026, 3, 9))), "but not what was replaced");
        assert!(
            ended.is_after_end(date(2026, 1, 30).into()) && !ended.is_after_end(date(2026, 1, 31).into())
        );
        let earlier = LastWord { ended_on: None, ..ended };
        assert!(
            !earlier.is_after_statement(at("2026-02-01T00:00:00Z"), None),
            "an end whose day is not known"
        );
        let unknown = LastWord { stated: i64::MIN, ended_on: None };
        assert!(
            !unknown.is_after_statement(at("1999-01-01T00:00:00Z"), None)
                && !unknown.is_after_end(date(1999, 1, 1).into())
        );
    }

    #[test]
    fn moments_of_one_day_are_ordered() {
        let ten_past = Some(moment("2026-07-01T09:10:00Z"));
        let ended = LastWord { stated: at("2026-07-01T09:05:00Z"), ended_on: ten_past };
        assert!(ended.is_after_statement(at("2026-07-01T09:09:00Z"), None));
        assert!(!ended.is_after_statement(at("2026-07-01T09:11:00Z"), None));
        let full_on = |day| ended.is_after_statement(ended.stated, Some(date(2026, 7, day)));
        assert!(full_on(1) && !full_on(2), "a full file of that day may have been made before");
        assert!(ended.is_after_end(moment("2026-07-01T09:04:00Z")));
        assert!(!ended.is_after_end(moment("2026-07-01T09:05:00Z")));
    }

    #[test]
    fn a_full_file_ends_nothing_that_was_said_at_a_time_of_its_day() {
        let file = EndWord::of_file(date(2026, 7, 2));
        let stated = |text: &str| LastWord { stated: at(text), ended_on: None };
        assert!(stated("2026-07-02T09:00:00Z").is_after_end(file.said));
        assert!(stated("2026-07-01T23:10:00Z").is_after_end(file.said), "ten past midnight in summer");
        assert!(!stated("2026-07-02T00:00:00Z").is_after_end(file.said), "that day, at no time of its own");
        assert!(!stated("2026-07-01T22:59:00Z").is_after_end(file.said));
    }
}
