//! Receipts (laws 7 and 8): one for every row, durable with it, the same whatever the row met, and their sums prove that nothing
//! was lost.

use std::collections::BTreeMap;

use directory::access::Role;
use directory::retention::HoldBasis;
use jiff::civil::date;
use rand::RngExt as _;
use service::{HoldRequest, Policy, Receipt, RowStatus, aside_digest, checksum, row_digest};
use testkit::{TestDatabases, on_both_databases, seeded};

use crate::feeding::receipts;
use crate::house::{self, CARE, GP, House, OPENED, Row, SCHOOLS, by_name_and_birth, child, judged};
use crate::inbox::probes::rows_about_all_kinds;
use crate::raw::Raw;
use crate::reloads::killed_after;
use crate::retention::{on, person};

/// Forty rows, each fifth of which breaks a rule.
fn forty() -> Vec<Row> {
    (0..40)
        .map(|at| {
            let born = if at % 5 == 4 {
                "2031-01-01".to_owned()
            } else {
                format!("2015-{:02}-{:02}", 1 + at % 12, 1 + at)
            };
            let born = if at >= 28 && at % 5 != 4 { format!("2016-01-{:02}", at - 20) } else { born };
            child(
                &format!("G-{at}"),
                ["Ann", "Bea", "Cyd"][at % 3],
                &format!("Lister{}", ["", "son"][at % 2]),
                &born,
            )
        })
        .collect()
}

fn statuses(all: &[Receipt]) -> BTreeMap<u64, RowStatus> {
    let told: BTreeMap<u64, RowStatus> = all.iter().map(|receipt| (receipt.row, receipt.status)).collect();
    assert_eq!(told.len(), all.len(), "no row has two receipts");
    told
}

/// What a source is told of one row, but for whom it names.
fn told(receipt: &Receipt) -> String {
    format!("{:?} {} {:?} {:?}", receipt.sequence, receipt.row, receipt.status, receipt.faults)
}

