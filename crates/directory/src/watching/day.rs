//! One account's day, folded entry by entry: the rules that need no name.
//!
//! The state holds no child's data: children, streets, schools and names are keyed hashes, and the one text that an order
//! is seen by (the last search's) is read from its own entry again.

use super::{Flag, Rule, Thresholds};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A keyed hash of something that is only compared for equality.
pub type Token = u64;

/// What an entry of the trail says, as far as the rules ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// What was noted as it was written.
    pub flags: Vec<Flag>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A search that was answered.
    Search(Asked),
    /// A search that was refused.
    SearchRefused,
    /// A record was opened.
    Record(Token),
    /// Signed in.
    SignIn {
        /// While another session was open.
        concurrent: bool,
    },
    /// Failed to sign in.
    SignInFailed,
}

/// A search.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// Its entry.
    pub entry: Uuid,
    /// The names as they were asked for, folded.
    pub names: Option<String>,
    /// The date of birth, where a whole one was asked for.
    pub born: Option<Date>,
    /// The street.
    pub street: Option<Token>,
    /// The school.
    pub school: Option<Token>,
    /// The last of the names.
    pub surname: Option<Token>,
    /// All of the names.
    pub whole_name: Option<Token>,
    /// The children shown.
    pub shown: Vec<Token>,
    /// Whether more were found than are shown.
    pub too_many: bool,
}

/// What the person did before today.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// Searches and records of the last 28 days.
    pub acts: u32,
    /// On how many days.
    pub days: u32,
    /// Views of shielded records in the days that count together.
    pub shielded: BTreeMap<Token, u32>,
}

/// What was counted in a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Searches that were answered or refused.
    pub searches: u32,
    /// Those that found nobody.
    pub empty: u32,
    /// Records opened.
    pub records: u32,
    /// Searches and records outside the hours.
    pub out_of_hours: u32,
}

/// How often a record was viewed, and whether it was shielded. Kept for every record, so that a day with a shielded one
/// looks like any other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewed {
    /// How often.
    pub times: u32,
    /// 1 when it was shielded, else 0.
    pub shielded: u8,
}

/// A day so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DayState {
    /// What was counted.
    #[serde(skip)]
    pub counts: Counts,
    /// The records viewed.
    pub viewed: BTreeMap<Token, Viewed>,
    refused: u32,
    failures: u32,
    searches_at: Vec<i64>,
    records_at: Vec<i64>,
    streets: Groups,
    schools: Groups,
    surnames: Groups,
    last_search: Option<Uuid>,
    last_search_at: i64,
    names: Run,
    births: Run,
    opened_of_list: BTreeSet<Token>,
    fired: Fired,
}

/// The rules that were set off today: a bit each, and the highest bit always, so that it is written in ten digits whatever
/// was set off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Fired(u32);

impl Default for Fired {
    fn default() -> Self {
        Self(1 << 31)
    }
}

impl Fired {
    /// Whether it was not there yet.
    fn insert(&mut self, rule: Rule) -> bool {
        let bit = 1_u32 << (rule as u32 % 31);
        let new = self.0 & bit == 0;
        self.0 |= bit;
        new
    }
}

/// By what was the same, what differed.
type Groups = BTreeMap<Token, BTreeSet<Token>>;

/// How many in a row went the same way; the sign is the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Run(i32);

/// A day's groups are not followed further than this.
const MOST_GROUPS: usize = 64;

/// Searches further apart than this are not one after the other.
const ONE_AFTER_ANOTHER: SignedDuration = SignedDuration::from_mins(15);

/// As many days with any use make a custom.
const DAYS_OF_A_CUSTOM: u32 = 5;

impl DayState {
    /// The search to compare the next one with.
    #[must_use]
    pub fn last_search(&self) -> Option<Uuid> {
        self.last_search
    }

