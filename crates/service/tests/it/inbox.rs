//! What sources say over a network (laws 7 and 8): durable before it is answered, worked through once, and answered alike
//! whatever it meets.

mod endings;
mod killed;
pub mod probes;

use std::sync::Arc;

use directory::connecting::{CredentialKind, Missing, WayIn};
use directory::feeding::{FeedSettings, FeedingPolicy};
use feeds::Said;
use futures::future::join_all;
use jiff::civil::date;
use service::{
    ConnectedSource, Directory, DoorError, NewSource, PauseReason, Policy, ReceiptFault, RowStatus,
    SourceDoor, Taken, checksum, said_digest,
};
use testkit::{TestDatabases, on_both_databases};

use crate::feeding::receipts;
use crate::house::{self, CARE, COUNCIL, House, OPENED, Row, by_name_and_birth, child, open};
use crate::raw::Raw;
use crate::state::partition;

pub const HOSPITAL: &str = "hospital";

/// A source that connects by a certificate that the configuration declares.
pub async fn connected(house: &House, source: &str, certificate: u8) -> ConnectedSource {
    let kind = CredentialKind::ClientCertificate;
    let declared = [(kind, format!("{certificate:02x}").repeat(32))];
    house.directory.declare_credentials(source, &declared, true).await.unwrap();
    SourceDoor::of(Arc::clone(&house.directory)).connect(kind, &[certificate; 32]).await.unwrap().unwrap()
}

/// The council's hospital, beside the sources every house has.
pub async fn hospital(house: &House) -> ConnectedSource {
    let source = NewSource {
        name: HOSPITAL.to_owned(),
        profile: "hospital".to_owned(),
        organisation: COUNCIL.to_owned(),
        precedence: 15,
        one_record_per_child: false,
        accredited_until: Some(date(2040, 3, 31)),
    };
    house.directory.declare_source(source).await.unwrap();
    connected(house, HOSPITAL, 0xAA).await
}

pub fn statement(source: &ConnectedSource, row: &Row) -> Said {
    Said::Statement(row.said_to(source.profile()))
}

pub async fn deliver(
    directory: &Arc<Directory>,
    source: &ConnectedSource,
    said: Vec<Said>,
) -> Result<Vec<Taken>, DoorError> {
    SourceDoor::of(Arc::clone(directory)).deliver(source, WayIn::Hl7, said).await
}

pub async fn say(house: &House, source: &ConnectedSource, said: Vec<Said>) -> Vec<Taken> {
    deliver(&house.directory, source, said).await.unwrap()
}

pub async fn work_through(directory: &Directory) {
    while directory.work_through_inbox().await.unwrap() > 0 {}
}

/// What became of each: number, record, status.
pub async fn told(house: &House, source: &str) -> Vec<(u64, Option<String>, RowStatus)> {
    house.minutes_pass(10);
    let all = receipts(&house.directory, source).await;
    all.into_iter().map(|receipt| (receipt.row, receipt.record, receipt.status)).collect()
}

pub fn born(at: usize) -> String {
    format!("20{:02}-{:02}-{:02}", 10 + at / 250 % 8, 1 + at % 12, 1 + at % 28)
}

pub fn row(at: usize) -> Row {
    let surname = ["Abernathy", "Bickerstaff", "Cholmondeley", "Drinkwater", "Entwistle"][at % 5];
    let forename =
        ["Araminta", "Benedict", "Cordelia", "Dashiell", "Evangeline", "Florian", "Gwendolen"][at % 7];
    child(&format!("H-{at}"), forename, &format!("{surname}{}", "aeiou".repeat(at / 35 % 4)), &born(at))
}

