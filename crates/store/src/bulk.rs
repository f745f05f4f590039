//! Writing many rows with few round trips.
//!
//! PostgreSQL takes one array per column and unnests them. SQLite takes multi-row `VALUES` in chunks of a few fixed
//! sizes, so that every text it is ever given sits prepared in the statement cache.

use crate::conn::Borrowed;
use crate::{Conn, Key16, Result};
use sqlx::{Arguments, AssertSqlSafe};
use sqlx_sqlite::SqliteArguments;
use uuid::Uuid;

/// A statement that writes rows: `INSERT INTO t (…)`, the rows, then an `ON CONFLICT …`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bulk {
    pub head: &'static str,
    pub columns: &'static [ColumnType],
    pub tail: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Int,
    Id,
    Blob,
    Text,
}

/// The values of one column, in row order.
pub(crate) enum Column<'a> {
    Int(Vec<i64>),
    Id(Vec<Uuid>),
    Key(Vec<Key16>),
    Blob(Vec<&'a [u8]>),
    OptBlob(Vec<Option<&'a [u8]>>),
    Text(Vec<&'a str>),
}

/// Chunk sizes on SQLite, largest first; a remainder goes down to single rows.
const CHUNKS: [usize; 4] = [128, 32, 8, 1];

/// Declares the bulk statements of a module as constants and registers them, like `statements!`.
macro_rules! bulk_statements {
    ($($name:ident = $bulk:expr;)*) => {
        $(const $name: $crate::bulk::Bulk = $bulk;)*
        pub(crate) const BULK_STATEMENTS: &[(&str, $crate::bulk::Bulk)] =
            &[$((concat!(module_path!(), "::", stringify!($name)), $name)),*];
    };
}
pub(crate) use bulk_statements;

impl ColumnType {
    fn postgres(self) -> &'static str {
        match self {
            Self::Int => "bigint[]",
            Self::Id => "uuid[]",
            Self::Blob => "bytea[]",
            Self::Text => "text[]",
        }
    }
}

impl Bulk {
    pub fn postgres_text(&self) -> String {
        let arrays: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(i, t)| format!("CAST(${} AS {})", i + 1, t.postgres()))
            .collect();
        format!("{} SELECT * FROM unnest({}) {}", self.head, arrays.join(", "), self.tail)
    }

    pub fn sqlite_text(&self, rows: usize) -> String {
        let width = self.columns.len();
        let mut text = String::with_capacity(self.head.len() + self.tail.len() + rows * width * 6);
        text.push_str(self.head);
        text.push_str(" VALUES ");
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..width {
                if column > 0 {
                    text.push_str(", ");
                }
                text.push('?');
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.tail);
        text
    }

    /// Writes the rows; returns how many were written or changed.
    pub async fn run<S>(&self, conn: &mut Conn<S>, rows: usize, columns: &[Column<'_>]) -> Result<u64> {
        if rows == 0 {
            return Ok(0);
        }
        match conn.borrow() {
            Borrowed::Postgres(c) => {
                let mut query = sqlx::query(AssertSqlSafe(self.postgres_text()));
                for column in columns {
                    query = match column {
                        Column::Int(values) => query.bind(values.as_slice()),
                        Column::Id(values) => query.bind(values.as_slice()),
                        Column::Key(values) => query.bind(values.as_slice()),
                        Column::Blob(values) => query.bind(values.as_slice()),
                        Column::OptBlob(values) => query.bind(values.as_slice()),
                        Column::Text(values) => query.bind(values.as_slice()),
                    };
                }
                Ok(query.execute(&mut *c).await?.rows_affected())
            }
            Borrowed::Sqlite(c) => {
                let (mut start, mut written) = (0, 0);
                while start < rows {
                    let chunk = CHUNKS.into_iter().find(|size| *size <= rows - start).unwrap_or(1);
                    let mut arguments = SqliteArguments::default();
                    arguments.reserve(chunk * columns.len(), 0);
                    for row in start..start + chunk {
                        for column in columns {
                            column.add(row, &mut arguments).map_err(sqlx::Error::Encode)?;
                        }
                    }
                    let query = sqlx::query_with(AssertSqlSafe(self.sqlite_text(chunk)), arguments);
                    written += query.execute(&mut *c).await?.rows_affected();
                    start += chunk;
                }
                Ok(written)
            }
        }
    }
}

impl Column<'_> {
    fn add(
        &self,
        row: usize,
        arguments: &mut SqliteArguments,
    ) -> std::result::Result<(), sqlx::error::BoxDynError> {
        // A column shorter than the batch would be a fault of this crate; NULL then meets NOT NULL and is refused.
        match self {
            Self::Int(values) => Arguments::add(arguments, values.get(row).copied()),
            Self::Id(values) => Arguments::add(arguments, values.get(row).copied()),
            Self::Key(values) => Arguments::add(arguments, values.get(row).copied()),
            Self::Blob(values) => Arguments::add(arguments, values.get(row).copied()),
            Self::OptBlob(values) => Arguments::add(arguments, values.get(row).copied().flatten()),
            Self::Text(values) => Arguments::add(arguments, values.get(row).copied()),
        }
    }
}
