//! A protected child for whom no authority answers yet is nobody's to manage (laws 2, 3): what the page of a record denies every
//! authority, no other way in gives.

use directory::access::{Reason, Role};
use directory::retention::HoldBasis;
use directory::{ChildNumber, PartialDate};
use service::{CalendarError, DeathError, HoldError, HoldRequest};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{House, SCHOOLS, child, shield_request};
use crate::raw::Raw;

/// One of whom a national source alone tells, that names no authority.
async fn nobodys(house: &House) -> ChildNumber {
    let row = child("S-1", "Evadne", "Marchbanks", "2015-06-20").at("9 Elm Row", "LS7 3EF");
    house.load(SCHOOLS, &[row]).await;
    house.holds_end();
    house.number_of(SCHOOLS, "S-1").await
}

on_both_databases! {
    async fn a_protected_child_nobody_answers_for_is_answered_as_a_number_never_issued(db: TestDatabases) {
        let house = House::open(&db).await;
        let number = nobodys(&house).await;
        let bradford = house.another_authority().await;
        house.person("maude", Role::Manager, bradford).await;
        let maude = house.sign_in_again("maude").await;
        let d = &house.directory;
        let reasoned = d.state_reason(&maude, Reason::Management).await.unwrap();
        let seen = d.record_calendar(&reasoned, &number).await;
        assert!(seen.is_ok(), "an ordinary record nobody answers for is any authority’s");
        house.shield_alone(shield_request(&number)).await;
        let maude = house.sign_in_again("maude").await;
        let (morgan, _) = house.managers().await;
        let died = Some(PartialDate::parse("2026-03-01").unwrap());
        let until = jiff::civil::date(2028, 3, 1);
        for manager in [&maude, &morgan] {
            for asked in [&number, &ChildNumber::from_random([9; 16])] {
                let reasoned = d.state_reason(manager, Reason::Management).await.unwrap();
                let calendar = d.record_calendar(&reasoned, asked).await;
                assert!(matches!(calendar, Err(CalendarError::NotFound)), "what will happen to it, and when");
                let death = d.record_death(manager, asked, died).await;
                assert!(matches!(death, Err(DeathError::NotFound)), "{death:?}");
                let request = HoldRequest { number: asked.clone(), basis: HoldBasis::CourtOrder, until };
                let hold = d.propose_hold(manager, &request).await;
                assert!(matches!(hold, Err(HoldError::NotFound)), "{hold:?}");
            }
        }
    }

    // Rule 5.2: each record has one authority; of a protected child it is sealed (decision 4).
    async fn the_first_authority_that_a_source_names_for_a_protected_child_answers_for_it_and_no_other(db: TestDatabases) {
        let house = House::open(&db).await;
        let number = nobodys(&house).await;
        let bradford = house.another_authority().await;
        house.person("maude", Role::Manager, bradford).await;
        house.shield_alone(shield_request(&number)).await;
        let named = child("S-1", "Evadne", "Marchbanks", "2015-06-20").at("9 Elm Row", "LS7 3EF").in_school("Elm Row School");
        for authority in ["E08000035", "E08000032"] {
            let row = named.clone().with("local_authority", authority);
            assert_eq!(house.load(SCHOOLS, &[row]).await.updated, 1);
        }
        let (maude, (morgan, _)) = (house.sign_in_again("maude").await, house.managers().await);
        for (manager, answers) in [(&morgan, true), (&maude, false)] {
            let reasoned = house.directory.state_reason(manager, Reason::Management).await.unwrap();
            assert_eq!(house.directory.record_calendar(&reasoned, &number).await.is_ok(), answers);
        }
        let clear = Raw::data(&db).await.texts("SELECT DISTINCT authority FROM child").await;
        assert_eq!(clear, ["national"], "an authority is a place");
    }
}
