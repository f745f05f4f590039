//! From which number on something is noticed. None of these numbers is historical: each is a default to argue with.

use crate::authority_code::AuthorityCode;
use crate::local_time::UNITED_KINGDOM;
use crate::text_value::coded;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

/// Which way a threshold is loosened: what an authority sets is held against the floor by it.
macro_rules! is_as_strict {
    // A greater number notices less, and 0 nothing.
    (more_is_looser, $value:expr, $floor:expr) => {
        *$floor == 0 || (*$value != 0 && $value <= $floor)
    };
    // A smaller number notices less.
    (less_is_looser, $value:expr, $floor:expr) => {
        $value >= $floor
    };
    // An authority's hours are its own: a duty team works at night.
    (its_own, $value:expr, $floor:expr) => {{
        let _ = ($value, $floor);
        true
    }};
}

macro_rules! remedy {
    (more_is_looser, $floor:expr) => {
        format!("at most {}, and not 0", $floor)
    };
    (less_is_looser, $floor:expr) => {
        format!("at least {}", $floor)
    };
    (its_own, $floor:expr) => {
        format!("something like {:?}", $floor)
    };
}

macro_rules! thresholds {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr, $way:ident $(to $loosest:literal)?;)+) => {
        /// What holds for one authority. A count of 0 switches its rule off.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Thresholds {
            $($(#[$doc])* pub $name: $type,)+
        }

        /// Where one authority differs from everybody's policy, or how far one may.
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
            /// Days for which what an account did in a day is kept.
            pub keep_days: u16,
            $($(#[$doc])* pub $name: $type,)+
            /// The national floor: how far an authority may loosen what holds for everybody. Where nothing is said here,
            /// everybody's threshold is the floor itself, and an authority may only be stricter.
            pub loosest: Exceptions,
            /// Where an authority differs, by its code.
            pub authority: BTreeMap<String, Exceptions>,
        }

        impl Default for WatchingPolicy {
            fn default() -> Self {
                Self {
                    time_zone: UNITED_KINGDOM.to_owned(),
                    keep_days: 400,
                    $($name: $default,)+
                    loosest: Exceptions {
                        $($($name: Some($loosest),)?)+
                        ..Exceptions::default()
                    },
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

            /// Whether an authority stays on the strict side of the national floor, or of what holds for everybody, which
            /// it may always take.
            fn keeps_to_the_floor(&self, code: &str, except: &Exceptions) -> Result<(), String> {
                $(if let Some(value) = &except.$name {
                    let floor = self.loosest.$name.as_ref().unwrap_or(&self.$name);
                    if !is_as_strict!($way, value, floor) && !is_as_strict!($way, value, &self.$name) {
                        return Err(format!(
                            "watching.authority.{code}.{} is looser than the national floor; write {}",
                            stringify!($name),
                            remedy!($way, floor)
                        ));
                    }
                })+
                Ok(())
            }
        }
    };
}

thresholds! {
    /// Days after which an opened record without an involvement of the user's organisation is noticed, at most 90; 0 never.
    no_involvement_days: u16 = 14, more_is_looser;
    /// Days over which views of one shielded record are counted together, 1 to 90.
    shielded_days: u16 = 28, less_is_looser;
    /// Days after which an undecided alert goes to the central tier; 0 never.
    escalate_after_days: u16 = 5, more_is_looser;
    /// Of a thousand records viewed in an authority in a day, how many a person looks at (rule 9.3), at most 1000.
    sample_per_thousand: u16 = 5, less_is_looser;
    /// And never fewer than this, while there are as many.
    sample_at_least: u16 = 1, less_is_looser;
    /// Searches within an hour.
    searches_an_hour: u32 = 60, more_is_looser to 300;
    /// Searches in a day.
    searches_a_day: u32 = 200, more_is_looser to 1000;
    /// Records opened within an hour.
    records_an_hour: u32 = 30, more_is_looser to 120;
    /// Records opened in a day.
    records_a_day: u32 = 80, more_is_looser to 400;
    /// So many times the person's own daily custom of the last 28 days.
    baseline_times: u32 = 4, more_is_looser to 10;
    /// But not below this many searches and records in a day.
    baseline_at_least: u32 = 40, more_is_looser to 200;
    /// Searches and records outside the hours, in a day.
    out_of_hours: u32 = 3, more_is_looser to 20;
    /// The hour, 0 to 23, from which use is within the hours.
    open_from: u8 = 7, its_own;
    /// The hour, 1 to 24, from which it is not.
    open_to: u8 = 20, its_own;
    /// The days of work.
    open_days: Vec<WeekDay> = vec![
        WeekDay::Monday, WeekDay::Tuesday, WeekDay::Wednesday, WeekDay::Thursday, WeekDay::Friday,
    ], its_own;
    /// Searches in a day that found nobody.
    empty_searches: u32 = 15, more_is_looser to 60;
    /// Searches in a day that were refused, or found too many.
    refused_searches: u32 = 10, more_is_looser to 40;
    /// Views of the same shielded record.
    shielded_views: u32 = 3, more_is_looser to 6;
    /// Different names asked for at the same street or school, or forenames with the same surname, in a day.
    same_place: u32 = 6, more_is_looser to 20;
    /// Names in alphabetical order, one search after the other.
    in_order: u32 = 8, more_is_looser to 20;
    /// Dates of birth a month or less apart, onwards or backwards, one search after the other.
    births_in_order: u32 = 5, more_is_looser to 15;
    /// Results of one search opened.
    of_one_list: u32 = 6, more_is_looser to 20;
    /// Failed sign-ins in a day.
    sign_in_failures: u32 = 6, more_is_looser to 20;
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

/// No window of the watch is longer.
pub const MOST_DAYS: u16 = 90;

impl WatchingPolicy {
    /// Every different value of a threshold, everybody's and the authorities', in order.
    #[must_use]
    pub fn every<T: Ord>(&self, threshold: impl Fn(&Thresholds) -> T) -> BTreeSet<T> {
        let codes = self.authority.keys().map(|code| Some(code.as_str()));
        std::iter::once(None).chain(codes).map(|code| threshold(&self.of(code))).collect()
    }

    /// What is wrong with it, if anything.
    ///
    /// # Errors
    /// The field, and what to write instead.
    pub fn validate(&self) -> Result<(), String> {
        TimeZone::posix(&self.time_zone).map_err(|_| {
            "watching.time_zone is not a POSIX time zone; write for example GMT0BST,M3.5.0/1,M10.5.0"
                .to_owned()
        })?;
        if self.keep_days < MOST_DAYS {
            return Err(format!("watching.keep_days must be at least {MOST_DAYS}"));
        }
        let floor = &self.loosest;
        if floor.open_from.is_some() || floor.open_to.is_some() || floor.open_days.is_some() {
            return Err("watching.loosest has no hours: an authority's hours are its own".to_owned());
        }
        if floor.escalate_after_days.is_some() {
            return Err(
                "watching.loosest has no escalate_after_days: an authority may pass on sooner, never later"
                    .to_owned(),
            );
        }
        for code in std::iter::once(None).chain(self.authority.keys().map(|code| Some(code.as_str()))) {
            let place = || code.map_or_else(String::new, |code| format!(".authority.{code}"));
            if code.is_some_and(|code| AuthorityCode::parse(code).is_err()) {
                return Err(format!("watching{} is no authority's code; write one like E08000035", place()));
            }
            let limits = self.of(code);
            if limits.no_involvement_days > MOST_DAYS {
                return Err(format!("watching{}.no_involvement_days must be 0 to {MOST_DAYS}", place()));
            }
            if !(1..=MOST_DAYS).contains(&limits.shielded_days) {
                return Err(format!("watching{}.shielded_days must be 1 to {MOST_DAYS}", place()));
            }
            if limits.sample_per_thousand > 1000 {
                return Err(format!("watching{}.sample_per_thousand must be 0 to 1000", place()));
            }
            if limits.open_to > 24 || limits.open_from >= limits.open_to {
                return Err(format!(
                    "watching{}: open_from must be an hour before open_to, and open_to at most 24",
                    place()
                ));
            }
        }
        for (code, except) in &self.authority {
            self.keeps_to_the_floor(code, except)?;
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
mod tests;
