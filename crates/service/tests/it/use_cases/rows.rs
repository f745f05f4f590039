//! Everything that stands in both databases but the trail, to tell whether a call left anything behind.

use std::collections::{BTreeMap, BTreeSet};

use testkit::{Engine, TestDatabases};

use crate::raw::Raw;

/// The rows of every table, as text, by table.
pub type Rows = BTreeMap<String, Vec<String>>;

/// One statement a database, which reads every row of every table but the trail's.
pub struct Reading {
    databases: [(Raw, String); 2],
}

impl Reading {
    pub async fn of(db: &TestDatabases) -> Self {
        let mut databases = [(Raw::data(db).await, String::new()), (Raw::keys(db).await, String::new())];
        for (raw, statement) in &mut databases {
            *statement = match db.engine() {
                Engine::Sqlite => sqlite(raw).await,
                Engine::Postgres => postgres(raw).await,
            };
        }
        Self { databases }
    }

    pub async fn rows(&mut self) -> Rows {
        let mut found = Rows::new();
        for (raw, statement) in &mut self.databases {
            for line in raw.texts(statement).await {
                let (table, row) = line.split_once(':').unwrap();
                found.entry(table.to_owned()).or_default().push(row.to_owned());
            }
        }
        for rows in found.values_mut() {
            rows.sort_unstable();
        }
        found
    }
}

/// The tables that differ.
pub fn differing(before: &Rows, after: &Rows) -> Vec<String> {
    let tables: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    tables.into_iter().filter(|table| before.get(*table) != after.get(*table)).cloned().collect()
}

async fn sqlite(raw: &mut Raw) -> String {
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'audit%' \
                  AND name NOT LIKE 'sqlite%' ORDER BY name";
    let mut parts = Vec::new();
    for table in raw.texts(tables).await {
        let columns = raw.texts(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
        let values: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        parts.push(format!("SELECT '{table}:' || {} FROM {table}", values.join(" || ',' || ")));
    }
    assert!(!parts.is_empty());
    parts.join(" UNION ALL ")
}

async fn postgres(raw: &mut Raw) -> String {
    let tables = "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = 'public' \
                  AND tablename NOT LIKE 'audit%' ORDER BY 1";
    let tables = raw.texts(tables).await;
    let part = |table: &String| format!("SELECT '{table}:' || CAST(x AS text) FROM {table} x");
    let parts: Vec<String> = tables.iter().map(part).collect();
    assert!(!parts.is_empty());
    parts.join(" UNION ALL ")
}
