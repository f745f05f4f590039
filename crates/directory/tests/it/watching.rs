//! The rules of the watch: each sets off at its threshold and not below, once a day.

use directory::watching::{
    Asked, Before, DayState, Flag, Observation, Rule, Thresholds, Token, WatchingPolicy, What,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

/// A Tuesday morning.
const MORNING: &str = "2026-03-03T09:00:00Z";

/// A day, a clock that is moved by hand, and the search that went before.
struct Watched {
    day: DayState,
    now: Timestamp,
    limits: Thresholds,
    before: Before,
    previous: Option<Asked>,
    searches: u128,
}

impl Watched {
    fn with(change: impl FnOnce(&mut Thresholds)) -> Self {
        let mut limits = WatchingPolicy::default().of(None);
        change(&mut limits);
        Self {
            day: DayState::default(),
            now: MORNING.parse().unwrap(),
            limits,
            before: Before::default(),
            previous: None,
            searches: 0,
        }
    }

    fn at(mut self, instant: &str) -> Self {
        self.now = instant.parse().unwrap();
        self
    }

    fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn see(&mut self, what: What, flags: &[Flag]) -> Vec<Rule> {
        let zone = WatchingPolicy::default().zone();
        let seen = Observation { at: self.now, what: what.clone(), flags: flags.to_vec() };
        let rules = self.day.see(&seen, self.previous.as_ref(), &self.before, &self.limits, &zone);
        if let What::Search(asked) = what {
            assert_eq!(self.day.last_search(), Some(asked.entry));
            self.previous = Some(asked);
        }
        self.pass(60);
        rules
    }

    fn search(&mut self, asked: Asked) -> Vec<Rule> {
        self.searches += 1;
        self.see(What::Search(Asked { entry: Uuid::from_u128(self.searches), ..asked }), &[])
    }

    fn open(&mut self, child: Token) -> Vec<Rule> {
        self.see(What::Record(child), &[])
    }
}

fn found() -> Asked {
    Asked { shown: vec![1], ..Asked::default() }
}

fn named(name: &str) -> Asked {
    let token =
        |text: &str| text.bytes().fold(7, |sum: u64, b| sum.wrapping_mul(31).wrapping_add(u64::from(b)));
    let surname = name.split(' ').next_back().map(token);
    Asked { names: Some(name.to_owned()), whole_name: Some(token(name)), surname, ..found() }
}

/// Says that the act sets off the rule at the `threshold`th time, not before, and once only.
fn sets_off(
    mut watched: Watched,
    threshold: u32,
    rule: Rule,
    mut act: impl FnMut(&mut Watched, u32) -> Vec<Rule>,
) {
    for time in 1..threshold {
        let rules = act(&mut watched, time);
        assert!(!rules.contains(&rule), "{rule:?} at {time} of {threshold}: {rules:?}");
    }
    let rules = act(&mut watched, threshold);
    assert!(rules.contains(&rule), "{rule:?} at its threshold {threshold}: {rules:?}");
    let rules = act(&mut watched, threshold + 1);
    assert!(!rules.contains(&rule), "{rule:?} is noticed once a day");
}

#[test]
fn searches_and_records_are_measured_by_hour_and_day() {
    let watched = || Watched::with(|limits| limits.searches_an_hour = 5);
    sets_off(watched(), 5, Rule::SearchesInAnHour, |w, _| w.search(found()));
    let watched = || Watched::with(|limits| limits.searches_a_day = 12);
    sets_off(watched(), 12, Rule::SearchesInADay, |w, _| w.search(found()));
    let watched = || Watched::with(|limits| limits.records_an_hour = 4);
    sets_off(watched(), 4, Rule::RecordsInAnHour, |w, time| w.open(u64::from(time)));
    let watched = || Watched::with(|limits| limits.records_a_day = 7);
    sets_off(watched(), 7, Rule::RecordsInADay, |w, time| w.open(u64::from(time)));
}

#[test]
fn the_hour_is_any_hour_and_not_one_of_the_clock() {
    let mut watched = Watched::with(|limits| limits.searches_an_hour = 4).at("2026-03-03T09:45:00Z");
    for _ in 0..3 {
        assert_eq!(watched.search(found()), []);
        watched.pass(9 * 60);
    }
    assert_eq!(watched.search(found()), [Rule::SearchesInAnHour], "four searches from 9:45 to 10:15");
    let mut slow = Watched::with(|limits| limits.searches_an_hour = 4);
    for _ in 0..12 {
        assert_eq!(slow.search(found()), [], "four searches take an hour and a quarter");
        slow.pass(24 * 60);
    }
}

#[test]
fn searches_that_find_nobody_and_those_refused_are_counted_apart() {
    let watched = || Watched::with(|limits| (limits.empty_searches, limits.refused_searches) = (3, 4));
    sets_off(watched(), 3, Rule::EmptySearches, |w, _| w.search(Asked::default()));
    sets_off(watched(), 4, Rule::RefusedSearches, |w, time| match time % 2 {
        0 => w.see(What::SearchRefused, &[]),
        _ => w.search(Asked { too_many: true, ..Asked::default() }),
    });
    let mut successful = watched();
    assert!((0..10).all(|_| successful.search(found()).is_empty()));
}

#[test]
fn use_outside_the_hours_is_noticed_by_local_time() {
    for (instant, outside) in [
        ("2026-03-03T06:30:00Z", true),
        ("2026-03-03T12:00:00Z", false),
        ("2026-03-03T20:10:00Z", true),
        ("2026-03-07T12:00:00Z", true),
        // Summer time: 06:30 UTC is 07:30 in England.
        ("2026-07-07T06:30:00Z", false),
        ("2026-07-07T19:30:00Z", true),
    ] {
        let mut watched = Watched::with(|limits| limits.out_of_hours = 2).at(instant);
        assert_eq!(watched.open(1), [], "{instant}, once");
        assert_eq!(watched.open(2), if outside { vec![Rule::OutOfHours] } else { vec![] }, "{instant}");
    }
}

#[test]
fn a_person_is_measured_by_their_own_custom_once_they_have_one() {
    let busy = |before: Before| {
        let mut watched = Watched::with(|limits| (limits.baseline_times, limits.baseline_at_least) = (4, 10));
        watched.before = before;
        (1..=40_u32).find(|_| watched.search(found()).contains(&Rule::AboveOwnBaseline))
    };
    let used_to = |a_day: u32, days: u32| Before { acts: a_day * days, days, ..Before::default() };
    assert_eq!(busy(used_to(5, 20)), Some(20), "four times five");
    assert_eq!(busy(used_to(1, 20)), Some(10), "never below the least");
    assert_eq!(busy(used_to(1, 4)), None, "four days are no custom");
    assert_eq!(busy(used_to(20, 20)), None);
}

#[test]
fn a_shielded_record_opened_again_is_noticed_over_days() {
    let opened = |before: u32, today: u32| {
        let mut watched = Watched::with(|limits| limits.shielded_views = 3);
        watched.before.shielded.insert(7, before);
        (0..today).any(|_| watched.see(What::Record(7), &[Flag::Shielded]).contains(&Rule::ShieldedAgain))
    };
    assert!(!opened(0, 2) && opened(0, 3), "in one day");
    assert!(!opened(1, 1) && opened(2, 1), "over days");
    let mut plain = Watched::with(|limits| limits.shielded_views = 3);
    assert!((0..5).all(|_| plain.open(7).is_empty()), "an ordinary record may be opened again");
    let mut different = Watched::with(|limits| limits.shielded_views = 3);
    for child in 0..5 {
        assert_eq!(different.see(What::Record(child), &[Flag::Shielded]), [], "different children");
    }
}

#[test]
fn what_was_noted_in_an_entry_sets_off_its_rule_at_once() {
    for (flag, rule) in [
        (Flag::OwnSurname, Some(Rule::OwnSurname)),
        (Flag::OwnAddress, Some(Rule::OwnAddress)),
        (Flag::Colleague, Some(Rule::Colleague)),
        (Flag::ShieldOverride, Some(Rule::ShieldOverride)),
        (Flag::Shielded, None),
        (Flag::AsManagement, None),
        (Flag::OverrideRunning, None),
    ] {
        let mut watched = Watched::with(|_| {});
        let seen: Vec<Rule> = rule.into_iter().collect();
        assert_eq!(watched.see(What::Record(1), &[flag]), seen, "{flag:?}");
        assert_eq!(watched.see(What::Record(2), &[flag]), [], "{flag:?}, once a day");
    }
    assert!(Rule::ALL.iter().all(|rule| rule.is_always_investigated() == (*rule == Rule::ShieldOverride)));
}

#[test]
fn different_children_of_one_street_school_or_surname_are_a_trawl() {
    let names = ["ann ash", "bob ash", "cat ash", "dan ash", "eve ash", "fay ash", "gil ash"];
    // In no order of the alphabet.
    let name = |time: u32| names[(time as usize * 3) % names.len()];
    for (rule, place) in [
        (Rule::SameStreet, Asked { street: Some(9), ..Asked::default() }),
        (Rule::SameSchool, Asked { school: Some(9), ..Asked::default() }),
    ] {
        let watched = Watched::with(|limits| limits.same_place = 5);
        sets_off(watched, 5, rule, |w, time| {
            w.search(Asked { street: place.street, school: place.school, surname: None, ..named(name(time)) })
        });
    }
    let watched = Watched::with(|limits| limits.same_place = 5);
    sets_off(watched, 5, Rule::SameSurname, |w, time| w.search(named(name(time))));
    let mut again = Watched::with(|limits| limits.same_place = 5);
    for _ in 0..20 {
        assert_eq!(again.search(Asked { street: Some(9), ..named("ann ash") }), [], "the same child again");
    }
    let mut elsewhere = Watched::with(|limits| limits.same_place = 5);
    for time in 0..20 {
        let asked = Asked { street: Some(u64::from(time)), surname: None, ..named(name(time)) };
        assert_eq!(elsewhere.search(asked), [], "a street each");
    }
}

#[test]
fn names_in_the_order_of_the_alphabet_are_a_trawl_in_either_direction() {
    let onwards = ["abbott", "abel", "abney", "acker", "adams", "adcock"];
    let backwards: Vec<&str> = onwards.iter().rev().copied().collect();
    for names in [onwards.to_vec(), backwards] {
        let mut watched = Watched::with(|limits| limits.in_order = 5);
        let noticed: Vec<usize> = names
            .iter()
            .enumerate()
            .filter(|(_, name)| watched.search(named(name)).contains(&Rule::Alphabetical))
            .map(|(at, _)| at + 1)
            .collect();
        assert_eq!(noticed, [5], "{names:?}");
    }
    let mut mixed = Watched::with(|limits| limits.in_order = 5);
    for name in ["abbott", "abel", "zane", "abney", "acker", "bell", "adams", "adcock"] {
        assert!(!mixed.search(named(name)).contains(&Rule::Alphabetical), "{name}");
    }
    let mut slow = Watched::with(|limits| limits.in_order = 5);
    for name in onwards {
        assert!(!slow.search(named(name)).contains(&Rule::Alphabetical), "{name}: not one after the other");
        slow.pass(16 * 60);
    }
}

#[test]
fn dates_of_birth_one_after_the_other_are_a_trawl() {
    let asked = |day: i8| Asked { born: Some(Date::constant(2014, 3, day)), ..found() };
    let watched = Watched::with(|limits| limits.births_in_order = 5);
    sets_off(watched, 5, Rule::BirthDates, |w, time| w.search(asked(i8::try_from(time).unwrap() * 2)));
    let watched = Watched::with(|limits| limits.births_in_order = 5);
    sets_off(watched, 5, Rule::BirthDates, |w, time| w.search(asked(28 - i8::try_from(time).unwrap())));
    let mut years = Watched::with(|limits| limits.births_in_order = 3);
    for year in 2005..2018 {
        let asked = Asked { born: Some(Date::constant(year, 3, 1)), ..found() };
        assert_eq!(years.search(asked), [], "a year apart is no walk");
    }
}

#[test]
fn the_results_of_one_list_opened_one_after_another_are_a_trawl() {
    let list = || Asked { shown: (1..=8).collect(), ..Asked::default() };
    let mut watched = Watched::with(|limits| limits.of_one_list = 4);
    watched.search(list());
    sets_off(watched, 4, Rule::OneAfterAnother, |w, time| w.open(u64::from(time)));
    let mut again = Watched::with(|limits| limits.of_one_list = 4);
    again.search(list());
    assert!((0..9).all(|_| again.open(3).is_empty()), "the same one again");
    let mut between = Watched::with(|limits| limits.of_one_list = 4);
    for child in 1..=8 {
        between.search(list());
        assert_eq!(between.open(child), [], "a search between");
    }
}

#[test]
fn concurrent_sessions_are_noticed_at_once_and_failed_sign_ins_in_series() {
    let mut watched = Watched::with(|_| {});
    assert_eq!(watched.see(What::SignIn { concurrent: false }, &[]), []);
    assert_eq!(watched.see(What::SignIn { concurrent: true }, &[]), [Rule::ConcurrentSessions]);
    let watched = Watched::with(|limits| limits.sign_in_failures = 4);
    sets_off(watched, 4, Rule::SignInFailures, |w, _| w.see(What::SignInFailed, &[]));
}

#[test]
fn a_threshold_of_nought_switches_its_rule_off() {
    let mut watched = Watched::with(|limits| {
        limits.searches_an_hour = 0;
        limits.searches_a_day = 0;
        limits.empty_searches = 0;
        limits.same_place = 0;
        limits.in_order = 0;
        limits.baseline_times = 0;
    });
    watched.before = Before { acts: 5, days: 5, ..Before::default() };
    for time in 0..250_u32 {
        let rules = watched.search(Asked { shown: Vec::new(), ..named(&format!("ann {time:05}")) });
        assert_eq!(rules, []);
    }
}

fn any_observation() -> impl Strategy<Value = Observation> {
    let asked = (any::<u8>(), 0_u8..4, 0_u8..3, 0_u8..12).prop_map(|(name, street, shown, entry)| {
        What::Search(Asked {
            entry: Uuid::from_u128(u128::from(entry)),
            names: Some(format!("name {name:03}")),
            whole_name: Some(u64::from(name)),
            street: Some(u64::from(street)),
            shown: (0..u64::from(shown)).collect(),
            ..Asked::default()
        })
    });
    let what = prop_oneof![
        asked,
        Just(What::SearchRefused),
        (0_u64..5).prop_map(What::Record),
        any::<bool>().prop_map(|concurrent| What::SignIn { concurrent }),
        Just(What::SignInFailed),
    ];
    let flags = prop::collection::vec(prop::sample::select(Flag::ALL), 0..2);
    (0_i64..80_000, what, flags).prop_map(|(second, what, flags)| Observation {
        at: Timestamp::from_second(1_772_500_000 + second).unwrap(),
        what,
        flags,
    })
}

proptest! {
    /// However often a day is put away and taken up again, the same is noticed: what is stored is all that counts.
    #[test]
    fn a_day_taken_up_again_notices_the_same(
        seen in prop::collection::vec(any_observation(), 0..60),
        breaks in prop::collection::vec(any::<bool>(), 60),
    ) {
        let limits = Thresholds { same_place: 3, in_order: 3, empty_searches: 3, ..WatchingPolicy::default().of(None) };
        let (mut whole, mut stored) = (DayState::default(), DayState::default());
        let mut previous: Option<Asked> = None;
        for (seen, put_away) in seen.iter().zip(breaks) {
            if put_away {
                let counts = stored.counts;
                stored = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
                stored.counts = counts;
            }
            let one = whole.see(seen, previous.as_ref(), &Before::default(), &limits, &TimeZone::UTC);
            let other = stored.see(seen, previous.as_ref(), &Before::default(), &limits, &TimeZone::UTC);
            prop_assert_eq!(one, other);
            if let What::Search(asked) = &seen.what {
                previous = Some(asked.clone());
            }
        }
        prop_assert_eq!(whole.counts, stored.counts);
    }
}
