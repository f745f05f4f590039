//! What sources say over a network (laws 7 and 8): durable before it is answered, worked through once, and answered alike
//! whatever it meets.

use std::sync::Arc;

use directory::access::Role;
use directory::connecting::{CredentialKind, InstallationAct, WayIn};
use directory::feeding::FeedingPolicy;
use futures::future::join_all;
use jiff::civil::date;
use rand::RngExt as _;
use service::{
    ConnectedSource, Directory, DoorError, NewSource, PauseReason, Policy, Receipt, ReceiptFault, RowStatus,
    Said, SourceDoor, Taken,
};
use testkit::{TestDatabases, on_both_databases, seeded};

use crate::feeding::receipts;
use crate::house::{self, CARE, COUNCIL, House, OPENED, Row, SCHOOLS, by_name_and_birth, child};
use crate::raw::Raw;
use crate::reloads::killed_after;
use crate::state::partition;

const HOSPITAL: &str = "hospital";

/// A source that connects: two people of its organisation have registered its certificate.
async fn connected(house: &House, source: &str, certificate: u8) -> ConnectedSource {
    let d = &house.directory;
    for (username, role) in [("dee", Role::DataAdministrator), ("mary", Role::Manager)] {
        if !d.has_account(username).await.unwrap() {
            house.account(username, &[role]).await;
        }
    }
    let certificate = [certificate; 32];
    for (username, act) in [
        ("dee", InstallationAct::AddCredential(CredentialKind::ClientCertificate, hex(&certificate))),
        ("mary", InstallationAct::ConfirmCredential(hex(&certificate))),
    ] {
        let who = house.sign_in_again(username).await;
        let seen = d.installation(&who, source).await.unwrap().version;
        d.act_on_installation(&who, source, seen, act).await.unwrap();
    }
    let door = SourceDoor::of(Arc::clone(d));
    door.connect(CredentialKind::ClientCertificate, &certificate).await.unwrap().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The council's hospital, beside the sources every house has.
async fn hospital(house: &House) -> ConnectedSource {
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

fn statement(source: &ConnectedSource, row: &Row) -> Said {
    Said::Statement(row.said_to(source.profile()))
}

async fn deliver(
    directory: &Arc<Directory>,
    source: &ConnectedSource,
    said: Vec<Said>,
) -> Result<Vec<Taken>, DoorError> {
    SourceDoor::of(Arc::clone(directory)).deliver(source, WayIn::Hl7, said).await
}

async fn say(house: &House, source: &ConnectedSource, said: Vec<Said>) -> Vec<Taken> {
    deliver(&house.directory, source, said).await.unwrap()
}

async fn work_through(directory: &Directory) {
    while directory.work_through_inbox().await.unwrap() > 0 {}
}

/// What became of each: number, record, status.
async fn told(house: &House, source: &str) -> Vec<(u64, Option<String>, RowStatus)> {
    house.minutes_pass(10);
    let all = receipts(&house.directory, source).await;
    all.into_iter().map(|receipt: Receipt| (receipt.row, receipt.record, receipt.status)).collect()
}

fn born(at: usize) -> String {
    format!("20{:02}-{:02}-{:02}", 10 + at / 250 % 8, 1 + at % 12, 1 + at % 28)
}

fn row(at: usize) -> Row {
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
        let taken = say(&house, &source, vec![
            statement(&source, &row(1)),
            statement(&source, &row(2).with("date_of_birth", "2031-01-01")),
            statement(&source, &row(3).with("surname", &long)),
            statement(&source, &row(4)),
        ]).await;
        let today = house.directory.today();
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
}