    /// Takes an entry in, and says which rules it sets off, each once a day. `previous` is the search that
    /// [`DayState::last_search`] names.
    pub fn see(
        &mut self,
        seen: &Observation,
        previous: Option<&Asked>,
        before: &Before,
        limits: &Thresholds,
        zone: &TimeZone,
    ) -> Vec<Rule> {
        let mut noticed: Vec<Rule> = seen.flags.iter().filter_map(|flag| flag.rule()).collect();
        match &seen.what {
            What::Search(asked) => {
                self.see_use(seen.at, limits, zone, &mut noticed);
                self.see_search(seen.at, asked, previous, limits, &mut noticed);
            }
            What::SearchRefused => {
                self.see_use(seen.at, limits, zone, &mut noticed);
                self.counts.searches += 1;
                self.count_refused(limits, &mut noticed);
                self.count_search(seen.at, limits, &mut noticed);
            }
            What::Record(child) => {
                self.see_use(seen.at, limits, zone, &mut noticed);
                let shielded = seen.flags.contains(&Flag::Shielded);
                self.see_record(seen.at, *child, shielded, previous, before, limits, &mut noticed);
            }
            What::SignIn { concurrent } => {
                if *concurrent {
                    noticed.push(Rule::ConcurrentSessions);
                }
            }
            What::SignInFailed => {
                self.failures += 1;
                reached(self.failures, limits.sign_in_failures, Rule::SignInFailures, &mut noticed);
            }
        }
        self.compare_with_custom(before, limits, &mut noticed);
        noticed.retain(|rule| self.fired.insert(*rule));
        noticed
    }

    fn see_use(&mut self, at: Timestamp, limits: &Thresholds, zone: &TimeZone, noticed: &mut Vec<Rule>) {
        let local = at.to_zoned(zone.clone());
        if !limits.is_open(local.weekday(), u8::try_from(local.hour()).unwrap_or_default()) {
            self.counts.out_of_hours += 1;
            reached(self.counts.out_of_hours, limits.out_of_hours, Rule::OutOfHours, noticed);
        }
    }

    fn count_refused(&mut self, limits: &Thresholds, noticed: &mut Vec<Rule>) {
        self.refused += 1;
        reached(self.refused, limits.refused_searches, Rule::RefusedSearches, noticed);
    }

    fn count_search(&mut self, at: Timestamp, limits: &Thresholds, noticed: &mut Vec<Rule>) {
        reached(self.counts.searches, limits.searches_a_day, Rule::SearchesInADay, noticed);
        if within_an_hour(&mut self.searches_at, at, limits.searches_an_hour) {
            noticed.push(Rule::SearchesInAnHour);
        }
    }

    fn see_search(
        &mut self,
        at: Timestamp,
        asked: &Asked,
        previous: Option<&Asked>,
        limits: &Thresholds,
        noticed: &mut Vec<Rule>,
    ) {
        self.counts.searches += 1;
        if asked.too_many {
            self.count_refused(limits, noticed);
        } else if asked.shown.is_empty() {
            self.counts.empty += 1;
            reached(self.counts.empty, limits.empty_searches, Rule::EmptySearches, noticed);
        }
        self.count_search(at, limits, noticed);
        for (groups, same, rule) in [
            (&mut self.streets, asked.street, Rule::SameStreet),
            (&mut self.schools, asked.school, Rule::SameSchool),
            (&mut self.surnames, asked.surname, Rule::SameSurname),
        ] {
            if let (Some(same), Some(differing)) = (same, asked.whole_name) {
                let differing = differ(groups, same, differing, limits.same_place);
                reached(differing, limits.same_place, rule, noticed);
            }
        }
        let follows = at.as_second() - self.last_search_at <= ONE_AFTER_ANOTHER.as_secs();
        let previous = previous.filter(|_| follows);
        let names = previous.and_then(|p| Some(p.names.as_ref()?.cmp(asked.names.as_ref()?)));
        self.names.go(names.map(|order| order.reverse() as i32));
        reached(self.names.length(), limits.in_order, Rule::Alphabetical, noticed);
        let births = previous.and_then(|p| {
            let days = (asked.born? - p.born?).get_days();
            (days.abs() <= 31).then_some(days.signum())
        });
        self.births.go(births);
        reached(self.births.length(), limits.births_in_order, Rule::BirthDates, noticed);
        self.last_search = Some(asked.entry);
        self.last_search_at = at.as_second();
        self.opened_of_list.clear();
    }

