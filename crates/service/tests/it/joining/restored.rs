//! After a restore (decision 3): what people keep apart is kept apart again, and what two people joined of a shielded child is
//! joined again, so that no part of it is without its shield.

use service::{JoinError, Joining};
use testkit::{TestDatabases, on_both_databases};

use super::bench::{Bench, done, everything};
use crate::house::{CARE, GP, by_number, by_postcode, child, nhs_number, shield_request};
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

    async fn what_one_administrator_joined_and_took_apart_is_so_again_after_a_restore_and_can_be_undone(db: TestDatabases) {
        let bench = Bench::open(&db).await;
        let house = &bench.house;
        let (tess, tessa) = bench.tess().await;
        let twin = |id: &str| child(id, "Wilfred", "Ashdown", "2015-03-04").at("9 Elm Row", "LS7 3AD").with("nhs_number", &nhs_number(7));
        house.load(GP, &[twin("G-7")]).await;
        house.load(CARE, &[twin("C-7")]).await;
        house.holds_end();
        let wilfred = house.number_of(GP, "G-7").await;
        assert_eq!(house.number_of(CARE, "C-7").await, wilfred, "the matcher joined them");
        back_up(&db).await;
        let mut raw = Raw::data(&db).await;
        raw.run("CREATE TABLE kept_child_number AS SELECT * FROM child_number").await;
        let joined = done(bench.join(&tess, &tessa).await);
        let undone = bench.take_apart(&wilfred, CARE, "C-7").await;
        bench.undo(undone).await.unwrap();
        let parted = bench.take_apart(&wilfred, CARE, "C-7").await;
        let other = house.number_of(CARE, "C-7").await;
        assert_ne!(other, wilfred);
        let stood = everything(&db).await;
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0, "all is there");

        restore(&db).await;
        raw.run("DELETE FROM barrier").await;
        raw.run("DELETE FROM child_number").await;
        raw.run("INSERT INTO child_number SELECT * FROM kept_child_number").await;
        raw.run("DELETE FROM pending_act WHERE kind = 'joining'").await;
        assert_eq!(house.directory.missing_from_journal().await.unwrap().joinings, 2);
        house.directory.replay_journal().await.unwrap();
        assert_eq!(house.directory.missing_from_journal().await.unwrap().missing(), 0);
        let numbers = (house.number_of(CARE, "C-1").await, house.number_of(CARE, "C-7").await, house.number_of(GP, "G-7").await);
        assert_eq!(numbers, (tess.clone(), other, wilfred.clone()), "under the numbers that people were told");
        let again = everything(&db).await;
        for (table, rows) in &stood {
            // The number that was given to what was taken apart and put together again answers as one never issued.
            let is_so = ["child", "child_number"].contains(table) || again.get(table) == Some(rows);
            assert!(is_so, "{table}");
        }
        bench.undo(joined).await.unwrap();
        bench.undo(parted).await.unwrap();
        assert_eq!((house.number_of(CARE, "C-1").await, house.number_of(CARE, "C-7").await), (tessa, wilfred));
    }
}
