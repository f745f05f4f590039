//! The census of a term, a full file of the rolls of schools (rules 5.6, 10.4): who left, moved and came, and what is late.

use directory::access::{Reason, Role};
use directory::feeding::FeedingPolicy;
use directory::{PartialDate, Setting};
use jiff::civil::date;
use service::{Ended, FileKind, LoadError, Policy};
use testkit::{TestDatabases, on_both_databases};

use crate::feeding::Sent;
use crate::house::{CARE, House, Row, SCHOOLS, by_name_and_birth, child};
use crate::raw::Raw;
use crate::retention::{on, person};

const NAMES: [(&str, &str); 7] = [
    ("Florian", "Ashworth"),
    ("Beatrix", "Brackley"),
    ("Cormac", "Copperfield"),
    ("Delphine", "Dunmore"),
    ("Emrys", "Eversholt"),
    ("Fenella", "Farthing"),
    ("Gideon", "Gledhow"),
];

fn born(nth: usize) -> String {
    format!("20{}-{:02}-{:02}", 12 + nth % 3, nth + 1, 20 - nth)
}

fn living(nth: usize, day: &str) -> Row {
    let (forename, surname) = NAMES[nth];
    child(&format!("P-{nth}"), forename, surname, &born(nth))
        .with("effective_at", day)
        .at(&format!("{} Elm Row", nth + 1), &format!("LS{} 3EF", nth + 1))
}

/// A pupil on the roll of one of two schools.
fn at(nth: usize, school: &str, day: &str) -> Row {
    let number = if school == "Mill Lane" { "107654" } else { "107655" };
    living(nth, day).in_school(school).with("school_urn", number)
}

async fn census(house: &House, sequence: i64, day: (i16, i8, i8), rows: &[Row]) -> Result<Ended, LoadError> {
    let mut sent = Sent::of(house, SCHOOLS, FileKind::Full, sequence, rows).await;
    sent.as_of = date(day.0, day.1, day.2);
    sent.load(&house.directory, 10, None).await
}

/// The schools at which a practitioner sees the child now.
async fn schools(house: &House, nth: usize) -> Vec<String> {
    let nurse = person(house, Role::Practitioner).await;
    let nurse = house.directory.state_reason(&nurse, Reason::WhoElseIsInvolved).await.unwrap();
    let (forename, surname) = NAMES[nth];
    let seen =
        house.full_record(&nurse, by_name_and_birth(&format!("{forename} {surname}"), &born(nth))).await;
    let now = seen.education.iter().filter(|school| school.value.end.is_none());
    now.filter_map(|school| match &school.value.setting {
        Setting::School { name, .. } => Some(name.to_string()),
        Setting::HomeEducated | Setting::NoSetting => None,
    })
    .collect()
}

