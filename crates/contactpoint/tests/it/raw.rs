//! The databases as somebody sees them who has stolen them: every table, through a connection of the test's own.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Column as _, Connection as _, Row as _, TypeInfo as _, ValueRef as _};
use sqlx_postgres::{PgConnection, PgRow};
use sqlx_sqlite::{SqliteConnection, SqliteRow};

/// A stored value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    Nothing,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Cell {
    pub fn number(&self) -> i64 {
        match self {
            Self::Number(number) => *number,
            other => panic!("{other:?} is no number"),
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            other => panic!("{other:?} is no bytes"),
        }
    }
}

/// One row by the names of its columns.
pub type Row = BTreeMap<String, Cell>;

/// A connection to one database.
pub enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    pub async fn connect(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            Self::Sqlite(SqliteConnection::connect(url).await.unwrap())
        } else {
            Self::Postgres(PgConnection::connect(url).await.unwrap())
        }
    }

    pub async fn run(&mut self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(c) => sqlx::raw_sql(sql).execute(c).await.map(drop),
            Self::Postgres(c) => sqlx::raw_sql(sql).execute(c).await.map(drop),
        }
        .unwrap();
    }

    /// From now on sees one unchanging state.
    pub async fn hold_still(&mut self) {
        self.run(match self {
            Self::Sqlite(_) => "BEGIN",
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })
        .await;
    }

    /// Every row of a table.
    pub async fn table(&mut self, name: &str) -> Vec<Row> {
        self.rows(&format!("SELECT * FROM {name}")).await
    }

    pub async fn count(&mut self, table: &str) -> i64 {
        self.rows(&format!("SELECT count(*) AS n FROM {table}")).await[0]["n"].number()
    }

    pub async fn rows(&mut self, sql: &str) -> Vec<Row> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(c) => sqlx::query(sql).fetch_all(c).await.unwrap().iter().map(of_sqlite).collect(),
            Self::Postgres(c) => {
                sqlx::query(sql).fetch_all(c).await.unwrap().iter().map(of_postgres).collect()
            }
        }
    }
}

fn of_sqlite(row: &SqliteRow) -> Row {
    let cell = |at: usize| {
        let value = row.try_get_raw(at).unwrap();
        if value.is_null() {
            return Cell::Nothing;
        }
        match value.type_info().name() {
            "INTEGER" | "BOOLEAN" => Cell::Number(row.get(at)),
            "TEXT" => Cell::Text(row.get(at)),
            "BLOB" => Cell::Bytes(row.get(at)),
            other => panic!("a column of type {other}"),
        }
    };
    row.columns().iter().enumerate().map(|(at, column)| (column.name().to_owned(), cell(at))).collect()
}

fn of_postgres(row: &PgRow) -> Row {
    let cell = |at: usize| {
        let value = row.try_get_raw(at).unwrap();
        if value.is_null() {
            return Cell::Nothing;
        }
        match value.type_info().name() {
            "INT8" => Cell::Number(row.get(at)),
            "BOOL" => Cell::Number(row.get::<bool, _>(at).into()),
            "TEXT" => Cell::Text(row.get(at)),
            "BYTEA" => Cell::Bytes(row.get(at)),
            "UUID" => Cell::Bytes(row.get::<sqlx::types::Uuid, _>(at).as_bytes().to_vec()),
            other => panic!("a column of type {other}"),
        }
    };
    row.columns().iter().enumerate().map(|(at, column)| (column.name().to_owned(), cell(at))).collect()
}
