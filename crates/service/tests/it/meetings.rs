//! Two first sightings of one child that arrive at once meet (decision 9).

use service::Policy;
use testkit::{TestDatabases, on_both_databases};

use crate::house::{self, CARE, GP, House, Row, SCHOOLS, child, nhs_number, open};
use crate::state::partition;

const SURNAMES: [&str; 12] = [
    "Abernathy",
    "Bickerstaff",
    "Cholmondeley",
    "Drinkwater",
    "Entwistle",
    "Featherstone",
    "Grimshaw",
    "Holroyd",
    "Illingworth",
    "Jagger",
    "Kitchingman",
    "Lumb",
];

fn row(source: &str, round: usize) -> Row {
    child(&format!("{source}-{round}"), "Theodora", SURNAMES[round], &format!("2014-{:02}-11", round + 1))
        .with("gender", "F")
        .at(&format!("{} Station Parade", round + 1), "LS3 1AB")
}

on_both_databases! {
    async fn sightings_of_one_child_by_two_servers_at_once_are_one_child(db: TestDatabases) {
        let house = House::open(&db).await;
        let (second, third) =
            (open(&db, &house.clock, 2, Policy::default()).await, open(&db, &house.clock, 3, Policy::default()).await);
        for round in 0..SURNAMES.len() {
            let gp = row(GP, round).with("nhs_number", &nhs_number(round as u32 + 1));
            let files = [
                house.file(SCHOOLS, &[row(SCHOOLS, round)]).await,
                house.file(GP, &[gp]).await,
                house.file(CARE, &[row(CARE, round)]).await,
            ];
            let (a, b, c) = tokio::join!(
                house::load(&house.directory, SCHOOLS, &files[0], 1),
                house::load(&second, GP, &files[1], 1),
                house::load(&third, CARE, &files[2], 1),
            );
            let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
            assert_eq!(a.opened + b.opened + c.opened, 1, "round {round}: one opened the child");
            assert_eq!(a.linked + b.linked + c.linked, 2, "round {round}: the others joined it");
            let records = [SCHOOLS, GP, CARE].map(|source| (source, format!("{source}-{round}")));
            assert_eq!(partition(&house, &records).await.len(), 1, "round {round}");
        }
    }

    async fn whole_files_loaded_at_once_end_as_if_loaded_in_turn(db: TestDatabases) {
        let house = House::open(&db).await;
        let second = open(&db, &house.clock, 2, Policy::default()).await;
        let rows = |source: &str| (0..SURNAMES.len()).map(|round| row(source, round)).collect::<Vec<Row>>();
        let backwards: Vec<Row> = rows(GP).into_iter().rev().collect();
        let (schools, gp) = (house.file(SCHOOLS, &rows(SCHOOLS)).await, house.file(GP, &backwards).await);
        let (a, b) = tokio::join!(
            house::load(&house.directory, SCHOOLS, &schools, 5),
            house::load(&second, GP, &gp, 4),
        );
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!((a.opened + b.opened, a.linked + b.linked), (12, 12));
    }

    async fn the_same_file_loaded_by_two_servers_at_once_is_loaded_once(db: TestDatabases) {
        let house = House::open(&db).await;
        let second = open(&db, &house.clock, 2, Policy::default()).await;
        let rows: Vec<Row> = (0..SURNAMES.len()).map(|round| row(GP, round)).collect();
        let text = house.file(GP, &rows).await;
        let (a, b) =
            tokio::join!(house::load(&house.directory, GP, &text, 3), house::load(&second, GP, &text, 3));
        a.unwrap();
        b.unwrap();
        let records: Vec<(&str, String)> = (0..SURNAMES.len()).map(|round| (GP, format!("{GP}-{round}"))).collect();
        assert_eq!(partition(&house, &records).await.len(), 12);
        let mut raw = crate::raw::Raw::data(&db).await;
        assert_eq!((raw.count("child").await, raw.count("source_record").await, raw.count("link").await), (12, 12, 12));
    }

    async fn two_records_that_contradict_each_other_do_not_both_join_a_child_at_once(db: TestDatabases) {
        let house = House::open(&db).await;
        let second = open(&db, &house.clock, 2, Policy::default()).await;
        let rows: Vec<Row> = (0..SURNAMES.len()).map(|round| row(SCHOOLS, round)).collect();
        house.load(SCHOOLS, &rows).await;
        for round in 0..SURNAMES.len() {
            let numbered = |source: &str, serial: usize| row(source, round).with("nhs_number", &nhs_number(serial as u32));
            let files = [
                house.file(GP, &[numbered(GP, round * 2 + 1)]).await,
                house.file(CARE, &[numbered(CARE, round * 2 + 2)]).await,
            ];
            let (a, b) = tokio::join!(
                house::load(&house.directory, GP, &files[0], 1),
                house::load(&second, CARE, &files[1], 1),
            );
            let (a, b) = (a.unwrap(), b.unwrap());
            assert_eq!((a.linked + b.linked, a.for_review + b.for_review), (1, 1), "round {round}");
        }
    }

    async fn two_records_that_lose_a_shared_key_at_once_leave_none_behind(db: TestDatabases) {
        let house = House::open(&db).await;
        let second = open(&db, &house.clock, 2, Policy::default()).await;
        let mut raw = crate::raw::Raw::data(&db).await;
        let moved = |source: &str, round: usize| row(source, round).at("7 Cedar Close", "LS9 9ZZ");
        house.load(GP, &(0..12).map(|round| row(GP, round)).collect::<Vec<_>>()).await;
        let keys = [raw.count("match_key").await, raw.count("search_key").await];
        house.load(CARE, &(0..12).map(|round| row(CARE, round)).collect::<Vec<_>>()).await;
        assert_eq!([raw.count("match_key").await, raw.count("search_key").await], keys);
        for round in 0..12 {
            let files = [
                house.file(GP, &[moved(GP, round)]).await,
                house.file(CARE, &[moved(CARE, round)]).await,
            ];
            let (a, b) = tokio::join!(
                house::load(&house.directory, GP, &files[0], 1),
                house::load(&second, CARE, &files[1], 1),
            );
            assert_eq!((a.unwrap().updated, b.unwrap().updated), (1, 1), "round {round}");
            let now = [raw.count("match_key").await, raw.count("search_key").await];
            assert_eq!(now, keys, "round {round}: as many as before either moved");
        }
    }
}
