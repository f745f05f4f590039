//! What a search needs, how many it shows, and by what a child is found (rules 7.6 to 7.8).

use directory::search::{Criteria, Field};
use service::{SearchAnswer, SearchError};
use testkit::{TestDatabases, on_both_databases};

use crate::house::{
    CARE, GP, House, Row, SCHOOLS, born, by_name, by_name_and_birth, by_number, by_postcode, by_school,
    by_street, child,
};
use crate::raw::Raw;

async fn house_of_katherine(db: &TestDatabases) -> House {
    let house = House::open(db).await;
    let row = child("G-1", "Katherine", "Okonjo", "2014-05-06")
        .with("gender", "F")
        .at("7 Harbour View Road", "LS6 2AB")
        .with("alias_1_forenames", "Katherine")
        .with("alias_1_surname", "Brandreth");
    house.load(GP, &[row]).await;
    let pupil = child("S-1", "Katherine", "Okonjo", "2014-05-06")
        .with("gender", "F")
        .at("7 Harbour View Road", "LS6 2AB")
        .in_school("Quarry Mount Primary School");
    house.load(SCHOOLS, &[pupil]).await;
    house.holds_end();
    house
}

on_both_databases! {
    async fn too_little_to_search_by_is_refused_with_what_to_add(db: TestDatabases) {
        let house = house_of_katherine(&db).await;
        let nurse = house.nurse().await;
        let error = house.directory.search(&nurse, by_name("Okonjo")).await.unwrap_err();
        let SearchError::TooWeak(weak) = error else { panic!("{error}") };
        assert!(weak.ways.contains(&vec![Field::DateOfBirth]), "{weak}");
        assert!(weak.to_string().contains("or the full date of birth"), "{weak}");
        assert_eq!(Raw::data(&db).await.entries("search_refused").await, 1);
    }

    async fn above_the_cap_no_row_is_shown(db: TestDatabases) {
        let house = House::open(&db).await;
        let rows: Vec<Row> = (0..11)
            .map(|n| {
                let forename = ["Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ivy", "Jo", "Kit"][n];
                child(&format!("S-{n}"), forename, "Farnaby", &format!("20{:02}-0{}-17", 9 + n, 1 + n % 9))
                    .at("3 Long Row", "LS9 9AA")
            })
            .collect();
        house.load(SCHOOLS, &rows[..10]).await;
        house.holds_end();
        let nurse = house.nurse().await;
        assert_eq!(house.find(&nurse, by_street("Farnaby", "Long Row")).await.len(), 10);
        house.load(SCHOOLS, &rows).await;
        house.holds_end();
        let nurse = house.nurse().await;
        let answer = house.search(&nurse, by_street("Farnaby", "Long Row")).await;
        assert!(matches!(answer, SearchAnswer::TooMany), "eleven are shown: {answer:?}");
    }

    async fn a_child_is_found_by_another_name_a_nickname_and_names_in_any_order(db: TestDatabases) {
        let house = house_of_katherine(&db).await;
        let nurse = house.nurse().await;
        for asked in ["Katherine Okonjo", "Okonjo Katherine", "Kathy Okonjo", "Catherine Okonjo", "Katherine Brandreth"] {
            let found = house.found(&nurse, by_name_and_birth(asked, "2014-05-06")).await;
            assert_eq!(found, ["Katherine Okonjo, Leeds"], "{asked}");
        }
    }

    async fn a_child_is_found_by_surname_and_where_they_are(db: TestDatabases) {
        let house = house_of_katherine(&db).await;
        let nurse = house.nurse().await;
        for criteria in [
            by_street("Okonjo", "Harbour View Road"),
            by_street("Okonjo", "harbour view"),
            by_postcode("Okonjo", "LS6 2AB"),
            by_school("Okonjo", "Quarry Mount"),
            by_street("Brandreth", "Harbour View Road"),
        ] {
            assert_eq!(house.find(&nurse, criteria.clone()).await.len(), 1, "{criteria:?}");
        }
    }

    async fn who_does_not_fit_everything_asked_is_not_found(db: TestDatabases) {
        let house = house_of_katherine(&db).await;
        let nurse = house.nurse().await;
        for criteria in [
            by_name_and_birth("Katherine Okonjo", "2009-11-30"),
            by_name_and_birth("Brunhilde Smith", "2014-05-06"),
            by_street("Okonjo", "Mill Lane"),
            by_postcode("Okonjo", "LS6 2AD"),
            Criteria { date_of_birth: born("2009-11-30"), ..by_number(&house.number_of(GP, "G-1").await) },
        ] {
            assert!(house.find(&nurse, criteria.clone()).await.is_empty(), "{criteria:?}");
        }
    }

    async fn a_changed_statement_is_found_by_what_it_says_now(db: TestDatabases) {
        let house = House::open(&db).await;
        let row = child("C-1", "Ottoline", "Garrick", "2013-01-09").at("4 Weir Street", "LS5 1AA");
        house.load(CARE, std::slice::from_ref(&row)).await;
        house.holds_end();
        house.load(CARE, &[row.at("9 Canal Wharf", "LS11 5QQ")]).await;
        let nurse = house.nurse().await;
        assert!(house.find(&nurse, by_street("Garrick", "Weir Street")).await.is_empty());
        assert_eq!(house.find(&nurse, by_street("Garrick", "Canal Wharf")).await.len(), 1);
    }
}
