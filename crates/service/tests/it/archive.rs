//! The archive's first year: a record opened by its number, and never otherwise (rules 4.3 to 4.5).

use directory::ChildNumber;
use directory::access::{ArchiveReason, Reason, Role};
use rand::RngExt as _;
use service::{Policy, RecordError, SignedIn};
use testkit::{TestDatabases, on_both_databases, seeded};

use crate::house::{CARE, House, OPENED, by_number};
use crate::raw::Raw;
use crate::retention::{nearly_grown, on, person, young};

on_both_databases! {
    async fn the_calendar_of_an_archived_record_is_shown_as_long_as_its_archive_is_open(db: TestDatabases) {
        let mut policy = Policy::default();
        policy.retention.archive_open_years = 2;
        let mut house = House::open_with(&db, policy, OPENED).await;
        house.load(CARE, &[nearly_grown("C-1")]).await;
        house.holds_end();
        let number = house.number_of(CARE, "C-1").await;
        for (day, open) in [("2028-06-14", true), ("2028-06-15", false)] {
            house = on(house, day).await;
            let dan = person(&house, Role::DataAdministrator).await;
            let dan = house.directory.state_reason(&dan, Reason::Management).await.unwrap();
            assert_eq!(house.directory.record_calendar(&dan, &number).await.is_ok(), open, "rule 4.3 on {day}");
        }
    }

    async fn the_archives_first_year_opens_by_number_to_the_authoritys_data_administrators_and_to_nobody_else(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[nearly_grown("C-1"), young("C-2")]).await;
        house.holds_end();
        house.shield(CARE, "C-1").await;
        let (number, living) = (house.number_of(CARE, "C-1").await, house.number_of(CARE, "C-2").await);
        let never = ChildNumber::from_random(seeded(5).random());
        let bradford = house.organisation("Bradford Council", "authority", Some("E08000032")).await;
        let trust = house.organisation("Leeds Trust", "partner", Some("E08000035")).await;
        let claim = ArchiveReason::LegalClaim;
        let house = on(house, "2026-06-14").await;
        let raw = &mut Raw::data(&db).await;
        let reasoned = async |house: &House, who: SignedIn| {
            house.directory.state_reason(&who, Reason::Management).await.unwrap()
        };
        let eve = reasoned(&house, person(&house, Role::DataAdministrator).await).await;
        let early = house.directory.open_from_archive(&eve, &number, claim).await;
        assert!(matches!(early, Err(RecordError::NotFound)), "she is seventeen");
        let house = on(house, "2026-06-15").await;
        house.directory.sweep(false).await.unwrap();
        let dan = reasoned(&house, person(&house, Role::DataAdministrator).await).await;
        let shown = house.directory.open_from_archive(&dan, &number, claim).await.unwrap();
        assert_eq!(shown.data().archived_on.to_string(), "2026-06-15");
        assert_eq!(shown.data().record.shields.len(), 1, "hidden items included");
        let view = &shown.data().record.record;
        assert_eq!(view.whereabouts.as_ref().unwrap().value.address().unwrap().lines[0].as_str(), "4 Larch Grove");
        assert!(house.find(&dan, by_number(&number)).await.is_empty(), "and by no search (rule 4.4)");
        // The true reason is in the sealed body; the header is that of any record opened.
        let headers = raw.headers().await;
        assert!(headers.iter().any(|header| header.contains("record_viewed") && header.contains("\"management\"")));
        assert!(!headers.iter().any(|header| header.contains("legal_claim")));
        // Everybody else, and of every other number: as of one never issued.
        let refusals = raw.entries("record_refused").await;
        for number in [&living, &never] {
            let answer = house.directory.open_from_archive(&dan, number, claim).await;
            assert!(matches!(answer, Err(RecordError::NotFound)));
        }
        let bel = house.person("bel", Role::DataAdministrator, bradford).await;
        let bel = reasoned(&house, bel).await;
        let answer = house.directory.open_from_archive(&bel, &number, claim).await;
        assert!(matches!(answer, Err(RecordError::NotFound)), "another authority's");
        let tina = house.person("tina", Role::DataAdministrator, trust).await;
        let tina = reasoned(&house, tina).await;
        let manager = reasoned(&house, person(&house, Role::Manager).await).await;
        for who in [&tina, &manager] {
            let answer = house.directory.open_from_archive(who, &number, claim).await;
            assert!(matches!(answer, Err(RecordError::Forbidden)));
        }
        assert_eq!(raw.entries("record_refused").await, refusals + 5, "each in the trail");
        let house = on(house, "2027-06-15").await;
        let dan = reasoned(&house, person(&house, Role::DataAdministrator).await).await;
        let late = house.directory.open_from_archive(&dan, &number, claim).await;
        assert!(matches!(late, Err(RecordError::NotFound)), "a year and no day longer (rule 4.3)");
    }
}
