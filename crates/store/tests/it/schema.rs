//! Rules about the whole schema: what may be clear, what a key must contain, that both engines agree.

use crate::fixtures::open;
use sqlx::{Connection, Row};
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Engine, TestDatabases, on_both_databases};

const LIST: &str = include_str!("../../schema/clear_columns.toml");
const DISTRIBUTED_BY: &str = "distributed by";

/// Store, table, column: its class.
type Listed = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

/// Table, column: its type; and the columns of its primary key.
#[derive(Debug, Default, PartialEq, Eq)]
struct Real {
    columns: BTreeMap<String, BTreeMap<String, String>>,
    keys: BTreeMap<String, BTreeSet<String>>,
}

async fn real(db: &TestDatabases, url: &str) -> Real {
    let mut real = Real::default();
    match db.engine() {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            let rows = sqlx::query(
                "SELECT t.name, c.name, c.type, c.pk, t.strict FROM pragma_table_list t, pragma_table_xinfo(t.name) c \
                 WHERE t.type = 'table' AND t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' \
                 AND t.name <> '_sqlx_migrations'",
            )
            .fetch_all(&mut connection)
            .await
            .unwrap();
            for row in rows {
                let (table, column): (String, String) = (row.get(0), row.get(1));
                assert_eq!(row.get::<i64, _>(4), 1, "{table} is STRICT");
                if row.get::<i64, _>(3) > 0 {
                    real.keys.entry(table.clone()).or_default().insert(column.clone());
                }
                real.columns.entry(table).or_default().insert(column, row.get(2));
            }
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let rows = sqlx::query(
                "SELECT table_name::text, column_name::text, data_type::text, collation_name::text \
                 FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
            )
            .fetch_all(&mut connection)
            .await
            .unwrap();
            for row in rows {
                let (table, column, kind): (String, String, String) = (row.get(0), row.get(1), row.get(2));
                if kind == "text" {
                    assert_eq!(
                        row.get::<Option<String>, _>(3).as_deref(),
                        Some("C"),
                        "{table}.{column} sorts by byte"
                    );
                }
                real.columns.entry(table).or_default().insert(column, kind);
            }
            let rows = sqlx::query(
                "SELECT c.relname::text, a.attname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
                 JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
                 AND a.attnum = ANY(i.indkey) WHERE i.indisprimary AND n.nspname = 'public' \
                 AND c.relname <> '_sqlx_migrations'",
            )
            .fetch_all(&mut connection)
            .await
            .unwrap();
            for row in rows {
                real.keys.entry(row.get(0)).or_default().insert(row.get(1));
            }
        }
    }
    real
}

/// Types a class may have: no floating point, no date, no JSON, nothing that is not in this list.
fn permitted(engine: Engine, class: &str) -> &'static [&'static str] {
    match (engine, class) {
        (Engine::Sqlite, "random" | "keyed" | "sealed") => &["BLOB"],
        (Engine::Sqlite, _) => &["INTEGER", "TEXT", "BLOB"],
        (Engine::Postgres, "random") => &["uuid"],
        (Engine::Postgres, "keyed" | "sealed") => &["bytea"],
        (Engine::Postgres, _) => &["bigint", "text", "boolean", "bytea"],
    }
}

