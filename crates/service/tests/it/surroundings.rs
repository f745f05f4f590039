//! Who stands in the open where a shielded child comes to live, or turns out to live (law 3): whoever shares a place or a carer with
//! it is asked about, once, whichever way it came there.

use service::ShieldLine;
use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, GP, House, Row, SCHOOLS, by_number, child};
use crate::joining::bench::Bench;
use crate::joining::protected::agreed;

fn sorrel() -> Row {
    child("S-9", "Sorrel", "Larkin", "2012-04-04").at("5 New Close", "LS8 4ZZ")
}

/// What waits at the desk once the walk over the shields in force has gone round.
async fn waiting(house: &House) -> Vec<ShieldLine> {
    house.clock.advance(jiff::SignedDuration::from_hours(2));
    for _ in 0..3 {
        house.directory.do_duties().await.unwrap();
    }
    let (_, first, _) = house.desk().await;
    house.directory.shield_requests(&first).await.unwrap().waiting
}

/// The one request that waits is about Sorrel, and anybody of the desk decides it.
async fn asks_about_sorrel(house: &House, waiting: &[ShieldLine]) {
    assert_eq!(waiting.len(), 1);
    assert!(waiting[0].can_go_on, "nobody's own request");
    let (_, first, second) = house.desk().await;
    let asked = house.request_at(&first, waiting[0].id).await;
    assert_eq!(asked.child.number, house.number_of(SCHOOLS, "S-9").await);
    assert!(!asked.child.shielded);
    house.directory.propose_shield(&first, waiting[0].id, &service::ShieldDecision::Decline).await.unwrap();
    house.directory.decide_shield(&second, waiting[0].id, true).await.unwrap();
}

on_both_databases! {
    async fn whoever_lives_where_a_shielded_child_moves_to_waits_at_the_desk(db: TestDatabases) {
        let house = House::open(&db).await;
        let wilma = |line: &str, postcode: &str| child("C-1", "Wilma", "Winterbourne", "2015-06-07").at(line, postcode);
        house.load(CARE, &[wilma("8 Orchard Way", "LS8 1BB")]).await;
        house.load(SCHOOLS, &[
            sorrel(),
            child("S-1", "Barnaby", "Oakes", "2012-04-04").at("8 Orchard Way", "LS8 1BB"),
            child("S-2", "Tamsin", "Pole", "2011-11-11").at("7 New Close", "LS8 4ZZ"),
        ]).await;
        house.holds_end();
        house.shield(CARE, "C-1").await;
        assert_eq!(waiting(&house).await, [], "who lived with her was on the list that was decided on");
        house.load(CARE, &[wilma("5 New Close", "LS8 4ZZ").with("effective_at", "2026-02-20")]).await;
        let asked = waiting(&house).await;
        asks_about_sorrel(&house, &asked).await;
        assert_eq!(waiting(&house).await, [], "what was declined is not asked again");
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, by_number(&house.number_of(SCHOOLS, "S-9").await)).await.len(), 1);
    }

    async fn whoever_lives_where_a_joined_record_of_a_shielded_child_lies_waits_at_the_desk(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let house = &bench.house;
        let next_door = child("S-9", "Sorrel", "Larkin", "2012-04-04").at("71 Park Rise", "LS6 2AB");
        house.load(SCHOOLS, &[next_door]).await;
        house.holds_end();
        house.shield(GP, "G-1").await;
        assert_eq!(waiting(house).await, []);
        bench.join(&tess, &tessa).await.unwrap();
        agreed(house, service::JoiningKind::Join).await;
        let asked = waiting(house).await;
        asks_about_sorrel(house, &asked).await;
    }
}
