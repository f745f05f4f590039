//! A row of one child, said to find out about the child: the same answer, the same statements and as many rows, whatever the
//! directory knows (laws 3, 5 and 7).

use std::collections::BTreeMap;

use feeds::Said;
use service::Receipt;
use testkit::{Statements, TestDatabases, on_both_databases};

use super::{connected, row, say, statement, work_through};
use crate::feeding::receipts;
use crate::house::{CARE, House, Row, SCHOOLS, child};
use crate::identities;
use crate::raw::Raw;
use crate::use_cases::Reading;

async fn sizes(reading: &mut Reading) -> BTreeMap<String, usize> {
    reading.rows().await.into_iter().map(|(table, rows)| (table, rows.len())).collect()
}

fn grown(before: &BTreeMap<String, usize>, after: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let by = |(table, rows): (&String, &usize)| (table.clone(), rows - before.get(table).unwrap_or(&0));
    after.iter().map(by).filter(|(_, by)| *by > 0).collect()
}

/// What is told of one row, but for whom it names and its number.
fn told(receipt: &Receipt) -> String {
    format!("{:?} {:?} {:?} {:?}", receipt.file, receipt.sequence, receipt.status, receipt.faults)
}

/// A row of one child of each kind: known, shielded, of two sealed identities, at a shielded child's place, and unknown.
pub async fn rows_about_all_kinds(house: &House) -> [Row; 6] {
    identities::load_all(house).await;
    let known = child("S-9", "Benedict", "Holroyd", "2014-03-03").at("1 Oak Lane", "LS6 1AA");
    let shielded = child("S-8", "Cordelia", "Entwistle", "2013-04-04").at("7 Mill Row", "LS7 2BB");
    house.load(SCHOOLS, &[known.clone(), shielded.clone()]).await;
    house.holds_end();
    house.shield(SCHOOLS, "S-8").await;
    let (morgan, reece) = house.managers().await;
    house.directory.seal_identities(&morgan, &reece, &identities::proposal()).await.unwrap();
    [
        known,
        shielded,
        identities::amy("any"),
        identities::ruby("any"),
        child("any", "Dashiell", "Other", "2012-02-02").at("7 Mill Row", "LS7 2BB"),
        child("any", "Nobody", "Known", "2011-01-01").at("99 Elm Close", "LS9 9ZZ"),
    ]
}

on_both_databases! {
    async fn a_probe_is_taken_alike_whatever_child_it_names(db: TestDatabases) {
        let ear = Statements::listen();
        let house = House::open(&db).await;
        let probes = rows_about_all_kinds(&house).await;
        let source = connected(&house, CARE, 1).await;
        // The first of a day opens it.
        say(&house, &source, vec![statement(&source, &row(1))]).await;
        work_through(&house.directory).await;
        house.minutes_pass(10);
        let (mut reading, mut raw) = (Reading::of(&db).await, Raw::data(&db).await);
        let mut all = Vec::new();
        for (at, probe) in probes.iter().enumerate() {
            let record = format!("probe-{at}");
            let probe = probe.clone().with("record_id", &record);
            let mut of_this = Vec::new();
            let seen = receipts(&house.directory, CARE).await.len();
            // Said first, then in other words, then ended.
            for said in [
                statement(&source, &probe),
                statement(&source, &probe.clone().with("gender", "M").with("effective_at", "2026-02-01")),
                Said::End { record_id: record.clone(), as_of: house.directory.today(), said: None },
            ] {
                let (before, entries) = (sizes(&mut reading).await, raw.count("audit_entry").await);
                ear.settled().await;
                let mut taken = say(&house, &source, vec![said]).await.pop().unwrap();
                let heard = ear.settled().await;
                assert!(heard.len() > 3, "{heard:?}");
                taken.number = 0;
                let more = grown(&before, &sizes(&mut reading).await);
                of_this.push(format!("{taken:?} {more:?} {} {heard:#?}", raw.count("audit_entry").await - entries));
                work_through(&house.directory).await;
                house.minutes_pass(1);
            }
            house.minutes_pass(10);
            of_this.extend(receipts(&house.directory, CARE).await[seen..].iter().map(told));
            all.push(of_this);
        }
        for of_this in &all {
            assert_eq!(of_this, &all[0]);
        }
        assert!(all[0][3..].iter().all(|told| told.contains("Accepted")), "{:?}", &all[0][3..]);
        // What waits is as long for all of them.
        assert_eq!(all[0].len(), 6);
    }
}
