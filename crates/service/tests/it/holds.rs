//! First sightings cannot be read for ten minutes, whatever they matched (decision 11).

use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, GP, House, Row, by_name_and_birth, by_number, child};

fn patient() -> Row {
    child("G-1", "Leopold", "Marchbanks", "2016-08-08").with("gender", "M").at("5 Sycamore Close", "LS7 3DD")
}

fn client() -> Row {
    child("C-1", "Leopold", "Marchbanks", "2016-08-08")
        .with("gender", "M")
        .at("5 Sycamore Close", "LS7 3DD")
        .with("alias_1_forenames", "Leo")
        .with("alias_1_surname", "Quillfeather")
        .with("involvement_1_service", "family_support")
        .with("involvement_1_practitioner", "Ayo Bell")
}

on_both_databases! {
    async fn a_child_seen_for_the_first_time_is_found_after_ten_minutes(db: TestDatabases) {
        let house = House::open(&db).await;
        let nurse = house.nurse().await;
        house.load(GP, &[patient()]).await;
        let number = house.number_of(GP, "G-1").await;
        for _ in 0..9 {
            assert!(house.find(&nurse, by_name_and_birth("Leopold Marchbanks", "2016-08-08")).await.is_empty());
            assert!(house.find(&nurse, by_number(&number)).await.is_empty());
            house.minutes_pass(1);
        }
        house.minutes_pass(2);
        assert_eq!(house.find(&nurse, by_name_and_birth("Leopold Marchbanks", "2016-08-08")).await.len(), 1);
    }

    async fn a_record_that_joins_a_known_child_adds_nothing_for_ten_minutes(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &[patient()]).await;
        house.holds_end();
        let nurse = house.nurse().await;
        let by_name = by_name_and_birth("Leopold Marchbanks", "2016-08-08");
        let by_alias = by_name_and_birth("Leo Quillfeather", "2016-08-08");
        let before = house.full_record(&nurse, by_name.clone()).await;
        house.load(CARE, &[client()]).await;
        assert_eq!(house.number_of(GP, "G-1").await, house.number_of(CARE, "C-1").await, "they are one child");
        house.minutes_pass(9);
        assert_eq!(house.full_record(&nurse, by_name.clone()).await, before);
        assert!(house.find(&nurse, by_alias.clone()).await.is_empty());
        house.minutes_pass(2);
        assert_eq!(house.full_record(&nurse, by_name).await.involvements.len(), 1);
        assert_eq!(house.find(&nurse, by_alias).await.len(), 1);
    }

    async fn a_known_record_that_changes_is_not_held_again(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &[patient()]).await;
        house.holds_end();
        house.load(GP, &[patient().with("practice_name", "Elm Surgery")]).await;
        let nurse = house.nurse().await;
        let view = house.full_record(&nurse, by_name_and_birth("Leopold Marchbanks", "2016-08-08")).await;
        assert_eq!(view.practices.len(), 1);
    }
}
