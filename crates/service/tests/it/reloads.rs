//! Nothing is lost (law 8): loading again changes nothing, and an interrupted load goes on to the same end.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use rand::RngExt as _;
use service::Policy;
use sha2::{Digest as _, Sha256};
use testkit::{TestDatabases, on_both_databases, seeded};

use crate::house::{self, CARE, GP, House, Row, SCHOOLS, by_name_and_birth, by_postcode, child, judged};
use crate::raw::Raw;
use crate::state::{State, state};

const FAMILIES: [&str; 8] = [
    "Abernathy",
    "Bickerstaff",
    "Cholmondeley",
    "Drinkwater",
    "Entwistle",
    "Featherstone",
    "Grimshaw",
    "Holroyd",
];
const FORENAMES: [&str; 5] = ["Araminta", "Benedict", "Cordelia", "Dashiell", "Evangeline"];

/// Forty children, as a source numbers them.
fn children(source: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (family, surname) in FAMILIES.iter().enumerate() {
        for (place, forename) in FORENAMES.iter().enumerate() {
            let born = format!("20{:02}-{:02}-{:02}", 9 + place * 2, 1 + family, 3 + family * 2 + place);
            let row = child(&format!("{source}-{family}-{place}"), forename, surname, &born)
                .at(&format!("{} Beech Avenue", family + 1), &format!("LS{} {}AA", family + 1, family + 1));
            rows.push(row);
        }
    }
    rows
}

fn records() -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for source in [SCHOOLS, GP] {
        for family in 0..FAMILIES.len() {
            for place in 0..FORENAMES.len() {
                all.push((source, format!("{source}-{family}-{place}")));
            }
        }
    }
    all
}

/// The second file: what the practices say, with a row no practice should have sent.
async fn practices_file(house: &House) -> String {
    let mut rows = children(GP);
    rows.insert(17, child("bad", "Nobody", "Known", "2031-01-01"));
    house.file(GP, &rows).await
}

/// What the runs of the practices' file are told to have done: read, accepted, unchanged, updated, put aside, linked.
async fn receipt(db: &TestDatabases) -> Vec<i64> {
    let mut raw = Raw::data(db).await;
    let of_practices = "FROM feed_run WHERE quarantined > 0";
    assert_eq!(
        raw.number(&format!("SELECT count(*) {of_practices} AND state = 'done'")).await,
        1,
        "one run, and done"
    );
    let mut counts = Vec::new();
    for column in
        ["rows_read", "accepted", "unchanged", "updated", "quarantined", "linked", "opened", "for_review"]
    {
        counts.push(raw.number(&format!("SELECT {column} {of_practices}")).await);
    }
    counts
}

async fn undisturbed(db: &TestDatabases) -> (State, Vec<i64>) {
    let house = House::open(db).await;
    house.load(SCHOOLS, &children(SCHOOLS)).await;
    house::load(&house.directory, GP, &practices_file(&house).await, 8).await.unwrap();
    house.holds_end();
    (state(&house, db, &records()).await, receipt(db).await)
}