on_both_databases! {
    async fn what_is_said_is_durable_when_answered_and_worked_through_once(db: TestDatabases) {
        let house = House::open(&db).await;
        let source = connected(&house, CARE, 1).await;
        let mut raw = Raw::data(&db).await;
        let long = "x".repeat(300);
        let said = vec![
            statement(&source, &row(1)),
            statement(&source, &row(2).with("date_of_birth", "2031-01-01")),
            statement(&source, &row(3).with("surname", &long)),
            statement(&source, &row(4)),
        ];
        let today = house.directory.today();
        let digests: Vec<u128> = (1..).zip(&said).map(|(number, said)| said_digest(said, number, today, &[])).collect();
        let taken = say(&house, &source, said).await;
        assert_eq!(taken.iter().map(|it| (it.day, it.number)).collect::<Vec<_>>(), [1, 2, 3, 4].map(|n| (today, n)));
        assert_eq!(taken[0].faults, []);
        let fault = |field: &str, rule: &str| vec![ReceiptFault { field: field.to_owned(), rule: rule.to_owned() }];
        assert_eq!((&taken[1].faults, &taken[2].faults), (&fault("date_of_birth", "F012"), &fault("surname", "F004")));
        assert_eq!((raw.count("inbox").await, raw.count("source_record").await), (4, 0), "durable, and not worked through");
        let lengths = raw.blobs("SELECT sealed FROM inbox ORDER BY position").await;
        assert!(lengths[2].len() <= lengths[1].len(), "what is too long may be text about a child, and is not kept");
        assert_eq!(house.directory.work_through_inbox().await.unwrap(), 4);
        assert_eq!(house.directory.work_through_inbox().await.unwrap(), 0);
        assert_eq!((raw.count("inbox").await, raw.count("source_record").await, raw.count("quarantine").await), (0, 2, 2));
        house.minutes_pass(10);
        let lines = receipts(&house.directory, CARE).await;
        let label = format!("messages {today}");
        assert!(lines.iter().all(|line| line.file.as_deref() == Some(&label) && line.sequence.is_none()));
        let told: Vec<_> = lines.iter().map(|line| (line.row, line.record.as_deref(), line.status)).collect();
        assert_eq!(told, [
            (1, Some("H-1"), RowStatus::Accepted),
            (2, None, RowStatus::Quarantined),
            (3, None, RowStatus::Quarantined),
            (4, Some("H-4"), RowStatus::Accepted),
        ]);
        assert_eq!(lines[1].faults, taken[1].faults, "as it was answered");
        let sums = house.directory.reconciliation(CARE, today).await.unwrap().total;
        assert_eq!((sums.sent, sums.accepted, sums.quarantined), (4, 2, 2));
        assert_eq!(sums.checksum, checksum(digests), "which the source computes from what it said");
        // Another day is another run; the one before is over.
        house.minutes_pass(60 * 24);
        let taken = say(&house, &source, vec![statement(&source, &row(1).with("gender", "F"))]).await;
        assert_eq!((taken[0].day, taken[0].number), (today.tomorrow().unwrap(), 1));
        work_through(&house.directory).await;
        work_through(&house.directory).await;
        assert_eq!(raw.number("SELECT count(*) FROM feed_run WHERE state = 'done'").await, 1);
        assert_eq!((raw.count("inbox_day").await, raw.count("feed_run").await), (1, 2));
        let who = house.nurse().await;
        house.holds_end();
        let born = house::born(&born(4));
        assert_eq!(house.found(&who, by_name_and_birth("Evangeline Entwistle", &born.unwrap().to_string())).await.len(), 1);
    }

    async fn deliveries_at_once_share_a_transaction_and_their_counts_reconcile(db: TestDatabases) {
        // So many who look alike pause a first load.
        let control = FeedSettings { first_review_percent: 100, ..FeedSettings::default() };
        let feeding = FeedingPolicy { control, ..FeedingPolicy::default() };
        let house = House::open_with(&db, Policy { feeding, ..Policy::default() }, OPENED).await;
        let source = hospital(&house).await;
        // One in a hundred is corrupt.
        let said = |at: usize| match at % 100 {
            7 => statement(&source, &row(at).with("date_of_birth", "30/02/2015")),
            _ => statement(&source, &row(at)),
        };
        let mut raw = Raw::data(&db).await;
        let deliveries = (0..32).map(|nth| {
            let said: Vec<Said> = (nth * 8..nth * 8 + 8).map(said).collect();
            let (directory, source) = (Arc::clone(&house.directory), source.clone());
            tokio::spawn(async move { deliver(&directory, &source, said).await.unwrap() })
        });
        let answers = join_all(deliveries).await;
        let mut taken: Vec<Taken> = answers.into_iter().flat_map(|answer| {
            let taken = answer.unwrap();
            assert!(taken.windows(2).all(|pair| pair[1].number == pair[0].number + 1), "one delivery stands together");
            taken
        }).collect();
        taken.sort_by_key(|it| it.number);
        assert_eq!(taken.iter().map(|it| it.number).collect::<Vec<_>>(), (1..=256).collect::<Vec<_>>(), "each number once");
        assert_eq!(taken.iter().filter(|it| !it.faults.is_empty()).count(), 3);
        assert_eq!(raw.count("inbox").await, 256);
        work_through(&house.directory).await;
        let told = told(&house, HOSPITAL).await;
        assert_eq!(told.len(), 256);
        for (taken, (number, record, status)) in taken.iter().zip(told) {
            assert_eq!((taken.number, taken.faults.is_empty()), (number, status == RowStatus::Accepted));
            assert_eq!(record.is_some(), taken.faults.is_empty());
        }
        let sums = house.directory.reconciliation(HOSPITAL, house.directory.today()).await.unwrap().total;
        assert_eq!((sums.sent, sums.accepted, sums.quarantined), (256, 253, 3));
        assert_eq!((raw.count("source_record").await, raw.count("quarantine").await, raw.count("inbox").await), (253, 3, 0));
        assert_eq!(raw.number("SELECT rows_read FROM feed_run").await, 256);
    }

    async fn a_rate_is_the_sources_own_on_every_server_and_by_every_way(db: TestDatabases) {
        let control = FeedSettings { rate: 10, ..FeedSettings::default() };
        let feeding = FeedingPolicy { control, ..FeedingPolicy::default() };
        let policy = Policy { feeding, ..Policy::default() };
        let house = House::open_with(&db, policy.clone(), OPENED).await;
        let second = open(&db, &house.clock, 2, policy).await;
        let source = connected(&house, CARE, 1).await;
        say(&house, &source, (0..20).map(|at| statement(&source, &row(at))).collect()).await;
        assert_eq!(house.directory.work_through_inbox().await.unwrap(), 20);
        deliver(&second, &source, vec![statement(&source, &row(20))]).await.unwrap();
        assert_eq!(second.work_through_inbox().await.unwrap(), 0, "two seconds for what the first has taken");
        house.clock.advance(jiff::SignedDuration::from_millis(1_900));
        assert_eq!(second.work_through_inbox().await.unwrap(), 0);
        house.clock.advance(jiff::SignedDuration::from_millis(200));
        assert_eq!(second.work_through_inbox().await.unwrap(), 1);
        // A file of the source counts too.
        house.clock.advance(jiff::SignedDuration::from_secs(1));
        house.load(CARE, &(30..60).map(row).collect::<Vec<_>>()).await;
        say(&house, &source, vec![statement(&source, &row(21))]).await;
        assert_eq!(house.directory.work_through_inbox().await.unwrap(), 0);
        house.clock.advance(jiff::SignedDuration::from_secs(4));
        assert_eq!(house.directory.work_through_inbox().await.unwrap(), 1);
    }

    async fn what_two_feeds_say_of_one_child_at_once_meets_in_one_child_on_two_servers(db: TestDatabases) {
        let house = House::open(&db).await;
        let second = open(&db, &house.clock, 2, Policy::default()).await;
        let (care, hospital) = (connected(&house, CARE, 1).await, hospital(&house).await);
        let named = |source: &str, at: usize| row(at).with("gender", "F").with("record_id", &format!("{source}-{at}"));
        let of = |source: &ConnectedSource| -> Vec<Said> {
            (0..12).map(|at| statement(source, &named(source.name(), at))).collect()
        };
        let (a, b) = tokio::join!(
            deliver(&house.directory, &care, of(&care)),
            deliver(&second, &hospital, of(&hospital)),
        );
        a.unwrap();
        b.unwrap();
        // Both servers work on both sources, at the same time.
        tokio::join!(work_through(&house.directory), work_through(&second));
        let records: Vec<(&str, String)> = (0..12)
            .flat_map(|at| [CARE, HOSPITAL].map(|source| (source, format!("{source}-{at}"))))
            .collect();
        assert_eq!(partition(&house, &records).await.len(), 12, "each child is one");
        let mut raw = Raw::data(&db).await;
        assert_eq!((raw.count("child").await, raw.count("source_record").await, raw.count("inbox").await), (12, 24, 0));
        for source in [CARE, HOSPITAL] {
            let numbers: Vec<u64> = told(&house, source).await.into_iter().map(|(number, ..)| number).collect();
            assert_eq!(numbers, (1..=12).collect::<Vec<_>>(), "{source}: one receipt each");
        }
    }

    async fn later_words_win_and_late_ones_do_not_in_whatever_order_they_come(db: TestDatabases) {
        let house = House::open(&db).await;
        let source = hospital(&house).await;
        let lives = |town: &str, day: &str| {
            let row = row(1).at("1 High Street", "LS1 1AA").with("town", town);
            statement(&source, &row.with("effective_at", day))
        };
        say(&house, &source, vec![
            lives("Leeds", "2026-02-10"),
            lives("Otley", "2026-02-11"),
            lives("Ilkley", "2026-02-09"),
            lives("Otley", "2026-02-11"),
            lives("Skipton", "2026-02-11"),
        ]).await;
        work_through(&house.directory).await;
        // What was resent after all of it is late, or known.
        say(&house, &source, vec![lives("Leeds", "2026-02-10"), lives("Skipton", "2026-02-11")]).await;
        work_through(&house.directory).await;
        use RowStatus::{Accepted, Superseded, Unchanged};
        let statuses: Vec<RowStatus> = told(&house, HOSPITAL).await.into_iter().map(|(.., status)| status).collect();
        assert_eq!(statuses, [Accepted, Accepted, Superseded, Unchanged, Accepted, Superseded, Unchanged]);
        let nurse = house.nurse().await;
        house.holds_end();
        let found = house.found(&nurse, by_name_and_birth("Benedict Bickerstaff", &born(1))).await;
        assert_eq!(found, ["Benedict Bickerstaff, Skipton"]);
    }

    async fn a_paused_source_is_refused_and_goes_on_exactly_where_it_stopped(db: TestDatabases) {
        let feeding = FeedingPolicy { messages_a_day: 12, ..FeedingPolicy::default() };
        let house = House::open_with(&db, Policy { feeding, ..Policy::default() }, OPENED).await;
        let source = hospital(&house).await;
        let said = |from: usize, to: usize| (from..to).map(|at| statement(&source, &row(at))).collect::<Vec<_>>();
        say(&house, &source, said(0, 6)).await;
        let (morgan, _) = house.managers().await;
        let page = house.directory.sources_page(&morgan).await.unwrap();
        let id = page.sources.iter().find(|one| one.name == HOSPITAL).unwrap().source;
        house.directory.pause_source(&morgan, id, PauseReason::TooMuchReview).await.unwrap();
        let refused = deliver(&house.directory, &source, said(6, 7)).await;
        assert!(matches!(refused, Err(DoorError::Paused)), "{refused:?}");
        assert_eq!(house.directory.work_through_inbox().await.unwrap(), 0, "what was taken waits");
        house.directory.resume_source(&morgan, id).await.unwrap();
        let full = deliver(&house.directory, &source, said(6, 13)).await;
        assert!(matches!(full, Err(DoorError::Full { a_day: 12, seconds: 1..=54_000 })), "{full:?}");
        say(&house, &source, said(6, 12)).await;
        // It counts what was said and not what waits: that it is worked through makes no room before the day is over.
        work_through(&house.directory).await;
        let full = deliver(&house.directory, &source, said(12, 13)).await;
        assert!(matches!(full, Err(DoorError::Full { .. })), "{full:?}");
        house.minutes_pass(60 * 24);
        say(&house, &source, said(12, 13)).await;
        work_through(&house.directory).await;
        work_through(&house.directory).await;
        let numbers: Vec<u64> = told(&house, HOSPITAL).await.into_iter().map(|(number, ..)| number).collect();
        assert_eq!(numbers, (1..=12).chain([1]).collect::<Vec<_>>());
        let many = vec![said(0, 1).pop().unwrap(); 1_001];
        let refused = deliver(&house.directory, &source, many).await;
        assert!(matches!(refused, Err(DoorError::TooMany { at_most: 1_000 })), "{refused:?}");
        house.directory.declare_credentials(HOSPITAL, &[], true).await.unwrap();
        match deliver(&house.directory, &source, said(0, 1)).await {
            Err(DoorError::Lacks(missing)) => assert_eq!(missing, [Missing::Credential], "taken back, and asked at once"),
            other => panic!("{other:?}"),
        }
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.count("source_record").await, 13);
    }
}
