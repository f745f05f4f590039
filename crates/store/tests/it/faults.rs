//! Each failure has its own kind, says what happened and what to do, and leaves nothing half-written.

use crate::fixtures::{child, key, open};
use sqlx::Connection;
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;
use std::time::Duration;
use store::{Options, Store, StoreError, children, locks};
use testkit::{TestDatabases, block_on, on_both_databases};

fn impatient() -> Options {
    Options {
        busy_timeout: Duration::from_millis(50),
        acquire_timeout: Duration::from_millis(500),
        ..Options::default()
    }
}

/// The error, and that its sentence names a remedy and no stored value.
async fn refused(data: &str, keys: &str) -> StoreError {
    match Store::open(data, keys, &impatient()).await {
        Err(error) => error,
        Ok(_) => panic!("it opened"),
    }
}

#[test]
fn a_database_locked_by_another_process_is_busy_and_works_afterwards() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let store = Store::open(&db.data_url, &db.keys_url, &impatient()).await.unwrap();
        let mut other = SqliteConnection::connect(&db.data_url).await.unwrap();
        sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        let error = store.begin().await.map(drop).unwrap_err();
        assert!(matches!(error, StoreError::Busy(_)) && error.is_transient(), "{error:?}");
        assert!(error.to_string().contains("try again"), "{error}");
        assert_eq!(children::count(&mut store.reader().await.unwrap()).await.unwrap(), 0, "reading goes on");
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        children::put(&mut tx, &[child(1)]).await.unwrap();
        tx.commit().await.unwrap();
    });
}

#[test]
fn a_full_disk_undoes_the_transaction_and_keeps_what_was_acknowledged() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let options = Options { max_pages: Some(200), ..Options::default() };
        let store = Store::open(&db.data_url, &db.keys_url, &options).await.unwrap();
        let mut acknowledged = 0;
        let error = loop {
            let mut tx = store.begin_feed().await.unwrap();
            let rows: Vec<_> = (acknowledged..acknowledged + 100).map(child).collect();
            match children::put(&mut tx, &rows).await {
                Ok(_) => tx.commit().await.unwrap(),
                Err(error) => break error,
            }
            acknowledged += 100;
            assert!(acknowledged < 100_000, "it never filled");
        };
        assert!(matches!(error, StoreError::DiskFull(_)), "{error:?}");
        assert!(error.to_string().contains("free some space"), "{error}");
        assert_eq!(children::count(&mut store.reader().await.unwrap()).await.unwrap(), acknowledged as i64);
        store.close().await;
        let roomy = open(&db).await;
        let mut tx = roomy.begin().await.unwrap();
        children::put(&mut tx, &[child(acknowledged + 1)]).await.unwrap();
        tx.commit().await.unwrap();
    });
}

#[test]
fn a_server_that_drops_its_connections_is_gone_and_the_next_transaction_works() {
    block_on(async {
        let db = TestDatabases::postgres().await;
        let store = open(&db).await;
        let mut tx = store.begin_feed().await.unwrap();
        children::put(&mut tx, &[child(1)]).await.unwrap();
        let mut other = PgConnection::connect(&db.data_url).await.unwrap();
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
             AND pid <> pg_backend_pid()",
        )
        .execute(&mut other)
        .await
        .unwrap();
        let error = match children::put(&mut tx, &[child(2)]).await {
            Err(error) => error,
            Ok(_) => tx.commit().await.unwrap_err(),
        };
        assert!(matches!(error, StoreError::Gone(_)) && error.is_transient(), "{error:?}");
        assert!(error.to_string().contains("What was not acknowledged was not written"), "{error}");
        let mut tx = store.begin_feed().await.unwrap();
        assert_eq!(children::count(&mut tx).await.unwrap(), 0);
        children::put(&mut tx, &[child(1)]).await.unwrap();
        tx.commit().await.unwrap();
    });
}

