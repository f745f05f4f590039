//! A database that an earlier program made is brought to today's without losing who may do what or what was done.

use std::path::PathBuf;

use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, Executor};
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;
use store::audit::LookupKind;
use store::{Key16, accounts, audit, organisations};
use testkit::{Engine, TestDatabases, on_both_databases};

use crate::fixtures::{id, key, open};

/// A database as the first release left it, with what `fill` puts into it.
async fn made_at_the_first_migration(db: &TestDatabases, fill: &str) {
    let folder = match db.engine() {
        Engine::Sqlite => "migrations/data/sqlite",
        Engine::Postgres => "migrations/data/postgres",
    };
    let all = Migrator::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)).await.unwrap();
    let fill = sqlx::raw_sql(AssertSqlSafe(fill.to_owned()));
    match db.engine() {
        Engine::Sqlite => {
            std::fs::create_dir_all(db.folder().join("data")).unwrap();
            let mut connection =
                SqliteConnection::connect(&format!("{}?mode=rwc", db.data_url)).await.unwrap();
            all.run_to(1, &mut connection).await.unwrap();
            connection.execute(fill).await.unwrap();
            connection.close().await.unwrap();
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(&db.data_url).await.unwrap();
            all.run_to(1, &mut connection).await.unwrap();
            connection.execute(fill).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

fn uuid(engine: Engine, n: u64) -> String {
    match engine {
        Engine::Sqlite => format!("x'{}'", id(n).simple()),
        Engine::Postgres => format!("'{}'", id(n)),
    }
}

fn bytes(engine: Engine, key: Key16) -> String {
    let hex: String = key.0.iter().map(|byte| format!("{byte:02x}")).collect();
    match engine {
        Engine::Sqlite => format!("x'{hex}'"),
        Engine::Postgres => format!("'\\x{hex}'"),
    }
}

on_both_databases! {
    async fn accounts_keep_their_roles_at_their_own_organisation_and_look_ups_gain_their_times(db: TestDatabases) {
        let engine = db.engine();
        let db = TestDatabases::empty_on(engine).await;
        let (organisation, nurse, manager, idle) = (uuid(engine, 1), uuid(engine, 2), uuid(engine, 3), uuid(engine, 4));
        let (first, second) = (uuid(engine, 10), uuid(engine, 11));
        let account = |account: &str, n: u64, roles: &str| {
            format!(
                "INSERT INTO account (account_id, username_key, organisation_id, state, sealed, password_hash, clearance_until, \
                 training_until, roles) VALUES ({account}, {key}, {organisation}, 'active', {key}, 'hash', 7, 8, '{roles}');",
                key = bytes(engine, key(n)),
            )
        };
        let entry = |entry: &str, at: i64| {
            format!(
                "INSERT INTO audit_entry (entry_id, at, header, body, month) VALUES ({entry}, {at}, 'h', {}, '2026-03');",
                bytes(engine, key(99)),
            )
        };
        let lookup = |kind: &str, n: u64, entry: &str| {
            format!("INSERT INTO audit_lookup (kind, lookup_key, entry_id) VALUES ('{kind}', {}, {entry});", bytes(engine, key(n)))
        };
        let fill = [
            format!(
                "INSERT INTO organisation (organisation_id, kind, authority_code, name, state, accredited_until) \
                 VALUES ({organisation}, 'authority', 'E08000035', 'Leeds', 'accredited', NULL);"
            ),
            account(&nurse, 2, "[\"practitioner\"]"),
            account(&manager, 3, "[\"manager\", \"user_manager\", \"manager\"]"),
            account(&idle, 4, "[]"),
            entry(&first, 1_000),
            entry(&second, 2_000),
            lookup("child", 20, &first),
            lookup("child", 20, &second),
            lookup("account", 21, &first),
        ]
        .concat();
        made_at_the_first_migration(&db, &fill).await;

        let store = open(&db).await;
        let mut conn = store.reader().await.unwrap();
        for (n, expected) in [(2, vec!["practitioner"]), (3, vec!["manager", "shield_desk", "user_manager"]), (4, vec![])] {
            let held = accounts::roles_of(&mut conn, id(n)).await.unwrap();
            assert_eq!(held.iter().map(|held| held.role.as_str()).collect::<Vec<_>>(), expected);
            assert!(held.iter().all(|held| held.organisation_id == id(1)), "at the organisation they worked for");
            let row = accounts::by_id(&mut conn, id(n)).await.unwrap().unwrap();
            assert_eq!((row.clearance_until, row.training_until, row.version), (Some(7), Some(8), 1));
        }
        let leeds = organisations::by_id(&mut conn, id(1)).await.unwrap().unwrap();
        assert!(leeds.capabilities.contains("staff_query"), "what was accredited as a whole is on: {}", leeds.capabilities);
        let newest_first = audit::by_lookup(&mut conn, LookupKind::Child, key(20), 10).await.unwrap();
        assert_eq!(newest_first.iter().map(|entry| (entry.entry_id, entry.at)).collect::<Vec<_>>(), [(id(11), 2_000), (id(10), 1_000)]);
        let by_account = audit::by_lookup(&mut conn, LookupKind::Account, key(21), 10).await.unwrap();
        assert_eq!(by_account.len(), 1);
        drop(conn);
        store.close().await;
        assert_eq!(times(&db).await, [1_000, 1_000, 2_000], "each look-up has its entry's time");
        made_append_only(&db).await;
    }
}

async fn times(db: &TestDatabases) -> Vec<i64> {
    let sql = "SELECT at FROM audit_lookup ORDER BY at, kind";
    match db.engine() {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(&db.data_url).await.unwrap();
            sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(&db.data_url).await.unwrap();
            sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
        }
    }
}

/// The table that took the old one's place is guarded as the old one was.
async fn made_append_only(db: &TestDatabases) {
    for sql in ["UPDATE audit_lookup SET at = 0", "DELETE FROM audit_lookup"] {
        let refused = match db.engine() {
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(&db.data_url).await.unwrap();
                connection.execute(sql).await.is_err()
            }
            Engine::Postgres => {
                let mut connection = PgConnection::connect(&db.data_url).await.unwrap();
                connection.execute(sql).await.is_err()
            }
        };
        assert!(refused, "{sql}");
    }
}
