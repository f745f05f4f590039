//! Figures for an authority are rounded, and small ones not told (decision 16).

use directory::access::Role;
use jiff::SignedDuration;
use testkit::{TestDatabases, on_both_databases};

use crate::house::{CARE, GP, House, Row, child};
use crate::raw::Raw;

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
        let untold = (false, None, None, None);
        assert!(figures.iter().all(|run| (run.is_told, run.linked, run.new, run.review) == untold), "the day is not over");
        house.clock.advance(SignedDuration::from_hours(24));
        let figures = house.directory.authority_figures(&morgan).await.unwrap();
        assert_eq!(figures.len(), 2);
        let care = &figures[0];
        assert_eq!((care.source.as_str(), care.state.as_str(), care.accepted), (CARE, "done", 13));
        assert_eq!((care.linked, care.new, care.review), (Some(10), None, None), "12 is told as 10, 1 not at all");
        assert_eq!((figures[1].source.as_str(), figures[1].new), (GP, Some(10)));
    }

    async fn what_is_counted_of_a_load_leaves_out_whom_a_shield_protects(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &rows(GP, 10)).await;
        house.holds_end();
        house.shield(GP, &format!("{GP}-0")).await;
        let counts = house.load(CARE, &rows(CARE, 10)).await;
        assert_eq!((counts.rows, counts.accepted), (10, 10), "its source is told of each of its rows");
        let mut raw = Raw::data(&db).await;
        let linked = "SELECT linked FROM feed_run ORDER BY started_at DESC LIMIT 1";
        assert_eq!((counts.linked, raw.number(linked).await), (9, 9), "nor does the clear count tell of the shielded one");
    }

    async fn a_practitioner_sees_no_figures(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(GP, &rows(GP, 12)).await;
        house.account("pat", &[Role::Practitioner]).await;
        let pat = house.sign_in("pat").await;
        assert!(house.directory.authority_figures(&pat).await.unwrap().is_empty());
    }
}