#[test]
fn a_server_that_is_not_there_is_gone() {
    block_on(async {
        let error = refused("postgres://nobody@127.0.0.1:1/data", "postgres://nobody@127.0.0.1:1/keys").await;
        assert!(matches!(error, StoreError::Gone(_) | StoreError::Busy(_)), "{error:?}");
    });
}

#[test]
fn two_loads_that_lock_the_same_keys_wait_and_do_not_fail() {
    block_on(async {
        let db = TestDatabases::postgres().await;
        let store = open(&db).await;
        let mut first = store.begin_feed().await.unwrap();
        locks::lock_keys(&mut first, &[key(1), key(2)]).await.unwrap();
        let mut second = tokio::spawn({
            let store = store.clone();
            async move {
                let mut tx = store.begin_feed().await.unwrap();
                locks::lock_keys(&mut tx, &[key(2), key(1)]).await
            }
        });
        let mut third = store.begin_feed().await.unwrap();
        locks::lock_keys(&mut third, &[key(3)]).await.unwrap();
        let waited = tokio::time::timeout(Duration::from_millis(200), &mut second).await;
        assert!(waited.is_err(), "the second does not wait");
        first.commit().await.unwrap();
        second.await.unwrap().unwrap();
    });
}

#[test]
fn a_file_that_is_no_database_is_named_so() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        std::fs::create_dir_all(db.folder().join("data")).unwrap();
        std::fs::write(
            db.folder().join("data/data.db"),
            "not a database, but long enough to look at ".repeat(50),
        )
        .unwrap();
        let error = refused(&db.data_url, &db.keys_url).await;
        assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
        assert!(error.to_string().contains("restore"), "{error}");
    });
}

#[test]
fn data_and_keys_in_one_folder_are_refused() {
    block_on(async {
        let db = TestDatabases::sqlite().await;
        let error = refused(&db.data_url, &db.data_url.replace("data.db", "keys.db")).await;
        assert!(matches!(error, StoreError::Location(_)), "{error:?}");
        assert!(error.to_string().contains("folder of its own"), "{error}");
        let db = TestDatabases::postgres().await;
        assert!(matches!(refused(&db.data_url, &db.data_url).await, StoreError::Location(_)));
    });
}

#[test]
fn an_address_that_is_none_is_refused_without_repeating_it() {
    block_on(async {
        for bad in [
            "mysql://root:secret@db/x",
            "sqlite:",
            "sqlite::memory:",
            "postgres://a:secret@host:notaport/x",
            "",
        ] {
            let error = refused(bad, "sqlite:/tmp/never/keys.db").await;
            assert!(matches!(error, StoreError::Location(_)), "{bad}: {error:?}");
            assert!(!error.to_string().contains("secret"));
        }
    });
}

on_both_databases! {
    async fn exchanged_addresses_are_refused(db: TestDatabases) {
        open(&db).await.close().await;
        let error = refused(&db.keys_url, &db.data_url).await;
        assert!(matches!(error, StoreError::Schema(_)), "{error:?}");
        assert!(error.to_string().contains("exchanged"), "{error}");
    }

    async fn a_database_of_a_newer_program_is_refused(db: TestDatabases) {
        open(&db).await.close().await;
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     SELECT 9000, 'later', success, checksum, 1 FROM _sqlx_migrations WHERE version = 1";
        match db.engine() {
            testkit::Engine::Sqlite => {
                let mut c = SqliteConnection::connect(&db.data_url).await.unwrap();
                sqlx::query(newer).execute(&mut c).await.map(drop).unwrap();
            }
            testkit::Engine::Postgres => {
                let mut c = PgConnection::connect(&db.data_url).await.unwrap();
                sqlx::query(newer).execute(&mut c).await.map(drop).unwrap();
            }
        }
        let error = refused(&db.data_url, &db.keys_url).await;
        assert!(matches!(error, StoreError::Schema(_)), "{error:?}");
        assert!(error.to_string().contains("newer version"), "{error}");
    }
}
