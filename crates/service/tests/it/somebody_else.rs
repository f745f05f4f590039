//! A record that goes on as somebody else's: through an adoption that nobody declared, or because a number was used again. The two
//! people are not shown together, and two of the desk look (rule 10.12, law 5).

use service::{CandidateKind, HeldChoice};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_postcode, child, nhs_number};
use crate::identities::{cases, decided, released};
use crate::raw::Raw;

const BORN: &str = "2015-02-28";

fn jake(record: &str) -> Row {
    child(record, "Jake", "Turner", BORN)
        .at("4 Elm Row", "LS7 3EF")
        .with("carer_1_forenames", "Siobhan")
        .with("carer_1_surname", "Turner")
        .with("carer_1_relationship", "mother")
}

fn at_the_practice(record: &str) -> Row {
    child(record, "Jake", "Turner", BORN).at("4 Elm Row", "LS7 3EF")
}

/// The same record after an adoption.
fn adopted(record: &str) -> Row {
    child(record, "Jake", "Hollis", BORN)
        .at("9 Quayside", "HU1 1AA")
        .with("carer_1_forenames", "Ada")
        .with("carer_1_surname", "Hollis")
        .with("carer_1_relationship", "mother")
        .with("effective_at", "2026-02-10")
}

async fn scene(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    house.load(SCHOOLS, &[jake("S-1").in_school("Abbey School")]).await;
    house.load(GP, &[at_the_practice("G-1")]).await;
    house.holds_end();
    assert_eq!(house.number_of(SCHOOLS, "S-1").await, house.number_of(GP, "G-1").await);
    house
}

async fn page(house: &House, name: &str) -> String {
    let view = house.full_record(&house.nurse().await, by_name_and_birth(name, BORN)).await;
    serde_json::to_string(&view).unwrap()
}

async fn found(house: &House, name: &str) -> usize {
    house.find(&house.nurse().await, by_name_and_birth(name, BORN)).await.len()
}

on_both_databases! {
    async fn a_record_that_goes_on_as_an_adopted_childs_waits_and_joins_nothing(db: TestDatabases) {
        let house = scene(&db).await;
        let before = page(&house, "Jake Turner").await;
        let told = house.load(SCHOOLS, &[adopted("S-1").in_school("Harbour School")]).await;
        assert_eq!((told.updated, told.quarantined), (1, 0), "its source is told what it is told of any change (law 7)");
        house.holds_end();
        assert_eq!(page(&house, "Jake Turner").await, before);
        assert_eq!((found(&house, "Jake Turner").await, found(&house, "Jake Hollis").await), (1, 0));
        assert!(house.find(&house.nurse().await, by_postcode("Hollis", "HU1 1AA")).await.is_empty());
        assert_eq!(cases(&house).await.len(), 1, "two people look");
        // Night after night the same.
        assert_eq!(house.load(SCHOOLS, &[adopted("S-1").in_school("Harbour School")]).await.unchanged, 1);
        assert_eq!(cases(&house).await.len(), 1);
    }

    async fn as_a_different_child_it_stands_apart_from_who_the_others_still_speak_of(db: TestDatabases) {
        let house = scene(&db).await;
        house.load(SCHOOLS, &[adopted("S-1").in_school("Harbour School")]).await;
        let ((morgan, reece), case) = (house.managers().await, cases(&house).await[0]);
        house.directory.propose_held_release(&morgan, case, HeldChoice::Different).await.unwrap();
        house.directory.decide_held_release(&reece, case, true).await.unwrap();
        house.holds_end();
        let (turner, hollis) = (page(&house, "Jake Turner").await, page(&house, "Jake Hollis").await);
        assert!(!turner.contains("Hollis") && !turner.contains("Quayside") && !turner.contains("Harbour School"), "{turner}");
        assert!(!hollis.contains("Turner") && !hollis.contains("Elm Row") && !hollis.contains("Abbey School"), "{hollis}");
        assert!(hollis.contains("Harbour School"));
        assert_ne!(house.number_of(SCHOOLS, "S-1").await, house.number_of(GP, "G-1").await);
        // Its source goes on with it.
        let moved = adopted("S-1").in_school("Harbour School").at("3 Dock Street", "HU1 2BB").with("effective_at", "2026-02-12");
        assert_eq!(house.load(SCHOOLS, &[moved]).await.updated, 1);
        assert!(page(&house, "Jake Hollis").await.contains("Dock Street"));
        assert!(cases(&house).await.is_empty());
    }

    async fn who_is_released_as_a_different_child_is_answered_for_by_whom_its_record_names(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[jake("C-1")]).await;
        house.holds_end();
        let other = child("C-1", "Ottilie", "Vane", "2019-11-03").at("9 Quayside", "HU1 1AA");
        house.load(CARE, &[other.with("effective_at", "2026-02-10")]).await;
        decided(&house, cases(&house).await[0], HeldChoice::Different).await.unwrap();
        let of_the_council = "SELECT count(*) FROM child WHERE authority = 'E08000035'";
        assert_eq!(Raw::data(&db).await.number(of_the_council).await, 2, "not every authority's");
    }

    async fn who_is_the_same_child_after_all_has_one_record_again(db: TestDatabases) {
        let house = scene(&db).await;
        house.load(SCHOOLS, &[adopted("S-1")]).await;
        released(&house, cases(&house).await[0], CandidateKind::Other).await.unwrap();
        assert_eq!((found(&house, "Jake Hollis").await, cases(&house).await.len()), (1, 0));
        // The practice follows, with another number: the school says the name already.
        let with = |row: Row, number| row.with("nhs_number", &nhs_number(number)).at("4 Elm Row", "LS7 3EF");
        house.load(GP, &[with(at_the_practice("G-1"), 7).with("effective_at", "2026-02-11")]).await;
        let follows = with(child("G-1", "Jake", "Hollis", BORN), 8).at("9 Quayside", "HU1 1AA");
        let told = house.load(GP, &[follows.with("effective_at", "2026-02-12")]).await;
        assert_eq!((told.updated, cases(&house).await.len()), (1, 0));
    }

    async fn a_family_that_marries_and_moves_waits_for_nobody(db: TestDatabases) {
        let house = scene(&db).await;
        let mother = adopted("S-1").with("carer_1_forenames", "Siobhan");
        assert_eq!(house.load(SCHOOLS, &[mother]).await.updated, 1);
        house.holds_end();
        assert_eq!((found(&house, "Jake Hollis").await, cases(&house).await.len()), (1, 0));
    }

    async fn a_number_that_a_source_uses_again_does_not_turn_one_child_into_another(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(CARE, &[jake("C-1")]).await;
        house.holds_end();
        let other = child("C-1", "Ottilie", "Vane", "2019-11-03").at("9 Quayside", "HU1 1AA").with("effective_at", "2026-02-10");
        house.load(CARE, &[other]).await;
        house.holds_end();
        let ottilie = house.find(&house.nurse().await, by_name_and_birth("Ottilie Vane", "2019-11-03")).await.len();
        assert_eq!((found(&house, "Jake Turner").await, ottilie, cases(&house).await.len()), (1, 0, 1));
    }
}
