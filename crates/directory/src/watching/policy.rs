//! From which number on something is noticed. None of these numbers is historical: each is a default to argue with.

use crate::text_value::coded;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

coded! {
    /// A day of the week.
    WeekDay {
        /// Monday.
        Monday = "mon",
        /// Tuesday.
        Tuesday = "tue",
        /// Wednesday.
        Wednesday = "wed",
        /// Thursday.
        Thursday = "thu",
        /// Friday.
        Friday = "fri",
        /// Saturday.
        Saturday = "sat",
        /// Sunday.
        Sunday = "sun",
    }
}

macro_rules! thresholds {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr,)+) => {
        /// What holds for one authority. A count of 0 switches its rule off.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Thresholds {
            $($(#[$doc])* pub $name: $type,)+
        }

        /// Where one authority differs from everybody's policy.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Exceptions {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<$type>,)+
        }

        /// The policy of the watch (rules 9.3, 9.7): everybody's thresholds, and where an authority differs.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct WatchingPolicy {
            /// The time zone of days and hours, as POSIX writes it (`GMT0BST,M3.5.0/1,M10.5.0` is the United Kingdom's),
            /// so that no database of time zones is needed.
            pub time_zone: String,
            /// Days after which an opened record without an involvement of the user's organisation is noticed.
            pub no_involvement_days: u16,
            /// Days over which views of one shielded record are counted together, at most 28.
            pub shielded_days: u16,
            /// Days after which an undecided alert goes to the central tier; 0 never.
            pub escalate_after_days: u16,
            /// Of a thousand records viewed in an authority in a day, how many a person looks at (rule 9.3).
            pub sample_per_thousand: u16,
            /// And never fewer than this, while there are as many.
            pub sample_at_least: u16,
            /// Days for which what an account did in a day is kept.
            pub keep_days: u16,
            $($(#[$doc])* pub $name: $type,)+
            /// Where an authority differs, by its code.
            pub authority: BTreeMap<String, Exceptions>,
        }

        impl Default for WatchingPolicy {
            fn default() -> Self {
                Self {
                    time_zone: "GMT0BST,M3.5.0/1,M10.5.0".to_owned(),
                    no_involvement_days: 14,
                    shielded_days: 28,
                    escalate_after_days: 5,
                    sample_per_thousand: 5,
                    sample_at_least: 1,
                    keep_days: 400,
                    $($name: $default,)+
                    authority: BTreeMap::new(),
                }
            }
        }

        impl WatchingPolicy {
            /// What holds for users of that authority.
            #[must_use]
            pub fn of(&self, authority: Option<&str>) -> Thresholds {
                let except = authority.and_then(|code| self.authority.get(code));
                Thresholds {
                    $($name: except.and_then(|e| e.$name.clone()).unwrap_or_else(|| self.$name.clone()),)+
                }
            }
        }
    };
}

thresholds! {
    /// Searches within an hour.
    searches_an_hour: u32 = 60,
    /// Searches in a day.
    searches_a_day: u32 = 200,
    /// Records opened within an hour.
    records_an_hour: u32 = 30,
    /// Records opened in a day.
    records_a_day: u32 = 80,
    /// So many times the person's own daily custom of the last 28 days.
    baseline_times: u32 = 4,
    /// But not below this many searches and records in a day.
    baseline_at_least: u32 = 40,
    /// Searches and records outside the hours, in a day.
    out_of_hours: u32 = 3,
    /// The hour, 0 to 23, from which use is within the hours.
    open_from: u8 = 7,
    /// The hour, 1 to 24, from which it is not.
    open_to: u8 = 20,
    /// The days of work.
    open_days: Vec<WeekDay> = vec![
        WeekDay::Monday, WeekDay::Tuesday, WeekDay::Wednesday, WeekDay::Thursday, WeekDay::Friday,
    ],
    /// Searches in a day that found nobody.
    empty_searches: u32 = 15,
    /// Searches in a day that were refused, or found too many.
    refused_searches: u32 = 10,
    /// Views of the same shielded record.
    shielded_views: u32 = 3,
    /// Different names asked for at the same street or school, or forenames with the same surname, in a day.
    same_place: u32 = 6,
    /// Names in alphabetical order, one search after the other.
    in_order: u32 = 8,
    /// Dates of birth a month or less apart, onwards or backwards, one search after the other.
    births_in_order: u32 = 5,
    /// Results of one search opened.
    of_one_list: u32 = 6,
    /// Failed sign-ins in a day.
    sign_in_failures: u32 = 6,
}

impl Thresholds {
    /// Whether an hour (0 to 23) of a day is within the hours.
    #[must_use]
    pub fn is_open(&self, day: Weekday, hour: u8) -> bool {
        let day = match day {
            Weekday::Monday => WeekDay::Monday,
            Weekday::Tuesday => WeekDay::Tuesday,
            Weekday::Wednesday => WeekDay::Wednesday,
            Weekday::Thursday => WeekDay::Thursday,
            Weekday::Friday => WeekDay::Friday,
            Weekday::Saturday => WeekDay::Saturday,
            Weekday::Sunday => WeekDay::Sunday,
        };
        self.open_days.contains(&day) && (self.open_from..self.open_to).contains(&hour)
    }
}

