//! A process that is killed at any moment, while it takes in or works through: nothing that was answered is lost, nothing has two
//! receipts, and what is sent again under its key is taken once.

use std::collections::BTreeMap;
use std::sync::Arc;

use directory::connecting::WayIn;
use feeds::Said;
use rand::RngExt as _;
use service::{ConnectedSource, Directory, DoorError, Policy, Repeatable, RowStatus, SourceDoor, Taken};
use testkit::{TestDatabases, on_both_databases, seeded};

use super::{HOSPITAL, hospital, row, say, statement, work_through};
use crate::feeding::receipts;
use crate::house::{House, open};
use crate::raw::Raw;
use crate::reloads::killed_after;

/// Says something under a key of its own.
async fn deliver_once(
    directory: &Arc<Directory>,
    source: &ConnectedSource,
    round: usize,
    said: Vec<Said>,
) -> Result<Vec<Taken>, DoorError> {
    let (key, sha256) = (format!("round {round}"), [u8::try_from(round).unwrap(); 32]);
    let repeatable = Some(Repeatable { key: &key, sha256: &sha256 });
    SourceDoor::of(Arc::clone(directory))
        .deliver_once(source, WayIn::Hl7, said, BTreeMap::new(), repeatable)
        .await
}

on_both_databases! {
    async fn what_was_answered_is_durable_and_has_one_receipt_killed_at_any_moment(db: TestDatabases) {
        let house = House::open(&db).await;
        let source = hospital(&house).await;
        let mut rng = seeded(12);
        // A record for the ends, and one for each merge.
        let first: Vec<Said> = (900..912).map(|at| statement(&source, &row(at))).collect();
        say(&house, &source, first).await;
        work_through(&house.directory).await;
        let mut answered: BTreeMap<u64, (Taken, RowStatus)> = BTreeMap::new();
        let (mut unanswered, mut interrupted) = (0, 0);
        let second = open(&db, &house.clock, 2, Policy::default()).await;
        for round in 0..12 {
            let mut said: Vec<Said> = (0..5).map(|nth| round * 5 + nth).map(|at| match at % 5 {
                4 => statement(&source, &row(at).with("date_of_birth", "2031-01-01")),
                _ => statement(&source, &row(at)),
            }).collect();
            let mut statuses = vec![RowStatus::Accepted; 4];
            statuses.push(RowStatus::Quarantined);
            let ended = format!("H-{}", 900 + round);
            match round % 2 {
                0 => said.push(Said::End { record_id: ended, as_of: house.directory.today(), said: None }),
                _ => said.push(Said::Merge { surviving: format!("H-{}", round * 5), ended, statement: None, said: None }),
            }
            statuses.push(RowStatus::Accepted);
            // And one that says nothing.
            let discarded = BTreeMap::from([("A02".to_owned(), 1), ("PV1".to_owned(), 2)]);
            let door = SourceDoor::of(Arc::clone(&house.directory));
            let unread = door.deliver_and_count(&source, WayIn::Hl7, Vec::new(), discarded).await.unwrap().remove(0);
            answered.insert(unread.number, (unread, RowStatus::Unread));
            let first = deliver_once(&house.directory, &source, round, said.clone());
            let first = killed_after(rng.random_range(1..8), first).await;
            unanswered += usize::from(first.is_none());
            // Sent again, to another server, whether or not it was answered: the same numbers.
            let taken = deliver_once(&second, &source, round, said).await.unwrap();
            if let Some(first) = first {
                assert_eq!(first.unwrap(), taken);
            }
            answered.extend(taken.into_iter().zip(statuses).map(|(taken, status)| (taken.number, (taken, status))));
            let work = house.directory.work_through_inbox();
            interrupted += usize::from(killed_after(rng.random_range(1..90), work).await.is_none());
        }
        work_through(&house.directory).await;
        house.minutes_pass(10);
        let lines = receipts(&house.directory, HOSPITAL).await;
        let numbers: Vec<u64> = lines.iter().map(|line| line.row).collect();
        assert_eq!(numbers, (1..=12 + 12 * 7).collect::<Vec<_>>(), "each was taken once, and has one receipt, in order");
        for (number, (taken, status)) in &answered {
            let line = lines.get(*number as usize - 1).expect("what was answered is durable");
            assert_eq!((line.status, &line.faults), (*status, &taken.faults), "{number}");
        }
        assert!(interrupted > 0 && unanswered > 0, "{interrupted} rounds were killed, {unanswered} deliveries");
        let sums = house.directory.reconciliation(HOSPITAL, house.directory.today()).await.unwrap().total;
        assert_eq!(sums.sent, numbers.len() as u64);
        assert_eq!(sums.sent, sums.accepted + sums.unchanged + sums.quarantined + sums.superseded + sums.unread);
        assert_eq!(sums.unread, 12);
        assert_eq!(sums.discarded, BTreeMap::from([("A02".to_owned(), 12), ("PV1".to_owned(), 24)]));
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.count("inbox").await, 0);
        assert_eq!(raw.count("quarantine").await as u64, sums.quarantined);
        // Each of the first twelve that was named is ended once: its statement before stands as one version.
        let ended = lines.iter().skip(12).filter(|line| {
            line.status == RowStatus::Accepted && (line.row - 12) % 7 == 0
        }).count();
        assert_eq!(raw.count("source_version").await as usize, ended, "no record was ended twice");
    }
}