on_both_databases! {
    async fn every_column_is_sealed_keyed_random_or_clear_for_a_stated_reason(db: TestDatabases) {
        open(&db).await.close().await;
        let listed: Listed = toml::from_str(LIST).unwrap();
        for (store, url) in [("data", &db.data_url), ("keys", &db.keys_url)] {
            let listed = &listed[store];
            let real = real(&db, url).await;
            assert_eq!(
                listed.keys().collect::<Vec<_>>(),
                real.columns.keys().collect::<Vec<_>>(),
                "tables of the {store} store"
            );
            for (table, columns) in &real.columns {
                let mut expected: Vec<&String> = listed[table].keys().filter(|c| *c != DISTRIBUTED_BY).collect();
                expected.sort();
                assert_eq!(expected, columns.keys().collect::<Vec<_>>(), "columns of {table}: list them with a reason");
                for (column, kind) in columns {
                    let class = listed[table][column].as_str();
                    assert!(
                        matches!(class, "random" | "keyed" | "sealed")
                            || class.strip_prefix("clear: ").is_some_and(|reason| reason.len() > 3),
                        "{table}.{column} has the class {class}"
                    );
                    assert!(
                        permitted(db.engine(), class).contains(&kind.as_str()),
                        "{table}.{column} is {class} and may not be {kind}"
                    );
                }
            }
        }
    }

    async fn every_primary_key_contains_its_distribution_key(db: TestDatabases) {
        open(&db).await.close().await;
        let listed: Listed = toml::from_str(LIST).unwrap();
        for (store, url) in [("data", &db.data_url), ("keys", &db.keys_url)] {
            let real = real(&db, url).await;
            for (table, columns) in &listed[store] {
                let key = &real.keys[table];
                assert!(key.contains(&columns[DISTRIBUTED_BY]), "{table}: {key:?}");
            }
        }
    }

    async fn nothing_clear_stands_beside_a_child_but_what_the_design_names(db: TestDatabases) {
        open(&db).await.close().await;
        let listed: Listed = toml::from_str(LIST).unwrap();
        let clear: Vec<&String> = listed["data"]["child"]
            .iter()
            .filter(|(column, class)| *column != DISTRIBUTED_BY && class.starts_with("clear"))
            .map(|(column, _)| column)
            .collect();
        assert_eq!(clear, ["authority", "readable_from", "retention_month", "version"]);
    }

    async fn every_statement_can_be_prepared(db: TestDatabases) {
        let store = open(&db).await;
        assert_eq!(store.check_statements().await.unwrap(), Vec::<String>::new());
    }

    async fn no_statement_reads_a_whole_table_that_grows(db: TestDatabases) {
        let store = open(&db).await;
        let mut scans = store.full_scans().await.unwrap();
        let may = [
            // Counts for the machine room.
            "audit::COUNT: ", "children::COUNT: ", "match_keys::COUNT: ", "search_keys::COUNT: ",
            "source_records::COUNT: ", "key_store::COUNT_BUNDLES: ",
            // Once a rotation of keys, beside everybody's work.
            "key_store::OLDEST_IN_USE: ",
            // A queue that the sequencer keeps short.
            "audit::COUNT_PENDING: ", "audit::PENDING: p",
            // The ends of ordered tables.
            "audit::LAST_LINK: ", "audit::LAST_CHECKPOINT: ",
            // A handful of rows.
            "organisations::ALL: ", "sources::ALL: ", "key_store::GENERATIONS: ", "key_store::ROOT_KEYS: ",
            "key_store::DESTROY_GENERATION: r",
            // A day or two of each source.
            "inbox::DAYS: i",
            // A week of each source's files, forgotten afterwards.
            "uploads::DUE: upload",
            // Shown for the foreign key, and passed over while no key is missing its parent.
            "sources::PUT: source_record", "organisations::PUT: ",
            // Pages with a limit, in the order of the key; failed sign-ins, swept now and then.
            "accounts::ALL: ", "account_lists::ORGANISATIONS: ", "attempts::REMOVE_BEFORE: ",
            "key_store::APPEND_JOURNAL: ",
        ];
        scans.retain(|scan| !may.iter().any(|name| scan.contains(name)));
        assert_eq!(scans, Vec::<String>::new());
    }

    async fn opening_twice_changes_nothing(db: TestDatabases) {
        open(&db).await.close().await;
        let before = real(&db, &db.data_url).await;
        open(&db).await.close().await;
        assert_eq!(real(&db, &db.data_url).await, before);
    }
}

#[test]
fn both_engines_have_the_same_tables_columns_and_keys() {
    testkit::block_on(async {
        let sqlite = TestDatabases::sqlite().await;
        let postgres = TestDatabases::empty_on(Engine::Postgres).await;
        open(&sqlite).await.close().await;
        open(&postgres).await.close().await;
        for pick in [|db: &TestDatabases| db.data_url.clone(), |db: &TestDatabases| db.keys_url.clone()] {
            let (a, b) = (real(&sqlite, &pick(&sqlite)).await, real(&postgres, &pick(&postgres)).await);
            let names = |real: &Real| -> Vec<(String, Vec<String>)> {
                real.columns.iter().map(|(t, c)| (t.clone(), c.keys().cloned().collect())).collect()
            };
            assert_eq!(names(&a), names(&b));
            assert_eq!(a.keys, b.keys);
        }
    });
}
