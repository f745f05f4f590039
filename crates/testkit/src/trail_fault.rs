//! An audit trail that can be put out of order: no entry can be written until it is in order again.

use sqlx::{AssertSqlSafe, Connection as _};
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;

use crate::{Engine, TestDatabases};

/// The switch of one data store's trail. In order at first.
pub struct TrailFault(Raw);

enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

const SWITCH: &str = "CREATE TABLE trail_fault (broken BIGINT NOT NULL); INSERT INTO trail_fault VALUES (0);";

const ON_SQLITE: &str = "CREATE TRIGGER trail_fault BEFORE INSERT ON audit_entry \
    WHEN (SELECT broken FROM trail_fault) = 1 BEGIN SELECT RAISE(ABORT, 'the trail is out of order'); END;";

const ON_POSTGRES: &str = "CREATE FUNCTION trail_fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    IF (SELECT broken FROM trail_fault) = 1 THEN RAISE EXCEPTION 'the trail is out of order'; END IF; RETURN NEW; END $$; \
    CREATE TRIGGER trail_fault BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION trail_fault();";

impl TrailFault {
    /// Puts the switch into a data store whose tables are there.
    ///
    /// # Panics
    /// If the store cannot be reached or has no trail.
    pub async fn of(db: &TestDatabases) -> Self {
        let (raw, trigger) = match db.engine() {
            Engine::Sqlite => {
                (Raw::Sqlite(SqliteConnection::connect(&db.data_url).await.unwrap()), ON_SQLITE)
            }
            Engine::Postgres => {
                (Raw::Postgres(PgConnection::connect(&db.data_url).await.unwrap()), ON_POSTGRES)
            }
        };
        let mut fault = Self(raw);
        fault.run(&format!("{SWITCH} {trigger}")).await;
        fault
    }

    /// Puts the trail out of order, or in order again.
    pub async fn set(&mut self, broken: bool) {
        self.run(&format!("UPDATE trail_fault SET broken = {}", i32::from(broken))).await;
    }

    async fn run(&mut self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match &mut self.0 {
            Raw::Sqlite(connection) => sql.execute(connection).await.map(drop),
            Raw::Postgres(connection) => sql.execute(connection).await.map(drop),
        }
        .unwrap();
    }
}
