//! Figures for an authority are rounded, and small ones not told (decision 16).

use directory::access::Role;
use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, GP, House, Row, child};

fn rows(source: &str, count: usize) -> Vec<Row> {
    let surnames = ["Arkwright", "Bairstow", "Clegg", "Duckworth", "Earnshaw", "Feather", "Greenwood"];
    (0..count)
        .map(|n| {
            let born = format!("20{:02}-{:02}-{:02}", 9 + n % 14, 1 + n % 12, 1 + n * 3 % 28);
            child(&format!("{source}-{n}"), ["Ada", "Bo", "Cy"][n % 3], surnames[n % 7], &born)
                .at(&format!("{} Mill Street", n + 1), &format!("LS{} 1AA", n + 1))
        })
        .collect()
}

on_both_databases! {
    async fn an_authority_sees_rounded_counts_of_what_matched(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &rows(GP, 12)).await;
        house.minutes_pass(1);
        house.load(CARE, &rows(CARE, 13)).await;
        let (morgan, _) = house.managers().await;
        let figures = house.directory.authority_figures(&morgan).await.unwrap();
        assert_eq!(figures.len(), 2);
        let care = &figures[0];
        assert_eq!((care.source.as_str(), care.state.as_str(), care.accepted), (CARE, "done", 13));
        assert_eq!((care.linked, care.new, care.review), (Some(10), None, None), "12 is told as 10, 1 not at all");
        assert_eq!((figures[1].source.as_str(), figures[1].new), (GP, Some(10)));
    }

    async fn a_practitioner_sees_no_figures(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &rows(GP, 12)).await;
        house.account("pat", &[Role::Practitioner]).await;
        let pat = house.sign_in("pat").await;
        assert!(house.directory.authority_figures(&pat).await.unwrap().is_empty());
    }
}
