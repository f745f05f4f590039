//! Rows to store.

use store::children::ChildRow;
use store::links::{LinkKind, LinkRow};
use store::organisations::{OrganisationRow, OrganisationState};
use store::runs::{RunCounts, RunKind, RunRow, RunState};
use store::source_records::{RecordState, SourceRecordRow};
use store::sources::{SourceRow, SourceState};
use store::{Key16, Options, Store, Uuid, in_bucket, organisations, sources};
use testkit::TestDatabases;

pub const MINUTE: i64 = 60_000_000;
pub const ORGANISATION: Uuid = Uuid::from_u128(0xa1);
pub const SOURCE: Uuid = Uuid::from_u128(0xb1);

pub async fn open(db: &TestDatabases) -> Store {
    Store::open(&db.data_url, &db.keys_url, &Options::default()).await.unwrap()
}

/// A store with one organisation and one source.
pub async fn open_with_source(db: &TestDatabases) -> Store {
    let store = open(db).await;
    let mut tx = store.begin().await.unwrap();
    organisations::put(&mut tx, &organisation()).await.unwrap();
    sources::put(&mut tx, &source()).await.unwrap();
    tx.commit().await.unwrap();
    store
}

pub fn organisation() -> OrganisationRow {
    OrganisationRow {
        organisation_id: ORGANISATION,
        kind: "local_authority".into(),
        authority_code: Some("E08000025".into()),
        name: "Birmingham".into(),
        state: OrganisationState::Accredited,
        accredited_until: None,
        parent_id: None,
        sector: "other".into(),
        capabilities: String::new(),
        sealed: None,
    }
}

pub fn source() -> SourceRow {
    SourceRow {
        source_id: SOURCE,
        name: "schools-census".into(),
        profile: "schools-census".into(),
        organisation_id: ORGANISATION,
        authority_code: None,
        precedence: 3,
        one_record_per_child: true,
        state: SourceState::Live,
    }
}

/// A spread-out key: the fractional parts of multiples of a large odd number.
pub fn key(n: u64) -> Key16 {
    Key16((u128::from(n) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
}

pub fn id(n: u64) -> Uuid {
    Uuid::from_bytes(key(n + 1_000_000).0)
}

pub fn record(n: u64) -> SourceRecordRow {
    SourceRecordRow {
        record_id: in_bucket(id(n), &key(n)),
        source_id: SOURCE,
        local_key: key(n),
        version: 1,
        digest: key(n + 500_000),
        sealed: vec![n as u8; 300],
        hold_until: 10 * MINUTE,
        state: RecordState::Live,
    }
}

pub fn child(n: u64) -> ChildRow {
    ChildRow {
        child_id: id(n + 2_000_000),
        sealed: vec![n as u8; 200],
        version: 1,
        readable_from: 10 * MINUTE,
        retention_month: "2031-04".into(),
        authority: "E08000025".into(),
    }
}

pub fn link(child: u64, record_number: u64) -> LinkRow {
    LinkRow {
        child_id: self::child(child).child_id,
        record_id: record(record_number).record_id,
        kind: LinkKind::Automatic,
        author: "matcher".into(),
        model_version: "children-1".into(),
        weight_millibits: 21_500,
        sealed: vec![7; 100],
    }
}

pub fn run(n: u64) -> RunRow {
    RunRow {
        run_id: id(n + 3_000_000),
        source_id: SOURCE,
        file_digest: key(n + 3_000_000),
        kind: RunKind::Full,
        state: RunState::Running,
        counts: RunCounts::default(),
        started_at: 1_000 + n as i64,
        ended_at: None,
        sequence: None,
        rows_in_file: None,
    }
}
