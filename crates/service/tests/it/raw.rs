//! The databases as somebody sees them who has stolen them: through a connection of the test's own.

use sqlx::{AssertSqlSafe, Connection as _};
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;
use testkit::{Engine, TestDatabases};
use uuid::Uuid;
use vault::WrappedRootKey;

pub enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

macro_rules! on {
    ($raw:expr, $c:ident => $body:expr) => {
        match $raw {
            Raw::Sqlite($c) => $body,
            Raw::Postgres($c) => $body,
        }
    };
}

impl Raw {
    pub async fn data(db: &TestDatabases) -> Self {
        Self::connect(db, &db.data_url).await
    }

    pub async fn keys(db: &TestDatabases) -> Self {
        Self::connect(db, &db.keys_url).await
    }

    async fn connect(db: &TestDatabases, url: &str) -> Self {
        match db.engine() {
            Engine::Sqlite => Self::Sqlite(SqliteConnection::connect(url).await.unwrap()),
            Engine::Postgres => Self::Postgres(PgConnection::connect(url).await.unwrap()),
        }
    }

    pub async fn run(&mut self, sql: &str) {
        on!(self, c => sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(c).await.map(drop)).unwrap();
    }

    pub async fn number(&mut self, sql: &str) -> i64 {
        on!(self, c => sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(c).await).unwrap()
    }

    pub async fn texts(&mut self, sql: &str) -> Vec<String> {
        on!(self, c => sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(c).await).unwrap()
    }

    pub async fn ids(&mut self, sql: &str) -> Vec<Uuid> {
        on!(self, c => sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(c).await).unwrap()
    }

    pub async fn blobs(&mut self, sql: &str) -> Vec<Vec<u8>> {
        on!(self, c => sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(c).await).unwrap()
    }

    /// The root keys, wrapped.
    pub async fn root_keys(&mut self) -> Vec<WrappedRootKey> {
        const ORDER: &str = "FROM root_key ORDER BY name, epoch";
        let names = self.texts(&format!("SELECT name {ORDER}")).await;
        let epochs = self.texts(&format!("SELECT CAST(epoch AS TEXT) {ORDER}")).await;
        let under = format!("SELECT coalesce(CAST(generation AS TEXT), 'none') {ORDER}");
        let generations = self.texts(&under).await;
        let wrapped = self.blobs(&format!("SELECT wrapped {ORDER}")).await;
        let rows = names.into_iter().zip(epochs).zip(generations).zip(wrapped);
        rows.map(|(((name, epoch), generation), wrapped)| WrappedRootKey {
            name,
            epoch: epoch.parse().unwrap(),
            generation: generation.parse().ok(),
            wrapped,
        })
        .collect()
    }

    /// The place in the chain of the first entry whose header holds this text.
    pub async fn seq_of(&mut self, text: &str) -> i64 {
        self.number(&format!(
            "SELECT min(c.seq) FROM audit_chain c JOIN audit_entry e ON e.entry_id = c.entry_id \
             WHERE e.header LIKE '%{text}%'"
        ))
        .await
    }

    pub async fn count(&mut self, table: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM {table}")).await
    }

    /// The headers of the trail in clear, without the ids that differ by chance, sorted.
    pub async fn headers(&mut self) -> Vec<String> {
        let texts = self.texts("SELECT header FROM audit_entry").await;
        let mut shapes: Vec<String> = texts
            .iter()
            .map(|text| {
                let mut header: serde_json::Value = serde_json::from_str(text).unwrap();
                for id in ["entry_id", "account", "organisation", "child"] {
                    let known = !header[id].is_null();
                    header[id] = known.into();
                }
                header.to_string()
            })
            .collect();
        shapes.sort();
        shapes
    }

    /// How many entries of an action the trail has.
    pub async fn entries(&mut self, action: &str) -> usize {
        let wanted = format!("\"action\":\"{action}\"");
        let texts = self.texts("SELECT header FROM audit_entry").await;
        texts.iter().filter(|text| text.contains(&wanted)).count()
    }

    /// From now on the engine refuses every new entry of the trail.
    pub async fn break_the_trail(&mut self) {
        self.run(match self {
            Self::Sqlite(_) => {
                "CREATE TRIGGER broken BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'broken'); END"
            }
            Self::Postgres(_) => {
                "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'broken'; END $$; \
                 CREATE TRIGGER broken BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION broken()"
            }
        })
        .await;
    }

    /// Whoever appends to the journal waits. SQLite would make every other writer of keys wait too: there, nobody does.
    pub async fn hold_the_journal(&mut self) {
        if let Self::Postgres(_) = self {
            self.run("BEGIN; LOCK TABLE journal IN EXCLUSIVE MODE").await;
        }
    }

    pub async fn let_the_journal_go(&mut self) {
        if let Self::Postgres(_) = self {
            self.run("COMMIT").await;
        }
    }

    /// Somebody with the engine's highest rights takes the guards off the trail.
    pub async fn unguard_the_trail(&mut self) {
        let sql = match self {
            Self::Sqlite(_) => {
                "DROP TRIGGER audit_entry_is_not_updated; DROP TRIGGER audit_entry_is_not_deleted; \
                 DROP TRIGGER audit_checkpoint_is_not_updated"
            }
            Self::Postgres(_) => {
                "ALTER TABLE audit_entry DISABLE TRIGGER USER; ALTER TABLE audit_checkpoint DISABLE TRIGGER USER"
            }
        };
        self.run(sql).await;
    }
}