on_both_databases! {
    async fn every_row_has_exactly_one_receipt_killed_at_any_moment(db: TestDatabases) {
        let house = House::open(&db).await;
        let mut rng = seeded(11);
        let mut interrupted = 0;
        for (round, source) in [GP, CARE, SCHOOLS, GP].into_iter().enumerate() {
            // The same rows once more make another file, of other records.
            let rows: Vec<Row> = forty().into_iter().enumerate()
                .map(|(at, row)| row.with("record_id", &format!("R{round}-{at}")))
                .collect();
            let text = house.file(source, &rows).await;
            let before = receipts(&house.directory, source).await.len();
            for _ in 0..2 {
                let polls = rng.random_range(1..60);
                let load = house::load(&house.directory, source, &text, 6);
                interrupted += usize::from(killed_after(polls, load).await.is_none());
            }
            house::load(&house.directory, source, &text, 9).await.unwrap();
            assert_eq!(receipts(&house.directory, source).await.len(), before, "nothing before its moment");
            house.minutes_pass(10);
            let all = receipts(&house.directory, source).await;
            let told = statuses(&all[before..]);
            assert_eq!(told.keys().copied().collect::<Vec<_>>(), (2..=41).collect::<Vec<_>>());
            for (row, status) in told {
                let bad = (row - 2) % 5 == 4;
                let expected = if bad { RowStatus::Quarantined } else { RowStatus::Accepted };
                assert_eq!(status, expected, "{source}: row {row}");
            }
        }
        assert!(interrupted > 0, "some loads were killed");
        // As many as records and rows put aside: a receipt is durable exactly when its record is.
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.count("source_record").await, 4 * 32);
        assert_eq!(raw.count("quarantine").await, 4 * 8);
    }

    async fn a_receipt_is_the_same_whatever_its_row_met(db: TestDatabases) {
        let house = House::open(&db).await;
        let probes = rows_about_all_kinds(&house).await;
        let mut raw = Raw::data(&db).await;
        let mut all: Vec<(Vec<String>, i64)> = Vec::new();
        for (at, probe) in probes.iter().enumerate() {
            let probe = probe.clone().with("record_id", &format!("probe-{at}"));
            let before = (receipts(&house.directory, CARE).await.len(), raw.count("receipt_block").await);
            // Alone in its file: said first, said again in other words, as it was, dated before, and broken.
            for row in [
                probe.clone(),
                probe.clone().with("gender", "M").with("effective_at", "2026-02-01"),
                probe.clone().with("gender", "M").with("effective_at", "2026-02-01").with("postcode", " LS1 1AA "),
                probe.clone().with("gender", "F").with("effective_at", "2025-12-31"),
                probe.clone().with("date_of_birth", "2031-01-01"),
            ] {
                house.load(CARE, &[row]).await;
                house.clock.advance(jiff::SignedDuration::from_secs(1));
            }
            house.minutes_pass(10);
            let lines = receipts(&house.directory, CARE).await;
            let told: Vec<String> = lines[before.0..].iter().map(told).collect();
            all.push((told, raw.count("receipt_block").await - before.1));
        }
        let statuses: Vec<&str> = ["Accepted", "Accepted", "Accepted", "Superseded", "Quarantined"].to_vec();
        for (told, blocks) in &all {
            assert_eq!((told, *blocks), (&all[0].0, all[0].1), "the same receipts, in as many blocks");
            assert!(told.iter().zip(&statuses).all(|(line, status)| line.contains(status)), "{told:?}");
            assert_eq!((told.len(), *blocks), (5, 5));
        }
        // All blocks of one row are as long: their length tells nothing.
        let lengths: std::collections::BTreeSet<usize> =
            raw.blobs("SELECT sealed FROM receipt_block").await.iter().map(Vec::len).collect();
        assert_eq!(lengths.len(), 1, "{lengths:?}");
    }

    async fn a_receipt_of_a_known_record_is_the_same_when_nobody_can_read_it(db: TestDatabases) {
        let house = House::open(&db).await;
        // One record each, of four children: nothing happens to the first; the others die and are destroyed, are shielded, and
        // come under a legal hold.
        let rows: Vec<Row> = [("Ann", "Lister"), ("Benedict", "Holroyd"), ("Cordelia", "Entwistle"), ("Dashiell", "Grimshaw")]
            .into_iter()
            .enumerate()
            .map(|(at, (forename, surname))| {
                child(&format!("C-{at}"), forename, surname, &format!("2024-0{}-0{}", at + 2, at * 2 + 1))
                    .at(&format!("{} Elm Row", at + 3), &format!("LS{} {}AA", at + 1, at + 2))
            })
            .collect();
        house.load(CARE, &rows).await;
        house.holds_end();
        let dead = house.number_of(CARE, "C-1").await;
        let (manager, _) = house.managers().await;
        let died = Some(directory::PartialDate::parse("2026-02-01").unwrap());
        house.directory.record_death(&manager, &dead, died).await.unwrap();
        house.shield(CARE, "C-2").await;
        let house = on(house, "2033-03-02").await;
        house.directory.sweep(false).await.unwrap();
        let number = house.number_of(CARE, "C-3").await;
        let (first, second) = (person(&house, Role::Manager).await, person(&house, Role::Manager).await);
        let until = date(2034, 3, 1);
        let request = HoldRequest { number, basis: HoldBasis::CourtOrder, until };
        let hold = house.directory.propose_hold(&first, &request).await.unwrap();
        house.directory.decide_hold(&second, hold, true).await.unwrap();
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.count("suppression").await, raw.count("said_last").await), (1, 2));
        let tell = async |house: &House, row: &Row| -> (String, Vec<u64>) {
            let before = receipts(&house.directory, CARE).await.len();
            let counts = house.load(CARE, std::slice::from_ref(row)).await;
            house.minutes_pass(10);
            let lines = receipts(&house.directory, CARE).await;
            let told: Vec<String> = lines[before..].iter().map(told).collect();
            (told.concat(), vec![counts.rows, counts.accepted, counts.unchanged, counts.updated, counts.quarantined, counts.superseded])
        };
        let statuses = ["Unchanged", "Accepted", "Unchanged", "Superseded", "Accepted", "Unchanged", "Quarantined"];
        let rows_of = |row: &Row| {
            let moved = row.clone().at("77 Harbour Way", "LS9 8QQ").with("effective_at", "2026-02-10");
            [
                row.clone(),
                moved.clone(),
                moved.clone().with("town", "  Leeds "),
                moved.clone().with("effective_at", "2026-02-09").with("gender", "F"),
                // At equal times the later delivery counts; and what it said first is new again.
                row.clone().with("effective_at", "2026-02-11"),
                row.clone().with("effective_at", "2026-02-11").with("town", "Leeds  "),
                row.clone().with("date_of_birth", "2041-01-01"),
            ]
        };
        let mut all = Vec::new();
        for row in &rows {
            let mut of_one = Vec::new();
            for row in rows_of(row) {
                of_one.push(tell(&house, &row).await);
                house.clock.advance(jiff::SignedDuration::from_secs(1));
            }
            all.push(of_one);
        }
        for (of_one, row) in all.iter().zip(&rows) {
            assert_eq!(of_one, &all[0], "{row:?}: the same receipts and the same counts");
            assert!(of_one.iter().zip(statuses).all(|((told, _), status)| told.contains(status)), "{of_one:?}");
        }
        // What was said last while nobody could hear it is taken in once the record is back, and its source told no other thing.
        let nurse = house.nurse().await;
        let asked = || by_name_and_birth("Dashiell Grimshaw", "2024-05-07");
        assert!(house.find(&nurse, asked()).await.is_empty());
        let said = rows[3].clone().at("5 Mill Row", "LS2 2BB").with("effective_at", "2026-02-12");
        assert_eq!(tell(&house, &said).await.1, [1, 0, 0, 1, 0, 0]);
        house.clock.advance(jiff::SignedDuration::from_secs(31));
        let (first, second) = (person(&house, Role::Manager).await, person(&house, Role::Manager).await);
        let release = house.directory.propose_release(&first, hold).await.unwrap();
        house.directory.decide_hold(&second, release, true).await.unwrap();
        let again = |spaces: &str| said.clone().with("town", &format!("Leeds{spaces}"));
        assert_eq!(tell(&house, &again(" ")).await.1, [1, 0, 1, 0, 0, 0], "it said so last");
        let nurse = house.nurse().await;
        let view = house.full_record(&nurse, asked()).await;
        let place = view.whereabouts.unwrap().value;
        assert_eq!(place.address().unwrap().lines[0].as_str(), "5 Mill Row", "and it is held now");
        assert_eq!(tell(&house, &again("  ")).await.1, [1, 0, 1, 0, 0, 0]);
        assert_eq!(raw.count("said_last").await, 1, "the destroyed one’s");
    }

    async fn an_older_row_never_overwrites_a_newer_one(db: TestDatabases) {
        let house = House::open(&db).await;
        let row = child("G-1", "Ann", "Lister", "2014-04-03");
        let at = |town: &str, day: &str| row.clone().at("1 High Street", "LS1 1AA").with("town", town).with("effective_at", day);
        let town = async |house: &House| {
            let nurse = house.nurse().await;
            let found = house.found(&nurse, by_name_and_birth("Ann Lister", "2014-04-03")).await;
            found.concat()
        };
        house.load(GP, &[at("Leeds", "2026-02-10")]).await;
        house.holds_end();
        let counts = house.load(GP, &[at("Otley", "2026-02-09")]).await;
        assert_eq!((counts.superseded, counts.updated, counts.unchanged), (1, 0, 0));
        assert_eq!(town(&house).await, "Ann Lister, Leeds", "an older row is not applied");
        let counts = house.load(GP, &[at("Ilkley", "2026-02-10")]).await;
        assert_eq!((counts.superseded, counts.updated), (0, 1));
        assert_eq!(town(&house).await, "Ann Lister, Ilkley", "of one time the later delivery counts");
        house.load(GP, &[at("Wetherby", "2026-02-11")]).await;
        let counts = house.load(GP, &[at("Otley", "2026-02-09").with("gender", "F")]).await;
        assert_eq!(counts.superseded, 1);
        assert_eq!(town(&house).await, "Ann Lister, Wetherby");
        let counts = house.load(GP, &[at("Otley", "2026-03-09")]).await;
        assert_eq!((counts.quarantined, counts.updated), (1, 0), "a week from now is no time to speak of");
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.count("source_version").await, 2, "what was not applied left nothing");
    }

    async fn the_sums_of_a_day_are_the_sums_of_its_files(db: TestDatabases) {
        let house = House::open(&db).await;
        let first = house.file(GP, &forty()).await;
        house::load(&house.directory, GP, &first, 7).await.unwrap();
        let mut rows = forty();
        rows[0] = rows[0].clone().with("surname", "Drinkwater");
        rows[1] = rows[1].clone().with("surname", "Drinkwater").with("effective_at", "2025-01-31");
        let second = house.file(GP, &rows).await;
        house::load(&house.directory, GP, &second, 40).await.unwrap();
        let today = date(2026, 3, 2);
        let early = house.directory.reconciliation(GP, today).await.unwrap();
        assert_eq!((early.total.sent, early.complete), (0, false), "nothing before its moment");
        house.minutes_pass(10);
        let sums = house.directory.reconciliation(GP, today).await.unwrap();
        let total = &sums.total;
        assert_eq!((total.sent, total.accepted, total.unchanged), (80, 33, 30));
        assert_eq!((total.quarantined, total.superseded), (16, 1));
        assert_eq!(total.sent, total.accepted + total.unchanged + total.quarantined + total.superseded);
        assert_eq!(total.unread, 0, "every row of a file is read");
        let digests = [&first, &second].into_iter().flat_map(|text| judged(&house.directory, "nhs-gp", text)).map(|judged| {
            match judged {
                feeds::Outcome::Accepted(row) => row_digest(&row),
                feeds::Outcome::Quarantined(row) => aside_digest(&row),
            }
        });
        assert_eq!(total.checksum, checksum(digests), "which the source computes from its files");
        let lost = judged(&house.directory, "nhs-gp", &second).len();
        assert_eq!(lost, 40);
        house.minutes_pass(60 * 24);
        assert!(house.directory.reconciliation(GP, today).await.unwrap().complete);
        assert_eq!(house.directory.reconciliation(GP, date(2026, 3, 3)).await.unwrap().total.sent, 0);
    }

    async fn receipts_and_rows_put_aside_are_forgotten_with_the_key_of_their_run(db: TestDatabases) {
        let house = House::open_with(&db, Policy::default(), OPENED).await;
        let text = house.file(GP, &forty()).await;
        house::load(&house.directory, GP, &text, 50).await.unwrap();
        let (mut raw, mut keys) = (Raw::data(&db).await, Raw::keys(&db).await);
        let owners = "SELECT owner_id FROM bundle ORDER BY owner_id";
        let bundles = keys.ids(owners).await;
        house.minutes_pass(60 * 24 * 35);
        house.directory.do_duties().await.unwrap();
        assert_eq!(receipts(&house.directory, GP).await.len(), 40, "the last day");
        house.minutes_pass(60 * 24 * 2);
        house.directory.do_duties().await.unwrap();
        assert_eq!((raw.count("receipt_block").await, raw.count("quarantine").await), (0, 0));
        let left = keys.ids(owners).await;
        assert_eq!(bundles.iter().filter(|owner| !left.contains(owner)).count(), 1, "and their key is destroyed");
        assert!(receipts(&house.directory, GP).await.is_empty());
        assert_eq!(raw.count("feed_run").await, 1, "what was counted stays");
        // The same file again is answered anew.
        let again = house::load(&house.directory, GP, &text, 50).await.unwrap();
        assert_eq!((again.unchanged, again.quarantined), (32, 8));
    }
}