/// Runs a future until it has been polled that often, then drops it: what a killed process leaves undone.
pub async fn killed_after<F: Future>(polls: u32, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

on_both_databases! {
    async fn loading_the_same_file_twice_changes_nothing(db: TestDatabases) {
        let house = House::open(&db).await;
        house.load(SCHOOLS, &children(SCHOOLS)).await;
        let text = practices_file(&house).await;
        let first = house::load(&house.directory, GP, &text, 8).await.unwrap();
        assert_eq!((first.rows, first.accepted, first.unchanged, first.quarantined), (41, 40, 0, 1));
        assert_eq!((first.linked, first.opened), (40, 0));
        house.holds_end();
        let before = state(&house, &db, &records()).await;
        assert_eq!(before.partition.len(), 40, "forty children");
        let again = house::load(&house.directory, GP, &text, 8).await.unwrap();
        assert_eq!((again.rows, again.accepted, again.unchanged, again.updated), (41, 0, 40, 0));
        assert_eq!((again.linked, again.opened, again.for_review, again.quarantined), (0, 0, 0, 1));
        assert_eq!(state(&house, &db, &records()).await, before);
        assert_eq!(receipt(&db).await, [41, 40, 0, 0, 1, 40, 0, 0], "the receipt stands");
        house.load(GP, &children(GP)).await;
        assert_eq!(state(&house, &db, &records()).await.shown, before.shown);
    }

    async fn the_order_of_columns_and_white_space_state_nothing_new(db: TestDatabases) {
        let house = House::open(&db).await;
        let row = child("G-1", "Araminta", "Abernathy", "2014-02-02").at("1 Beech Avenue", "LS1 1AA");
        house.load(GP, std::slice::from_ref(&row)).await;
        let counts = house.load(GP, &[row.with("surname", "  Abernathy ").with("postcode", "LS1 1AA ")]).await;
        assert_eq!((counts.unchanged, counts.updated), (1, 0));
    }

    async fn an_update_keeps_what_stood_before(db: TestDatabases) {
        let house = House::open(&db).await;
        let row = child("C-1", "Araminta", "Abernathy", "2014-02-02")
            .with("involvement_1_service", "youth_worker")
            .with("involvement_1_practitioner", "Ola Finch");
        house.load(CARE, std::slice::from_ref(&row)).await;
        house.holds_end();
        let mut raw = Raw::data(&db).await;
        let image = raw.blobs("SELECT sealed FROM source_record").await;
        let counts = house.load(CARE, &[row.with("involvement_1_practitioner", "Bo Wren")]).await;
        assert_eq!((counts.updated, counts.accepted, counts.linked, counts.opened), (1, 0, 0, 0));
        let kept = raw.blobs("SELECT sealed FROM source_version").await;
        assert_eq!(kept, image, "what stood before is kept");
        assert_eq!((raw.count("source_record").await, raw.count("link").await), (1, 1));
        let nurse = house.nurse().await;
        let view = house.full_record(&nurse, by_name_and_birth("Araminta Abernathy", "2014-02-02")).await;
        assert_eq!(view.involvements.len(), 1);
        assert_eq!(view.involvements[0].value.practitioner.as_ref().unwrap().as_str(), "Bo Wren");
    }

    async fn a_dry_run_counts_and_writes_nothing(db: TestDatabases) {
        let house = House::open(&db).await;
        let text = house.file(SCHOOLS, &children(SCHOOLS)).await;
        let digest = house.directory.file_digest(&Sha256::digest(text.as_bytes()).into());
        let mut run = house.directory.begin_load(SCHOOLS, digest, true).await.unwrap();
        house.directory.load_group(&mut run, judged(&house.directory, "schools-census", &text)).await.unwrap();
        assert_eq!(house.directory.end_load(run, false).await.unwrap().accepted, 40);
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.count("child").await, raw.count("feed_run").await), (0, 0));
    }

    async fn where_groups_begin_and_end_makes_no_difference(db: TestDatabases) {
        let other = TestDatabases::on(db.engine()).await;
        let (wanted, wanted_receipt) = undisturbed(&other).await;
        let house = House::open(&db).await;
        let text = house.file(SCHOOLS, &children(SCHOOLS)).await;
        house::load(&house.directory, SCHOOLS, &text, 3).await.unwrap();
        house::load(&house.directory, GP, &practices_file(&house).await, 40).await.unwrap();
        house.holds_end();
        assert_eq!(state(&house, &db, &records()).await, wanted);
        assert_eq!(receipt(&db).await, wanted_receipt);
    }

    async fn a_group_sees_the_group_before_it_whether_or_not_that_is_written(db: TestDatabases) {
        // One child under several numbers of one source, changed rows, and neighbours of a shielded child.
        let told: Vec<(&str, String)> = (0..3).flat_map(|family| {
            (0..5).map(move |place| (CARE, format!("{CARE}-{family}-{place}")))
                .chain((0..5).map(move |place| (CARE, format!("again-{family}-{place}"))))
        }).collect();
        let file = || {
            let mut rows: Vec<Row> = children(CARE).into_iter().take(15).collect();
            for (place, row) in children("again").into_iter().take(15).enumerate() {
                // Beside the row it repeats, beside its neighbour, or far away.
                rows.insert((place * 2 + place % 4).min(rows.len()), row);
            }
            let changed: Vec<Row> = rows.iter().step_by(7).map(|row| row.clone().with("postcode", "LS9 9ZZ")).collect();
            rows.extend(changed);
            rows
        };
        let mut wanted = None;
        for (group, in_turn) in [(1_000, true), (1, false), (3, false), (8, false)] {
            let databases = TestDatabases::on(db.engine()).await;
            let house = House::open(&databases).await;
            house.load(SCHOOLS, &children(SCHOOLS).into_iter().take(15).step_by(3).collect::<Vec<_>>()).await;
            house.holds_end();
            house.shield(SCHOOLS, &format!("{SCHOOLS}-0-0")).await;
            let text = house.file(CARE, &file()).await;
            let counts = if in_turn {
                house::load_in_turn(&house.directory, CARE, &text, group).await.unwrap()
            } else {
                house::load(&house.directory, CARE, &text, group).await.unwrap()
            };
            house.holds_end();
            let ended = (state(&house, &databases, &told).await, counts);
            match &wanted {
                None => wanted = Some(ended),
                Some(wanted) => assert_eq!(&ended, wanted, "in groups of {group}, in turn: {in_turn}"),
            }
        }
    }

    async fn an_unknown_source_is_refused_with_the_names_there_are(db: TestDatabases) {
        let house = House::open(&db).await;
        let digest = house.directory.file_digest(&[0; 32]);
        let error = house.directory.begin_load("scholls", digest, false).await.err().unwrap().to_string();
        for word in ["scholls", SCHOOLS, GP, CARE] {
            assert!(error.contains(word), "{error}");
        }
    }

    async fn an_interrupted_load_goes_on_to_the_state_and_receipt_of_an_undisturbed_one(db: TestDatabases) {
        let other = TestDatabases::on(db.engine()).await;
        let (wanted, wanted_receipt) = undisturbed(&other).await;
        for groups in [0, 2, 5] {
            let broken = TestDatabases::on(db.engine()).await;
            let mut house = House::open(&broken).await;
            house.load(SCHOOLS, &children(SCHOOLS)).await;
            let text = practices_file(&house).await;
            let digest = house.directory.file_digest(&Sha256::digest(text.as_bytes()).into());
            let mut run = house.directory.begin_load(GP, digest, false).await.unwrap();
            for group in judged(&house.directory, "nhs-gp", &text).chunks(8).take(groups) {
                house.directory.load_group(&mut run, group.to_vec()).await.unwrap();
            }
            house.directory.close().await;
            house.directory = house::open(&broken, &house.clock, 2, Policy::default()).await;
            house::load(&house.directory, GP, &text, 8).await.unwrap();
            assert_eq!(receipt(&broken).await, wanted_receipt, "interrupted after {groups} groups");
            house.holds_end();
            assert_eq!(state(&house, &broken, &records()).await, wanted, "interrupted after {groups} groups");
        }
    }

    async fn a_load_killed_at_any_moment_goes_on_to_the_same_state(db: TestDatabases) {
        let other = TestDatabases::on(db.engine()).await;
        let (wanted, wanted_receipt) = undisturbed(&other).await;
        let house = House::open(&db).await;
        house.load(SCHOOLS, &children(SCHOOLS)).await;
        let text = practices_file(&house).await;
        let mut dice = seeded(8);
        let mut finished = false;
        for _ in 0..20 {
            let directory = house::open(&db, &house.clock, dice.random(), Policy::default()).await;
            let polls = dice.random_range(1..120);
            if let Some(done) = killed_after(polls, house::load_in_turn(&directory, GP, &text, 8)).await {
                done.unwrap();
                finished = true;
                break;
            }
            directory.close().await;
        }
        if !finished {
            house::load(&house.directory, GP, &text, 8).await.unwrap();
        }
        assert_eq!(receipt(&db).await, wanted_receipt);
        house.holds_end();
        assert_eq!(state(&house, &db, &records()).await, wanted);
    }

    async fn two_loads_that_change_the_same_records_leave_every_record_readable(db: TestDatabases) {
        let house = House::open(&db).await;
        let versions = |word: &str, round: usize| -> Vec<Row> {
            (0..6)
                .map(|n| {
                    child(&format!("C-{n}"), FORENAMES[n % 5], FAMILIES[n], &format!("201{n}-03-04"))
                        .with("involvement_1_service", "youth_worker")
                        .with("involvement_1_practitioner", &format!("{word} {}", ["Ash", "Bay", "Fir", "Oak", "Yew"][round % 5]))
                })
                .collect()
        };
        house.load(CARE, &versions("Robin", 0)).await;
        house.holds_end();
        let other = house::open(&db, &house.clock, 2, Policy::default()).await;
        for round in 1..5 {
            let (a, b) = (
                house.file(CARE, &versions("Wren", round)).await,
                house.file(CARE, &versions("Lark", round)).await,
            );
            let (a, b) = tokio::join!(
                house::load(&house.directory, CARE, &a, 2),
                house::load(&other, CARE, &b, 3),
            );
            a.unwrap();
            b.unwrap();
            let nurse = house.nurse().await;
            for n in 0..6 {
                let name = format!("{} {}", FORENAMES[n % 5], FAMILIES[n]);
                let view = house.full_record(&nurse, by_name_and_birth(&name, &format!("201{n}-03-04"))).await;
                assert_eq!(view.involvements.len(), 1, "{name} in round {round}");
            }
        }
    }

    async fn a_key_goes_with_the_last_record_that_has_it(db: TestDatabases) {
        let house = House::open(&db).await;
        let row = |record: &str| child(record, "Araminta", "Abernathy", "2014-02-02").at("1 Beech Avenue", "LS1 1AA");
        house.load(GP, &[row("G-1")]).await;
        let mut raw = Raw::data(&db).await;
        let one = [raw.count("match_key").await, raw.count("search_key").await];
        assert!(one[0] > 0 && one[1] > 0, "{one:?}");
        let counts = house.load(CARE, &[row("C-1")]).await;
        assert_eq!(counts.linked, 1);
        assert_eq!([raw.count("match_key").await, raw.count("search_key").await], one, "the second says nothing new");
        house.holds_end();
        let nurse = house.nurse().await;
        let moved = |record: &str| row(record).at("7 Cedar Close", "LS9 9ZZ");
        house.load(CARE, &[moved("C-1")]).await;
        assert_eq!(house.find(&nurse, by_postcode("Abernathy", "LS9 9ZZ")).await.len(), 1);
        let both = [raw.count("match_key").await, raw.count("search_key").await];
        assert!(both[0] > one[0] && both[1] > one[1], "the practice still says where: {both:?}, {one:?}");
        house.load(GP, &[moved("G-1")]).await;
        assert_eq!(house.find(&nurse, by_postcode("Abernathy", "LS1 1AA")).await.len(), 0);
        assert_eq!([raw.count("match_key").await, raw.count("search_key").await], one, "nothing stays behind");
    }

    async fn a_key_stays_when_one_of_two_records_in_one_file_loses_it(db: TestDatabases) {
        let row = |record: &str| child(record, "Araminta", "Abernathy", "2014-02-02").at("1 Beech Avenue", "LS1 1AA");
        let moved = |record: &str| row(record).at("7 Cedar Close", "LS9 9ZZ");
        // One group, a group each, and a record that comes while the other one goes.
        for (group, stays, known) in [(8, "C-2", true), (1, "C-2", true), (1, "C-3", false)] {
            let databases = TestDatabases::on(db.engine()).await;
            let house = House::open(&databases).await;
            house.load(CARE, &[row("C-1")]).await;
            if known {
                house.load(CARE, &[row(stays)]).await;
            }
            house.holds_end();
            let nurse = house.nurse().await;
            let stays = row(stays).with("effective_at", "2026-02-01");
            for file in [[stays.clone(), moved("C-1")], [moved("C-1"), stays.clone()]] {
                house::load(&house.directory, CARE, &house.file(CARE, &file).await, group).await.unwrap();
                house.holds_end();
                assert_eq!(house.find(&nurse, by_postcode("Abernathy", "LS1 1AA")).await.len(), 1);
                house.load(CARE, &[row("C-1")]).await;
            }
        }
    }
}
