//! Nobody rewrites the audit trail or the journal, not even with the service's own connection (law 11).

use crate::fixtures::{id, key, open};
use sqlx::{AssertSqlSafe, Connection};
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;
use store::audit::{ChainRow, CheckpointRow, EntryRow, LookupKind, LookupRow};
use store::{StoreError, audit, key_store};
use testkit::{Engine, TestDatabases, on_both_databases};

pub fn entry(n: u64) -> EntryRow {
    EntryRow {
        entry_id: id(n),
        at: 1_000_000 + n as i64,
        header: format!("{{\"action\":\"search\",\"n\":{n}}}"),
        body: vec![1, 2, 3],
        month: "2026-11".into(),
    }
}

async fn attempt(db: &TestDatabases, url: &str, sql: &str) -> Result<(), StoreError> {
    let outcome = match db.engine() {
        Engine::Sqlite => {
            let mut c = SqliteConnection::connect(url).await.unwrap();
            sqlx::query("PRAGMA recursive_triggers = ON").execute(&mut c).await.unwrap();
            sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut c).await.map(drop)
        }
        Engine::Postgres => {
            let mut c = PgConnection::connect(url).await.unwrap();
            sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut c).await.map(drop)
        }
    };
    outcome.map_err(StoreError::from)
}

on_both_databases! {
    async fn an_audit_entry_can_be_neither_changed_nor_removed(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        let lookup = LookupRow { kind: LookupKind::Child, lookup_key: key(1), entry_id: entry(1).entry_id, at: 1 };
        audit::append(&mut tx, &[entry(1)], &[lookup]).await.unwrap();
        audit::chain(&mut tx, &[ChainRow { seq: 1, entry_id: entry(1).entry_id, chain_hash: vec![9; 32] }]).await.unwrap();
        let checkpoint = CheckpointRow { seq: 1, body: "1".into(), signature: vec![1; 64] };
        audit::put_checkpoint(&mut tx, &checkpoint).await.unwrap();
        tx.commit().await.unwrap();
        for sql in [
            "UPDATE audit_entry SET header = '{}'",
            "DELETE FROM audit_entry",
            "UPDATE audit_chain SET seq = 2",
            "DELETE FROM audit_chain",
            "UPDATE audit_checkpoint SET body = '2'",
            "DELETE FROM audit_checkpoint",
            "UPDATE audit_lookup SET kind = 'account'",
            "DELETE FROM audit_lookup",
        ] {
            let error = attempt(&db, &db.data_url, sql).await.unwrap_err();
            assert!(matches!(error, StoreError::AppendOnly(_)), "{sql}: {error:?}");
        }
        let own_way = match db.engine() {
            Engine::Sqlite => "REPLACE INTO audit_entry SELECT entry_id, at, '{}', body, month FROM audit_entry",
            Engine::Postgres => "TRUNCATE audit_lookup",
        };
        let error = attempt(&db, &db.data_url, own_way).await.unwrap_err();
        assert!(matches!(error, StoreError::AppendOnly(_)), "{own_way}: {error:?}");
        let mut reader = store.reader().await.unwrap();
        assert!(audit::by_id(&mut reader, entry(1).entry_id).await.unwrap() == Some(entry(1)));
    }

    async fn the_journal_can_be_neither_changed_nor_removed(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin_keys().await.unwrap();
        assert_eq!(key_store::append_journal(&mut tx, b"shield").await.unwrap(), 1);
        assert_eq!(key_store::append_journal(&mut tx, b"destruction").await.unwrap(), 2);
        tx.commit().await.unwrap();
        for sql in ["UPDATE journal SET seq = 9", "DELETE FROM journal"] {
            let error = attempt(&db, &db.keys_url, sql).await.unwrap_err();
            assert!(matches!(error, StoreError::AppendOnly(_)), "{sql}: {error:?}");
        }
        let entries = key_store::journal(&mut store.key_reader().await.unwrap(), 1, 10).await.unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].entry, b"destruction");
    }

    async fn an_entry_waits_for_its_place_in_the_chain_from_the_moment_it_is_durable(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        audit::append(&mut tx, &[entry(3), entry(1), entry(2)], &[]).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin_feed().await.unwrap();
        let pending: Vec<i64> = audit::pending(&mut tx, 2).await.unwrap().iter().map(|e| e.at).collect();
        assert_eq!(pending, [1_000_001, 1_000_002], "the oldest first");
        let chain: Vec<ChainRow> = [1, 2]
            .map(|n| ChainRow { seq: n as i64, entry_id: entry(n).entry_id, chain_hash: vec![n as u8; 32] })
            .into();
        audit::chain(&mut tx, &chain).await.unwrap();
        assert_eq!(audit::count_pending(&mut tx).await.unwrap(), 1);
        assert_eq!(audit::last_link(&mut tx).await.unwrap().map(|link| link.seq), Some(2));
        let chained = audit::chained(&mut tx, 0, 10).await.unwrap();
        assert_eq!(chained.iter().map(|c| (c.seq, c.entry.at)).collect::<Vec<_>>(), [(1, 1_000_001), (2, 1_000_002)]);
        tx.commit().await.unwrap();

        let mut tx = store.begin_feed().await.unwrap();
        let twice = audit::chain(&mut tx, &[ChainRow { seq: 2, entry_id: entry(3).entry_id, chain_hash: vec![0; 32] }]).await;
        assert!(matches!(twice, Err(StoreError::UniqueViolation(_))), "a second sequencer is told");
    }

    async fn entries_are_found_by_child_and_by_account_the_newest_first(db: TestDatabases) {
        let store = open(&db).await;
        let mut tx = store.begin().await.unwrap();
        let lookup = |kind, n: u64, entry_number: u64| LookupRow {
            kind,
            lookup_key: key(n),
            entry_id: entry(entry_number).entry_id,
            at: entry(entry_number).at,
        };
        let lookups = [
            lookup(LookupKind::Child, 1, 1),
            lookup(LookupKind::Child, 1, 2),
            lookup(LookupKind::Account, 1, 3),
            lookup(LookupKind::Child, 2, 3),
        ];
        audit::append(&mut tx, &[entry(1), entry(2), entry(3)], &lookups).await.unwrap();
        let found = audit::by_lookup(&mut tx, LookupKind::Child, key(1), 10).await.unwrap();
        assert_eq!(found.iter().map(|e| e.at).collect::<Vec<_>>(), [1_000_002, 1_000_001]);
    }

    async fn no_server_of_any_version_destroys_a_generation_that_wraps_a_root_key(db: TestDatabases) {
        let store = crate::key_store::open_with_generation(&db).await;
        let mut tx = store.begin_keys().await.unwrap();
        key_store::insert_root_key(&mut tx, &crate::key_store::root(1)).await.unwrap();
        tx.commit().await.unwrap();
        let as_before = "UPDATE generation SET wrapped = NULL WHERE generation = 1";
        let refused = attempt(&db, &db.keys_url, as_before).await.unwrap_err();
        assert!(format!("{refused:?}").contains("a root key is wrapped under this generation"), "{refused:?}");
        attempt(&db, &db.keys_url, "DELETE FROM root_key").await.unwrap();
        let destroyed = "UPDATE generation SET wrapped = NULL, destroyed = true WHERE generation = 1";
        attempt(&db, &db.keys_url, destroyed).await.unwrap();
    }
}