    #[expect(clippy::too_many_arguments, reason = "one record, and everything it is measured by")]
    fn see_record(
        &mut self,
        at: Timestamp,
        child: Token,
        shielded: bool,
        previous: Option<&Asked>,
        before: &Before,
        limits: &Thresholds,
        noticed: &mut Vec<Rule>,
    ) {
        self.counts.records += 1;
        reached(self.counts.records, limits.records_a_day, Rule::RecordsInADay, noticed);
        if within_an_hour(&mut self.records_at, at, limits.records_an_hour) {
            noticed.push(Rule::RecordsInAnHour);
        }
        let viewed = self.viewed.entry(child).or_default();
        viewed.times += 1;
        viewed.shielded |= u8::from(shielded);
        if viewed.shielded == 1 {
            let times = viewed.times + before.shielded.get(&child).copied().unwrap_or_default();
            reached(times, limits.shielded_views, Rule::ShieldedAgain, noticed);
        }
        if previous.is_some_and(|list| list.shown.contains(&child)) {
            self.opened_of_list.insert(child);
            let opened = u32::try_from(self.opened_of_list.len()).unwrap_or(u32::MAX);
            reached(opened, limits.of_one_list, Rule::OneAfterAnother, noticed);
        }
    }

    fn compare_with_custom(&self, before: &Before, limits: &Thresholds, noticed: &mut Vec<Rule>) {
        let today = self.counts.searches + self.counts.records;
        if limits.baseline_times == 0 || before.days < DAYS_OF_A_CUSTOM || today < limits.baseline_at_least {
            return;
        }
        // today / (acts / days) >= times, without fractions.
        if u64::from(today) * u64::from(before.days)
            >= u64::from(limits.baseline_times) * u64::from(before.acts)
        {
            noticed.push(Rule::AboveOwnBaseline);
        }
    }
}

impl Run {
    /// One more: 1 onwards, −1 backwards, 0 on the spot, nothing when it does not follow.
    fn go(&mut self, way: Option<i32>) {
        self.0 = match way {
            Some(0) => self.0,
            Some(way) if self.0.signum() == way => self.0 + way,
            Some(way) => way,
            None => 0,
        };
    }

    /// How many searches stand in the row, the first included.
    fn length(self) -> u32 {
        if self.0 == 0 { 0 } else { self.0.unsigned_abs() + 1 }
    }
}

/// Notices a rule at its threshold and beyond. A threshold of 0 is none.
fn reached(count: u32, threshold: u32, rule: Rule, noticed: &mut Vec<Rule>) {
    if threshold > 0 && count >= threshold {
        noticed.push(rule);
    }
}

/// Adds a moment, and says whether the newest `threshold` lie within an hour.
fn within_an_hour(moments: &mut Vec<i64>, at: Timestamp, threshold: u32) -> bool {
    let Ok(threshold) = usize::try_from(threshold) else { return false };
    if threshold == 0 {
        return false;
    }
    moments.push(at.as_second());
    if moments.len() > threshold {
        moments.drain(..moments.len() - threshold);
    }
    moments.len() == threshold && moments.first().is_some_and(|first| at.as_second() - first <= 3600)
}

/// How many different ones were seen with the same, this one included, counted up to the threshold.
fn differ(groups: &mut Groups, same: Token, differing: Token, threshold: u32) -> u32 {
    if groups.len() >= MOST_GROUPS && !groups.contains_key(&same) {
        // The smallest group gives way: a trawl is the largest.
        if let Some(smallest) = groups.iter().min_by_key(|(_, group)| group.len()).map(|(same, _)| *same) {
            groups.remove(&smallest);
        }
    }
    let group = groups.entry(same).or_default();
    if u32::try_from(group.len()).unwrap_or(u32::MAX) < threshold {
        group.insert(differing);
    }
    u32::try_from(group.len()).unwrap_or(u32::MAX)
}
