//! After a restore (decision 3): what people keep apart is kept apart again, and what two people joined of a shielded child is
//! joined again, so that no part of it is without its shield.

use service::{JoinError, Joining};
use testkit::{TestDatabases, on_both_databases};

use super::bench::{Bench, done};
use crate::house::{CARE, by_number, by_postcode, shield_request};
use crate::raw::Raw;
use crate::retention::{back_up, restore};

on_both_databases! {
    async fn what_people_decided_survives_the_restore_of_an_older_backup(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let (tess, tessa) = bench.tess().await;
        let ida = bench.child_of("Ida", "Penhallow", "2013-02-03", 30).await;
        let ned = bench.child_of("Ned", "Oakapple", "2012-02-03", 31).await;
        back_up(&db).await;
        let mut raw = Raw::data(&db).await;
        raw.run("CREATE TABLE kept_child_number AS SELECT * FROM child_number").await;
        let house = &bench.house;
        done(bench.keep_apart(&ida, &ned).await);
        let taken_back = done(bench.keep_apart(&tess, &ned).await);
        bench.undo(taken_back).await.unwrap();
        house.shield_alone(shield_request(&tess)).await;
        assert_eq!(bench.join(&tess, &tessa).await.unwrap(), Joining::Received);
        let (first, second) = house.managers().await;
        let id = house.directory.joining_requests(&first).await.unwrap()[0].id;
        house.directory.propose_joining(&first, id).await.unwrap();
        house.directory.decide_joining(&second, id, true).await.unwrap();
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0, "all is there");

        restore(&db).await;
        raw.run("DELETE FROM barrier").await;
        raw.run("DELETE FROM child_number").await;
        raw.run("INSERT INTO child_number SELECT * FROM kept_child_number").await;
        assert!(house.directory.missing_from_journal().await.unwrap().joinings > 0);
        house.directory.replay_journal().await.unwrap();
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
        assert_eq!(house.number_of(CARE, "C-1").await, tess, "joined again");
        let nurse = house.nurse().await;
        let rows = house.find(&nurse, by_number(&tessa)).await;
        assert!(rows.len() == 1 && rows[0].row.town.is_none(), "and shielded");
        assert!(house.find(&nurse, by_postcode("Quillfeather", "LS6 2AB")).await.is_empty());
        assert!(matches!(bench.join(&ned, &ida).await, Err(JoinError::KeptApart)), "kept apart again");
        assert_eq!(raw.count("barrier").await, 1, "what was taken back stays so");
    }
}