on_both_databases! {
    async fn a_term_ends_who_left_the_schools_that_it_counts_and_nobody_else_and_a_late_term_is_refused(db: TestDatabases) {
        let feeding = FeedingPolicy { absent_per_mille: 500, ..FeedingPolicy::default() };
        let house = House::open_with(&db, Policy { feeding, ..Policy::default() }, "2026-03-02T09:00:00Z").await;
        let day = "2026-01-15";
        let spring: Vec<Row> = (0..4).map(|nth| at(nth, "Mill Lane", day))
            .chain((4..6).map(|nth| at(nth, "Brook", day)))
            .collect();
        assert_eq!(census(&house, 1, (2026, 1, 15), &spring).await.unwrap().ended, 0);
        house.load(CARE, &(0..7).map(|nth| living(nth, day)).collect::<Vec<_>>()).await;
        house.holds_end();
        assert_eq!(schools(&house, 1).await, ["Mill Lane"]);

        // One has left Mill Lane and one has come; the return of the other school is missing, and that ends nobody.
        let house = on(house, "2026-06-01").await;
        let day = "2026-05-21";
        let summer: Vec<Row> = [0, 2, 3, 6].map(|nth| at(nth, "Mill Lane", day)).into();
        let ended = census(&house, 2, (2026, 5, 21), &summer).await.unwrap();
        assert_eq!((ended.ended, ended.counts.accepted), (1, 1));
        house.holds_end();
        assert_eq!(schools(&house, 1).await, Vec::<String>::new());
        for (nth, school) in [(0, "Mill Lane"), (4, "Brook"), (5, "Brook"), (6, "Mill Lane")] {
            assert_eq!(schools(&house, nth).await, [school], "{nth}");
        }
        // The same again, as it was and under the next number.
        for sequence in [2, 3] {
            let again = census(&house, sequence, (2026, 5, 21), &summer).await.unwrap();
            assert_eq!((again.ended, again.counts.accepted, again.counts.updated), (0, 0, 0), "{sequence}");
        }

        // One has moved to the other school, whose roll now comes too; one is taught at home.
        let house = on(house, "2026-10-05").await;
        let day = "2026-10-01";
        let autumn = [
            at(0, "Brook", day), at(2, "Mill Lane", day), at(6, "Mill Lane", day), at(4, "Brook", day),
            living(3, day).with("education_status", "home_educated"),
        ];
        let ended = census(&house, 4, (2026, 10, 1), &autumn).await.unwrap();
        assert_eq!(ended.ended, 1, "who left the other school");
        assert_eq!(schools(&house, 0).await, ["Brook"]);
        assert_eq!(schools(&house, 5).await, Vec::<String>::new());

        // A term that comes late would bring back who has left since: nothing of it is taken.
        let before = Raw::data(&db).await.count("source_version").await;
        match census(&house, 5, (2026, 5, 21), &summer).await {
            Err(LoadError::Older { as_of, latest, .. }) => {
                assert_eq!((as_of, latest), (date(2026, 5, 21), date(2026, 10, 1)));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(Raw::data(&db).await.count("source_version").await, before);
        // A day that has not come would close the way to every file until then.
        match census(&house, 5, (2062, 10, 1), &autumn).await {
            Err(LoadError::NotYet { as_of, .. }) => assert_eq!(as_of, date(2062, 10, 1)),
            other => panic!("{other:?}"),
        }
        // A message after the day of the file is newer than what the file does not say.
        let mut late = Sent::of(&house, SCHOOLS, FileKind::Delta, 5, &[at(1, "Mill Lane", "2026-10-04")]).await;
        late.as_of = date(2026, 10, 4);
        late.load(&house.directory, 10, None).await.unwrap();
        let same_day = census(&house, 6, (2026, 10, 1), &autumn).await.unwrap();
        assert_eq!(same_day.ended, 0);
        assert_eq!(schools(&house, 1).await, ["Mill Lane"]);
    }

    async fn a_school_whose_roll_is_halved_waits_for_a_person_however_large_the_source_is(db: TestDatabases) {
        let house = House::open(&db).await;
        let day = "2026-01-15";
        let both: Vec<Row> = (0..2).map(|nth| at(nth, "Mill Lane", day)).chain((2..7).map(|nth| at(nth, "Brook", day))).collect();
        census(&house, 1, (2026, 1, 15), &both).await.unwrap();
        let waits = census(&house, 2, (2026, 2, 15), &both[..1]).await.unwrap().waiting.unwrap();
        assert_eq!((waits.absent, waits.held), (1, 2), "of the school that is counted, not of the source");
    }

    async fn a_pupil_whose_record_was_destroyed_is_counted_by_the_school_that_the_census_names_and_by_no_other(db: TestDatabases) {
        let house = House::open(&db).await;
        let young = |nth: usize, school: &str, day: &str| at(nth, school, day).with("date_of_birth", &format!("2024-0{}-1{nth}", nth + 1));
        let day = "2026-01-15";
        let both = [young(0, "Mill Lane", day), young(2, "Mill Lane", day), young(1, "Brook", day), young(3, "Brook", day)];
        census(&house, 1, (2026, 1, 15), &both).await.unwrap();
        house.holds_end();
        for record in ["P-0", "P-1"] {
            let number = house.number_of(SCHOOLS, record).await;
            let (manager, _) = house.managers().await;
            let died = Some(PartialDate::parse("2026-02-01").unwrap());
            house.directory.record_death(&manager, &number, died).await.unwrap();
        }
        let house = on(house, "2033-03-02").await;
        house.directory.sweep(false).await.unwrap();
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.count("source_record").await, 2, "two were destroyed");

        // The roll of one school comes: who was destroyed is missed there as anybody else would be.
        let day = "2033-02-20";
        let one = [young(2, "Mill Lane", day)];
        let waits = census(&house, 2, (2033, 2, 20), &one).await.unwrap().waiting.unwrap();
        assert_eq!((waits.absent, waits.held), (1, 2), "and nobody of the other school");
        let mut sent = Sent::of(&house, SCHOOLS, FileKind::Full, 2, &one).await;
        sent.as_of = date(2033, 2, 20);
        assert_eq!(sent.load(&house.directory, 10, Some(&waits.digest)).await.unwrap().ended, 1);
        let again = census(&house, 3, (2033, 2, 20), &one).await.unwrap();
        assert_eq!((again.ended, again.waiting), (0, None), "it has left once");

        // What was said of the other after the day of the file is not ended by it; by a later file it is.
        let mut late = Sent::of(&house, SCHOOLS, FileKind::Delta, 4, &[young(1, "Brook", "2033-02-25")]).await;
        late.as_of = date(2033, 2, 25);
        late.load(&house.directory, 10, None).await.unwrap();
        let brook = [young(2, "Mill Lane", day), young(3, "Brook", day)];
        let early = census(&house, 5, (2033, 2, 20), &brook).await.unwrap();
        assert_eq!((early.ended, early.waiting), (0, None));
        let waits = census(&house, 6, (2033, 2, 28), &brook).await.unwrap().waiting.unwrap();
        assert_eq!((waits.absent, waits.held), (1, 3));
    }
}