impl WatchingPolicy {
    /// What is wrong with it, if anything.
    ///
    /// # Errors
    /// The field, and what to write instead.
    pub fn validate(&self) -> Result<(), String> {
        TimeZone::posix(&self.time_zone).map_err(|_| {
            "watching.time_zone is not a POSIX time zone; write for example GMT0BST,M3.5.0/1,M10.5.0"
                .to_owned()
        })?;
        if !(1..=28).contains(&self.shielded_days) {
            return Err("watching.shielded_days must be 1 to 28".to_owned());
        }
        if self.sample_per_thousand > 1000 {
            return Err("watching.sample_per_thousand must be 0 to 1000".to_owned());
        }
        if self.keep_days < 60 {
            return Err("watching.keep_days must be at least 60".to_owned());
        }
        for code in std::iter::once(None).chain(self.authority.keys().map(|code| Some(code.as_str()))) {
            let limits = self.of(code);
            if limits.open_to > 24 || limits.open_from >= limits.open_to {
                return Err(format!(
                    "watching{}: open_from must be an hour before open_to, and open_to at most 24",
                    code.map_or_else(String::new, |code| format!(".authority.{code}"))
                ));
            }
        }
        Ok(())
    }

    /// The time zone of days and hours; UTC when it cannot be read, which [`WatchingPolicy::validate`] refuses.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::posix(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The local day of an instant, in days since 1970.
    #[must_use]
    pub fn day_of(&self, at: Timestamp) -> i64 {
        day_number(at.to_zoned(self.zone()).date())
    }

    /// The local date of a day.
    #[must_use]
    pub fn date_of(&self, day: i64) -> Date {
        Date::constant(1970, 1, 1).saturating_add(jiff::Span::new().days(day.clamp(0, 2_000_000)))
    }

    /// The first instant of a local day.
    #[must_use]
    pub fn start_of(&self, day: i64) -> Timestamp {
        self.zone()
            .to_ambiguous_zoned(self.date_of(day).to_datetime(jiff::civil::Time::midnight()))
            .compatible()
            .map_or(Timestamp::MIN, |zoned| zoned.timestamp())
    }
}

fn day_number(date: Date) -> i64 {
    let since = date - Date::constant(1970, 1, 1);
    i64::from(since.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_local_and_follow_summer_time() {
        let policy = WatchingPolicy::default();
        assert_eq!(policy.day_of(at("1970-01-01T12:00:00Z")), 0);
        assert_eq!(policy.day_of(at("2026-01-10T23:30:00Z")), policy.day_of(at("2026-01-10T00:00:00Z")));
        // In July the day begins at 23:00 UTC.
        let day = policy.day_of(at("2026-07-10T23:30:00Z"));
        assert_eq!(day, policy.day_of(at("2026-07-11T10:00:00Z")));
        assert_eq!(policy.start_of(day), at("2026-07-10T23:00:00Z"));
        assert_eq!(policy.date_of(day), jiff::civil::date(2026, 7, 11));
    }

    #[test]
    fn an_authority_differs_where_it_says_so_and_nowhere_else() {
        let mut policy = WatchingPolicy::default();
        let except = Exceptions { searches_a_day: Some(900), ..Exceptions::default() };
        policy.authority.insert("E08000035".to_owned(), except);
        assert_eq!(policy.of(Some("E08000035")).searches_a_day, 900);
        assert_eq!(policy.of(Some("E08000035")).records_a_day, policy.records_a_day);
        assert_eq!(policy.of(Some("E10000015")), policy.of(None));
    }

    #[test]
    fn the_hours_are_weekdays_from_seven_to_eight() {
        let limits = WatchingPolicy::default().of(None);
        for (day, hour, open) in [
            (Weekday::Monday, 6, false),
            (Weekday::Monday, 7, true),
            (Weekday::Friday, 19, true),
            (Weekday::Friday, 20, false),
            (Weekday::Saturday, 12, false),
        ] {
            assert_eq!(limits.is_open(day, hour), open, "{day:?} at {hour}");
        }
    }

    #[test]
    fn a_policy_that_contradicts_itself_is_refused_with_its_remedy() {
        assert_eq!(WatchingPolicy::default().validate(), Ok(()));
        let wrong = WatchingPolicy { time_zone: "Europe/London".to_owned(), ..WatchingPolicy::default() };
        assert!(wrong.validate().unwrap_err().contains("POSIX"));
        let wrong = WatchingPolicy { open_to: 7, ..WatchingPolicy::default() };
        assert!(wrong.validate().unwrap_err().contains("open_from"));
        let wrong = WatchingPolicy { shielded_days: 90, ..WatchingPolicy::default() };
        assert!(wrong.validate().is_err());
    }
}
