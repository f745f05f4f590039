//! The harness gives each test databases of its own and takes them away again.

use sqlx::{Connection, Row};
use sqlx_postgres::PgConnection;
use testkit::{Engine, TestDatabases, block_on, on_both_databases};

on_both_databases! {
    async fn each_test_has_two_databases_of_its_own(db: TestDatabases) {
        let other = TestDatabases::on(db.engine()).await;
        let urls = [&db.data_url, &db.keys_url, &other.data_url, &other.keys_url];
        for (i, url) in urls.iter().enumerate() {
            assert!(!urls[..i].contains(url));
        }
        for folder in db.folders_on_disk().await {
            assert!(folder.is_dir(), "{} is a folder", folder.display());
        }
    }
}

#[test]
fn a_copied_pair_holds_what_was_prepared_once() {
    block_on(async {
        let name = format!("own_{:08x}", std::process::id());
        for round in 0..2 {
            let db = TestDatabases::postgres_copied(&name, |data, _keys| async move {
                assert_eq!(round, 0, "prepared once");
                let mut connection = PgConnection::connect(&data).await.unwrap();
                sqlx::raw_sql("CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (42)")
                    .execute(&mut connection)
                    .await
                    .unwrap();
                connection.close().await.unwrap();
            })
            .await;
            assert_eq!(db.engine(), Engine::Postgres);
            let mut connection = PgConnection::connect(&db.data_url).await.unwrap();
            let x: i64 = sqlx::query("SELECT x FROM t").fetch_one(&mut connection).await.unwrap().get(0);
            assert_eq!(x, 42);
        }
        TestDatabases::drop_template(&name).await;
    });
}

#[test]
fn the_schema_stands_in_a_new_pair_and_in_an_empty_one_nothing() {
    block_on(async {
        for (db, tables) in [
            (TestDatabases::postgres().await, true),
            (TestDatabases::empty_on(Engine::Postgres).await, false),
        ] {
            for url in [&db.data_url, &db.keys_url] {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let count: i64 = sqlx::query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
                    .fetch_one(&mut connection)
                    .await
                    .unwrap()
                    .get(0);
                assert_eq!(count > 0, tables, "{url}");
            }
        }
    });
}

#[test]
fn dropped_databases_are_gone() {
    block_on(async {
        let db = TestDatabases::postgres().await;
        let url = db.data_url.clone();
        PgConnection::connect(&url).await.unwrap().close().await.unwrap();
        drop(db);
        assert!(PgConnection::connect(&url).await.is_err());
    });
}
