//! A process that is killed at any moment, while it takes in or works through: nothing that was answered is lost, and nothing has
//! two receipts.

use std::collections::BTreeMap;

use feeds::Said;
use rand::RngExt as _;
use service::{RowStatus, Taken};
use testkit::{TestDatabases, on_both_databases, seeded};

use super::{HOSPITAL, deliver, hospital, row, say, statement, work_through};
use crate::feeding::receipts;
use crate::house::House;
use crate::raw::Raw;
use crate::reloads::killed_after;

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
        for round in 0..12 {
            let mut said: Vec<Said> = (0..5).map(|nth| round * 5 + nth).map(|at| match at % 5 {
                4 => statement(&source, &row(at).with("date_of_birth", "2031-01-01")),
                _ => statement(&source, &row(at)),
            }).collect();
            let mut statuses = vec![RowStatus::Accepted; 4];
            statuses.push(RowStatus::Quarantined);
            let ended = format!("H-{}", 900 + round);
            match round % 2 {
                0 => said.push(Said::End { record_id: ended, as_of: house.directory.today() }),
                _ => said.push(Said::Merge { surviving: format!("H-{}", round * 5), ended, statement: None }),
            }
            statuses.push(RowStatus::Accepted);
            match killed_after(rng.random_range(1..8), deliver(&house.directory, &source, said)).await {
                Some(taken) => {
                    let taken = taken.unwrap();
                    answered.extend(taken.into_iter().zip(statuses).map(|(taken, status)| (taken.number, (taken, status))));
                }
                None => unanswered += 1,
            }
            let work = house.directory.work_through_inbox();
            interrupted += usize::from(killed_after(rng.random_range(1..90), work).await.is_none());
        }
        // What was never answered may have become durable all the same, and is worked through with the rest.
        work_through(&house.directory).await;
        house.minutes_pass(10);
        let lines = receipts(&house.directory, HOSPITAL).await;
        let numbers: Vec<u64> = lines.iter().map(|line| line.row).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "one receipt each, in order");
        for (number, (taken, status)) in &answered {
            let line = lines.get(*number as usize - 1).expect("what was answered is durable");
            assert_eq!((line.status, &line.faults), (*status, &taken.faults), "{number}");
        }
        assert!(interrupted > 0 && !answered.is_empty(), "{interrupted} rounds were killed, {unanswered} deliveries");
        let sums = house.directory.reconciliation(HOSPITAL, house.directory.today()).await.unwrap().total;
        assert_eq!(sums.sent, numbers.len() as u64);
        assert_eq!(sums.sent, sums.accepted + sums.unchanged + sums.quarantined + sums.superseded);
        let mut raw = Raw::data(&db).await;
        assert_eq!(raw.count("inbox").await, 0);
        assert_eq!(raw.count("quarantine").await as u64, sums.quarantined);
        // Each of the first twelve that was named is ended once: its statement before stands as one version.
        let ended = lines.iter().skip(12).filter(|line| {
            line.status == RowStatus::Accepted && (line.row - 12) % 6 == 0
        }).count();
        assert_eq!(raw.count("source_version").await as usize, ended, "no record was ended twice");
    }
}
