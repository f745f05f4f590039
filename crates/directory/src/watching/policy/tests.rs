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
fn every_threshold_of_the_rules_can_differ_by_authority() {
    let mut policy = WatchingPolicy::default();
    let except = Exceptions {
        no_involvement_days: Some(7),
        shielded_days: Some(60),
        escalate_after_days: Some(2),
        sample_per_thousand: Some(50),
        sample_at_least: Some(3),
        ..Exceptions::default()
    };
    policy.authority.insert("E08000035".to_owned(), except);
    assert_eq!(policy.validate(), Ok(()));
    let (leeds, others) = (policy.of(Some("E08000035")), policy.of(Some("E10000016")));
    let windows =
        |limits: &Thresholds| (limits.no_involvement_days, limits.shielded_days, limits.escalate_after_days);
    assert_eq!((windows(&leeds), windows(&others)), ((7, 60, 2), (14, 28, 5)));
    assert_eq!((leeds.sample_per_thousand, leeds.sample_at_least), (50, 3));
    assert_eq!(policy.every(|limits| limits.no_involvement_days), [7, 14].into());
}

fn with(except: Exceptions) -> Result<(), String> {
    let authority = [("E08000035".to_owned(), except)].into();
    WatchingPolicy { authority, ..WatchingPolicy::default() }.validate()
}

macro_rules! floor_cases {
    ($($name:ident: $stricter:expr, $last:expr, $beyond:expr, $off:expr;)+) => {
        $(
            for (value, stands) in [($stricter, true), ($last, true), ($beyond, false), ($off, false)] {
                let said = with(Exceptions { $name: Some(value), ..Exceptions::default() });
                assert_eq!(said.is_ok(), stands, "{} = {value}: {said:?}", stringify!($name));
                if let Err(error) = said {
                    assert!(error.contains(stringify!($name)) && error.contains("write"), "{error}");
                }
            }
        )+
    };
}

#[test]
fn no_authority_loosens_a_threshold_below_the_national_floor_or_switches_a_rule_off() {
    floor_cases! {
        no_involvement_days: 1, 14, 15, 0;
        shielded_days: 90, 28, 27, 1;
        escalate_after_days: 1, 5, 6, 0;
        sample_per_thousand: 1000, 5, 4, 0;
        sample_at_least: 100, 1, 0, 0;
        searches_an_hour: 1, 300, 301, 0;
        searches_a_day: 1, 1000, 1001, 0;
        records_an_hour: 1, 120, 121, 0;
        records_a_day: 1, 400, 401, 0;
        baseline_times: 1, 10, 11, 0;
        baseline_at_least: 1, 200, 201, 0;
        out_of_hours: 1, 20, 21, 0;
        empty_searches: 1, 60, 61, 0;
        refused_searches: 1, 40, 41, 0;
        shielded_views: 1, 6, 7, 0;
        same_place: 1, 20, 21, 0;
        in_order: 1, 20, 21, 0;
        births_in_order: 1, 15, 16, 0;
        of_one_list: 1, 20, 21, 0;
        sign_in_failures: 1, 20, 21, 0;
    }
    let night = Exceptions { open_from: Some(0), open_to: Some(24), ..Exceptions::default() };
    assert_eq!(with(night), Ok(()), "a duty team's hours are its own");
}

#[test]
fn the_floor_is_national_policy_and_what_holds_for_everybody_is_never_below_it() {
    let lenient = Exceptions { no_involvement_days: Some(21), ..Exceptions::default() };
    let authority: BTreeMap<_, _> = [("E08000035".to_owned(), lenient)].into();
    let loosest = Exceptions { no_involvement_days: Some(28), ..Exceptions::default() };
    let policy = WatchingPolicy { loosest, authority, ..WatchingPolicy::default() };
    assert_eq!(policy.validate(), Ok(()), "the nation lets an authority take its time");
    let off = Exceptions { sign_in_failures: Some(0), ..Exceptions::default() };
    let authority = [("E08000035".to_owned(), off)].into();
    let policy = WatchingPolicy { sign_in_failures: 0, authority, ..WatchingPolicy::default() };
    assert_eq!(policy.validate(), Ok(()), "what is off for everybody");
    let later = Exceptions { escalate_after_days: Some(9), ..Exceptions::default() };
    let wrong = WatchingPolicy { loosest: later, ..WatchingPolicy::default() };
    assert!(wrong.validate().unwrap_err().contains("never later"));
    let hours = Exceptions { open_to: Some(24), ..Exceptions::default() };
    assert!(WatchingPolicy { loosest: hours, ..WatchingPolicy::default() }.validate().is_err());
    let nobody = [("Leeds".to_owned(), Exceptions::default())].into();
    let wrong = WatchingPolicy { authority: nobody, ..WatchingPolicy::default() };
    assert!(wrong.validate().unwrap_err().contains("no authority's code"));
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
    let wrong = WatchingPolicy { shielded_days: 91, ..WatchingPolicy::default() };
    assert!(wrong.validate().is_err());
}
