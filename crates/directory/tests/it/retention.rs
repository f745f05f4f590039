use crate::children::day;
use directory::retention::{
    Due, DueReason, ItemStage, LifeFacts, RetentionPolicy, Stage, archive_due, destruction_due,
    is_shown_after_end, item_stage, next_due, stage, sweep_month,
};
use directory::{LeftEngland, Month, Participation};
use jiff::civil::{Date, date};
use proptest::prelude::*;

fn born(text: &str) -> LifeFacts {
    LifeFacts { date_of_birth: Some(day(text)), ..LifeFacts::default() }
}

fn policy() -> RetentionPolicy {
    RetentionPolicy::default()
}

fn due(date: Date, why: DueReason) -> Option<Due> {
    Some(Due { date, why })
}

#[test]
fn a_record_is_archived_on_the_eighteenth_birthday() {
    let facts = born("2008-11-22");
    assert_eq!(stage(&facts, &policy(), date(2026, 11, 21)), Stage::Live);
    let archived = Due { date: date(2026, 11, 22), why: DueReason::EighteenthBirthday };
    assert_eq!(stage(&facts, &policy(), date(2026, 11, 22)), Stage::Archived(archived));
}

#[test]
fn an_archived_record_is_destroyed_six_years_later_at_twenty_four() {
    let facts = born("2008-11-22");
    assert!(matches!(stage(&facts, &policy(), date(2032, 11, 21)), Stage::Archived(_)));
    let end = Due { date: date(2032, 11, 22), why: DueReason::ArchiveEnds };
    assert_eq!(stage(&facts, &policy(), date(2032, 11, 22)), Stage::ToDestroy(end));
    assert_eq!(next_due(&facts, &policy(), date(2027, 1, 1)), Some(end));
}

#[test]
fn a_participating_young_person_stays_until_the_age_they_chose() {
    let facts = LifeFacts { participation: Participation::until_age(21).ok(), ..born("2008-02-29") };
    assert_eq!(archive_due(&facts, &policy()), due(date(2029, 3, 1), DueReason::ParticipationEnds));
    for refused in [0, 18, 26] {
        assert!(Participation::until_age(refused).is_err());
    }
    let latest = LifeFacts { participation: Participation::until_age(25).ok(), ..born("2000-01-01") };
    let archived = archive_due(&latest, &policy()).unwrap();
    assert_eq!(destruction_due(archived, &policy()).date, date(2031, 1, 1));
}

#[test]
fn of_a_birth_known_in_part_the_last_possible_birthday_counts() {
    assert_eq!(archive_due(&born("2008"), &policy()), due(date(2026, 12, 31), DueReason::EighteenthBirthday));
    assert_eq!(
        archive_due(&born("2008-02"), &policy()),
        due(date(2026, 3, 1), DueReason::EighteenthBirthday)
    );
    assert_eq!(archive_due(&LifeFacts::default(), &policy()), None);
}

#[test]
fn a_record_stays_live_for_a_year_after_a_death() {
    let facts = LifeFacts { died_on: Some(day("2026-01-10")), ..born("2016-05-05") };
    assert_eq!(archive_due(&facts, &policy()), due(date(2027, 1, 10), DueReason::YearAfterDeath));
    // Whichever comes first: here the eighteenth birthday.
    let older = LifeFacts { died_on: Some(day("2026-01-10")), ..born("2008-05-05") };
    assert_eq!(archive_due(&older, &policy()), due(date(2026, 5, 5), DueReason::EighteenthBirthday));
}

#[test]
fn a_child_who_left_england_is_archived_by_the_statement_made() {
    let since = date(2024, 3, 1);
    let left = |intention| LifeFacts { left_england: Some((intention, since)), ..born("2016-05-05") };
    let after_three = due(date(2027, 3, 1), DueReason::NotReturned);
    assert_eq!(
        archive_due(&left(LeftEngland::NoReturnWithin3Years), &policy()),
        due(since, DueReason::LeftEngland)
    );
    assert_eq!(archive_due(&left(LeftEngland::ReturnWithin3Years), &policy()), after_three);
    assert_eq!(archive_due(&left(LeftEngland::NoInformation), &policy()), after_three);
}

#[test]
fn an_ended_involvement_is_shown_for_a_year() {
    let shown = |end: &str, today| is_shown_after_end(Some(day(end)), &policy(), today);
    assert!(shown("2025-11-23", date(2026, 11, 22)));
    assert!(!shown("2025-11-22", date(2026, 11, 22)));
    assert!(shown("2025", date(2026, 12, 30)) && !shown("2025", date(2026, 12, 31)));
    assert!(is_shown_after_end(None, &policy(), date(2099, 1, 1)));
}

#[test]
fn an_ended_item_is_shown_for_a_year_archived_for_six_and_then_to_be_destroyed() {
    let stands = |today| item_stage(Some(day("2020-03-31")), &policy(), today);
    for (today, stage) in [
        (date(2021, 3, 30), ItemStage::Shown),
        (date(2021, 3, 31), ItemStage::Archived),
        (date(2027, 3, 30), ItemStage::Archived),
        (date(2027, 3, 31), ItemStage::ToDestroy),
    ] {
        assert_eq!(stands(today), stage, "{today}");
    }
    assert_eq!(item_stage(None, &policy(), date(2099, 1, 1)), ItemStage::Shown);
}

#[test]
fn periods_are_configuration() {
    let changed: RetentionPolicy = serde_json::from_str(r#"{"archive_years": 2}"#).unwrap();
    assert_eq!(changed, RetentionPolicy { archive_years: 2, ..policy() });
    assert!(serde_json::from_str::<RetentionPolicy>(r#"{"archive": 2}"#).is_err());
}

proptest! {
    #[test]
    fn a_sweep_never_comes_too_late(days in 0..9000_i64, random: [u8; 8]) {
        let today = date(2026, 11, 22);
        let when = Due { date: today.checked_add(jiff::Span::new().days(days)).unwrap(), why: DueReason::EighteenthBirthday };
        let month = sweep_month(Some(when), &policy(), today, random);
        prop_assert!(month <= Month::from(when.date));
        prop_assert!(month.months_since(Month::from(today)) <= 24);
    }

    #[test]
    fn beyond_the_horizon_the_clear_month_says_nothing_of_the_birth(years in 3..18_i16, random: [u8; 8]) {
        let today = date(2026, 11, 22);
        let when = Due { date: date(2026 + years, 12, 1), why: DueReason::EighteenthBirthday };
        let unknown = sweep_month(None, &policy(), today, random);
        prop_assert_eq!(sweep_month(Some(when), &policy(), today, random), unknown);
    }
}
