use crate::children::day;
use directory::retention::{
    Change, Due, DueReason, EndedItem, ItemKind, ItemStage, LifeFacts, RetentionPolicy, Stage, archive_due,
    calendar, destruction_due, is_item_overdue, is_shown_after_end, item_stage, may_consent_to_stay,
    next_due, stage, suppressed_until, sweep_month,
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
    let on_the_day = stage(&facts, &policy(), date(2026, 11, 22));
    assert_eq!(on_the_day, Stage::Archived(archived), "it leaves the live directory on its day");
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
fn what_has_no_date_of_birth_goes_as_if_it_was_born_on_the_day_that_was_noticed() {
    let facts = LifeFacts { born_by: Some(date(2026, 3, 4)), ..LifeFacts::default() };
    let archived = Due { date: date(2044, 3, 4), why: DueReason::NoDateOfBirth };
    assert_eq!(archive_due(&facts, &policy()), Some(archived));
    assert_eq!(destruction_due(archived, &policy()).date, date(2050, 3, 4));
    let told = LifeFacts { date_of_birth: Some(day("2016-05-05")), ..facts };
    assert_eq!(archive_due(&told, &policy()), due(date(2034, 5, 5), DueReason::EighteenthBirthday));
    let died = LifeFacts { died_on: Some(day("2026-01-10")), ..facts };
    assert_eq!(archive_due(&died, &policy()), due(date(2027, 1, 10), DueReason::YearAfterDeath));
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
fn who_left_and_may_return_is_reviewed_before_three_years() {
    let reviewed = |intention, born_on, today| -> Vec<String> {
        let facts = LifeFacts { left_england: Some((intention, date(2024, 2, 29))), ..born(born_on) };
        let lines = calendar(&facts, &[], &policy(), today).into_iter();
        lines.filter(|line| line.change == Change::RecordReviewed).map(|line| line.date.to_string()).collect()
    };
    for intention in [LeftEngland::ReturnWithin3Years, LeftEngland::NoInformation] {
        let of = |today| reviewed(intention, "2016-05-05", today);
        assert_eq!(of(date(2024, 3, 1)), ["2025-02-28", "2026-02-28"], "each year, and then it is archived");
        assert_eq!(of(date(2025, 2, 28)), ["2025-02-28", "2026-02-28"], "on its day it is still to be done");
        assert_eq!(of(date(2025, 3, 1)), ["2026-02-28"]);
        assert!(of(date(2026, 3, 1)).is_empty());
        assert_eq!(
            reviewed(intention, "2007-06-01", date(2024, 3, 1)),
            ["2025-02-28"],
            "grown before the second"
        );
    }
    assert!(reviewed(LeftEngland::NoReturnWithin3Years, "2016-05-05", date(2024, 3, 1)).is_empty());
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

#[test]
fn the_age_of_a_young_persons_own_consent_is_an_age_of_a_young_person() {
    assert_eq!(policy().own_consent_from_age, 16);
    for age in [0, 19, 40] {
        assert!(RetentionPolicy { own_consent_from_age: age, ..policy() }.validate().is_err(), "{age}");
    }
    let born = Some(day("2010-03"));
    assert!(!may_consent_to_stay(born, &policy(), date(2026, 3, 30)), "perhaps not sixteen yet");
    assert!(may_consent_to_stay(born, &policy(), date(2026, 3, 31)));
    assert!(!may_consent_to_stay(None, &policy(), date(2026, 3, 31)));
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

#[test]
fn a_consent_that_is_withdrawn_archives_at_once_and_the_years_of_the_archive_begin_then() {
    let staying = Participation::until_age(23).unwrap();
    let facts = |on| LifeFacts { participation: Some(staying.withdrawn(on)), ..born("2008-06-15") };
    let withdrawn = Due { date: date(2028, 1, 9), why: DueReason::ParticipationWithdrawn };
    assert_eq!(stage(&facts(date(2028, 1, 9)), &policy(), date(2028, 1, 9)), Stage::Archived(withdrawn));
    assert_eq!(destruction_due(withdrawn, &policy()).date, date(2034, 1, 9));
    let birthday = due(date(2026, 6, 15), DueReason::EighteenthBirthday);
    assert_eq!(
        archive_due(&facts(date(2026, 1, 1)), &policy()),
        birthday,
        "a child stays until the birthday"
    );
    let over = due(date(2031, 6, 15), DueReason::ParticipationEnds);
    assert_eq!(archive_due(&facts(date(2032, 1, 1)), &policy()), over, "what had ended is not withdrawn");
}

#[test]
fn a_consent_is_kept_as_it_was_written_before_it_could_be_withdrawn() {
    let standing: Participation = serde_json::from_str("21").unwrap();
    assert_eq!(standing, Participation::until_age(21).unwrap());
    assert_eq!(serde_json::to_string(&standing).unwrap(), "21");
    let withdrawn = standing.withdrawn(date(2028, 1, 9));
    let text = serde_json::to_string(&withdrawn).unwrap();
    assert_eq!(serde_json::from_str::<Participation>(&text).unwrap(), withdrawn);
    assert!(serde_json::from_str::<Participation>("26").is_err());
}

#[test]
fn the_calendar_lists_everything_that_will_happen_and_nothing_that_has() {
    let items = [
        EndedItem { kind: ItemKind::Involvement, end: day("2024-03-01") },
        EndedItem { kind: ItemKind::Education, end: day("2025-07") },
    ];
    let lines = |today| {
        calendar(&born("2015-06-20"), &items, &policy(), today)
            .iter()
            .map(|line| (line.date.to_string(), line.change.code(), line.why.map(DueReason::code)))
            .collect::<Vec<_>>()
    };
    let end = [
        ("2033-06-20".to_owned(), "record_archived", Some("eighteenth_birthday")),
        ("2039-06-20".to_owned(), "record_destroyed", Some("archive_ends")),
    ];
    assert_eq!(
        lines(date(2026, 1, 1)),
        [
            ("2026-07-31".to_owned(), "item_archived", None),
            ("2031-03-01".to_owned(), "item_destroyed", None),
            ("2032-07-31".to_owned(), "item_destroyed", None),
            end[0].clone(),
            end[1].clone(),
        ]
    );
    assert_eq!(lines(date(2034, 1, 1))[2..], end[1..], "what is overdue for destruction is still to come");
    let early = calendar(&born("2008-06-15"), &items, &policy(), date(2026, 1, 1));
    assert!(
        early.iter().all(|line| line.date <= date(2032, 6, 15)),
        "the record's end is the end of its items"
    );
    assert_eq!(calendar(&LifeFacts::default(), &[], &policy(), date(2026, 1, 1)), []);
}

#[test]
fn an_ended_item_is_overdue_after_its_year_and_the_archives_six() {
    let ended = Some(day("2025-06-30"));
    assert!(!is_item_overdue(ended, &policy(), date(2032, 6, 29)));
    assert!(is_item_overdue(ended, &policy(), date(2032, 6, 30)));
    assert!(!is_item_overdue(None, &policy(), date(2099, 1, 1)));
}

#[test]
fn a_generation_of_keys_is_gone_by_the_horizon_of_what_was_destroyed_on_its_first_day() {
    let periods = policy();
    assert_eq!(periods.generation_days + periods.generation_kept_days(), periods.key_horizon_days);
    assert!(periods.validate().is_ok());
    for days in [0, 35, 40] {
        assert!(RetentionPolicy { generation_days: days, ..policy() }.validate().is_err(), "{days}");
    }
}

#[test]
fn the_bodies_of_the_trail_are_kept_for_their_years_and_for_longer_than_the_archive() {
    assert_eq!(
        policy().first_audit_month(date(2038, 3, 31)).to_string(),
        "2026-03",
        "of 31 March 2026 not a day less"
    );
    assert_eq!(policy().first_audit_month(date(2038, 4, 1)).to_string(), "2026-04");
    for (audit_years, archive_years) in [(0, 6), (6, 5), (41, 6), (8, 8)] {
        let fault = RetentionPolicy { audit_years, archive_years, ..policy() }.validate().unwrap_err();
        assert_eq!(
            fault,
            format!(
                "retention.audit_years is {audit_years}; make it from 7 to 40, and more than archive_years, which is {archive_years}"
            )
        );
    }
    assert!(RetentionPolicy { audit_years: 40, ..policy() }.validate().is_ok());
}

proptest! {
    #[test]
    fn a_token_stands_at_least_for_its_months_and_at_most_a_year_longer(random: [u8; 8]) {
        let months = suppressed_until(&policy(), date(2026, 3, 2), random).months_since(Month::from(date(2026, 3, 2)));
        prop_assert!((36..48).contains(&months));
    }
}
