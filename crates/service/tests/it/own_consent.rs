//! A young person's own consent to stay (rules 3.4, 3.8, 3.9): from which age it is theirs to give, and which word counts where
//! two records of one person are joined.

use directory::access::{Reason, Role};
use directory::{ChildNumber, MatchBasis};
use jiff::SignedDuration;
use service::{Joining, ParticipationBasis, ParticipationError, Policy};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, GP, House, OPENED, SCHOOLS, child};
use crate::retention::person;

const OWN: ParticipationBasis = ParticipationBasis::OwnConsent;
const BASIS: MatchBasis = MatchBasis::FamilyConfirmed;

async fn known(house: &House, record: &str, born: &str) -> ChildNumber {
    let (forename, surname, postcode) = match record {
        "S-1" => ("Peregrine", "Loveday", "LS7 3EF"),
        "S-2" => ("Ottoline", "Vane", "LS5 3AD"),
        _ => ("Florian", "Ashworth", "LS8 1AA"),
    };
    let row = child(record, forename, surname, born).at("9 Elm Row", postcode);
    house.load(SCHOOLS, &[row.with("local_authority", "E08000035")]).await;
    house.holds_end();
    house.number_of(SCHOOLS, record).await
}

/// One young person of seventeen under two names, whom the matcher takes for two.
async fn twice_known(house: &House) -> (ChildNumber, ChildNumber) {
    let tess = child("G-1", "Tess", "Quill", "2008-07-02").at("4 Mill Fold", "LS12 1XX");
    let tess = tess.with("local_authority", "E08000035").with("practice_name", "Mill Fold Surgery");
    let tessa = child("C-1", "Tessa", "Quillfeather", "2008-07-02").at("71 Park Rise", "LS6 2AB");
    house.load(GP, &[tess]).await;
    house.load(CARE, &[tessa]).await;
    house.holds_end();
    (house.number_of(GP, "G-1").await, house.number_of(CARE, "C-1").await)
}

/// Until which age management is told that they stay.
async fn stays(house: &House, number: &ChildNumber) -> Option<u8> {
    let manager = person(house, Role::Manager).await;
    let manager = house.directory.state_reason(&manager, Reason::Management).await.unwrap();
    house.directory.record_calendar(&manager, number).await.unwrap().data().participates_until
}

async fn consents(house: &House, number: &ChildNumber, age: u8) {
    let nurse = house.nurse().await;
    house.directory.record_participation(&nurse, number, age, OWN).await.unwrap();
    house.clock.advance(SignedDuration::from_hours(48));
}

async fn withdraws(house: &House, number: &ChildNumber) {
    let nurse = house.nurse().await;
    house.directory.withdraw_participation(&nurse, number).await.unwrap();
    house.clock.advance(SignedDuration::from_hours(48));
}

async fn joined(house: &House, one: &ChildNumber, other: &ChildNumber) -> uuid::Uuid {
    let admin = person(house, Role::DataAdministrator).await;
    match house.directory.join_records(&admin, one, other, BASIS).await {
        Ok(Joining::Done { act, .. }) => act,
        other => panic!("{other:?}"),
    }
}

on_both_databases! {
    async fn nobody_under_sixteen_is_bound_by_a_consent_of_their_own(db: TestDatabases) {
        let house = House::open(&db).await;
        let nurse = house.nurse().await;
        for (record, born) in [("S-1", "2020-01-09"), ("S-2", "2010-03-03")] {
            let number = known(&house, record, born).await;
            let bound = house.directory.record_participation(&nurse, &number, 25, OWN).await;
            assert!(matches!(bound, Err(ParticipationError::TooYoung(16))), "born {born}: {bound:?}");
        }
        let number = known(&house, "S-3", "2010-03-02").await;
        house.directory.record_participation(&nurse, &number, 25, OWN).await.unwrap();
    }

    async fn from_which_age_is_the_installations_to_say(db: TestDatabases) {
        let mut policy = Policy::default();
        policy.retention.own_consent_from_age = 17;
        let house = House::open_with(&db, policy, OPENED).await;
        let nurse = house.nurse().await;
        let number = known(&house, "S-3", "2010-03-02").await;
        let bound = house.directory.record_participation(&nurse, &number, 25, OWN).await;
        assert!(matches!(bound, Err(ParticipationError::TooYoung(17))), "{bound:?}");
    }

    async fn of_two_records_that_are_joined_the_later_word_counts_and_each_has_its_own_again_when_undone(db: TestDatabases) {
        let house = House::open(&db).await;
        let (tess, tessa) = twice_known(&house).await;
        consents(&house, &tess, 24).await;
        consents(&house, &tessa, 21).await;
        withdraws(&house, &tessa).await;
        let act = joined(&house, &tess, &tessa).await;
        assert_eq!(stays(&house, &tess).await, None, "rule 3.9: a consent on a duplicate does not undo a withdrawal");
        let admin = person(&house, Role::DataAdministrator).await;
        house.directory.undo_joining(&admin, act, BASIS).await.unwrap();
        assert_eq!((stays(&house, &tess).await, stays(&house, &tessa).await), (Some(24), None));
        // Whoever consents after the withdrawal has consented, whichever record survives.
        house.clock.advance(SignedDuration::from_hours(48));
        consents(&house, &tess, 23).await;
        joined(&house, &tessa, &tess).await;
        assert_eq!(stays(&house, &tessa).await, Some(23));
    }

    async fn a_withdrawal_from_two_records_that_are_one_stays_with_both_when_they_part(db: TestDatabases) {
        let house = House::open(&db).await;
        let (tess, tessa) = twice_known(&house).await;
        consents(&house, &tess, 24).await;
        consents(&house, &tessa, 21).await;
        let act = joined(&house, &tess, &tessa).await;
        assert_eq!(stays(&house, &tess).await, Some(21), "said later");
        withdraws(&house, &tess).await;
        let admin = person(&house, Role::DataAdministrator).await;
        house.directory.undo_joining(&admin, act, BASIS).await.unwrap();
        assert_eq!((stays(&house, &tess).await, stays(&house, &tessa).await), (None, None));
    }
}
