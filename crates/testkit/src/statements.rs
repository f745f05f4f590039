//! An ear at the database driver: every statement, with how many rows it changed and gave, so that a test can compare what two
//! requests cost (DESIGN.md, section 6.17). And how many rows every table has.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _};
use sqlx_postgres::PgConnection;
use sqlx_sqlite::SqliteConnection;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

use crate::{Engine, TestDatabases};

/// What was heard since it was asked last.
#[derive(Clone, Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Listens to this process from now on. Once in a test: it is the process's only subscriber.
    #[must_use]
    pub fn listen() -> Self {
        let ear = Self::default();
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(ear.clone())).unwrap();
        ear
    }

    /// What was heard since it was asked last, once nothing more comes: an embedded database tells it from a thread of its own.
    pub async fn settled(&self) -> Vec<String> {
        let mut before = None;
        loop {
            let heard = self.0.lock().unwrap().len();
            if before == Some(heard) {
                let mut heard = std::mem::take(&mut *self.0.lock().unwrap());
                heard.sort_unstable();
                return heard;
            }
            before = Some(heard);
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        // What sets up a connection is a matter of time.
        if event.metadata().target() == "sqlx::query" && !line.0.contains("PRAGMA ") {
            self.0.lock().unwrap().push(line.0);
        }
    }
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if ["db.statement", "summary", "rows_affected", "rows_returned"].contains(&field.name()) {
            self.0.push_str(&format!("{}: {value:?} ", field.name()));
        }
    }
}

/// How many rows each table of both databases has, the trail's among them.
pub async fn table_sizes(db: &TestDatabases) -> BTreeMap<String, i64> {
    let mut sizes = BTreeMap::new();
    for url in [&db.data_url, &db.keys_url] {
        match db.engine() {
            Engine::Sqlite => {
                let mut conn = SqliteConnection::connect(url).await.unwrap();
                let tables =
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
                let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut conn).await.unwrap();
                for table in tables {
                    let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
                    sizes.insert(table, sqlx::query_scalar(count).fetch_one(&mut conn).await.unwrap());
                }
            }
            Engine::Postgres => {
                let mut conn = PgConnection::connect(url).await.unwrap();
                let tables = "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = 'public'";
                let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut conn).await.unwrap();
                for table in tables {
                    let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
                    sizes.insert(table, sqlx::query_scalar(count).fetch_one(&mut conn).await.unwrap());
                }
            }
        }
    }
    sizes
}
