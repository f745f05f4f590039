//! Rows that were put aside, with the place and the rule of each fault, never the value (law 8).

use crate::Result;
use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use uuid::Uuid;

/// One fault of one row.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QuarantineRow {
    /// The run.
    pub run_id: Uuid,
    /// The row in its file; the header is row 1.
    pub row_number: i64,
    /// The column, or empty when the row as a whole is at fault.
    pub field: String,
    /// The code of the rule that was broken.
    pub rule: String,
    /// Length of the offending value in bytes.
    pub length: i64,
    /// The whole row, sealed under the run's expiring key; on the row's first fault only, and never for forbidden content
    /// (decision 14).
    pub sealed: Option<Vec<u8>>,
}

statements! {
    OF_RUN = Sql::both(
        "SELECT run_id, row_number, field, rule, length, sealed FROM quarantine WHERE run_id = $1 \
         AND row_number > $2 ORDER BY row_number, field, rule LIMIT $3",
    );
    COUNT_OF_RUN = Sql::both("SELECT count(DISTINCT row_number) FROM quarantine WHERE run_id = $1");
    REMOVE_OF_RUN = Sql::both("DELETE FROM quarantine WHERE run_id = $1");
}

bulk_statements! {
    INSERT = Bulk {
        head: "INSERT INTO quarantine (run_id, row_number, field, rule, length, sealed)",
        columns: &[
            ColumnType::Id,
            ColumnType::Int,
            ColumnType::Text,
            ColumnType::Text,
            ColumnType::Int,
            ColumnType::Blob,
        ],
        tail: "ON CONFLICT DO NOTHING",
    };
}

/// Puts rows aside. Returns how many faults were new.
pub async fn insert(tx: &mut Tx, rows: &[QuarantineRow]) -> Result<u64> {
    let columns = [
        Column::Id(rows.iter().map(|r| r.run_id).collect()),
        Column::Int(rows.iter().map(|r| r.row_number).collect()),
        Column::Text(rows.iter().map(|r| r.field.as_str()).collect()),
        Column::Text(rows.iter().map(|r| r.rule.as_str()).collect()),
        Column::Int(rows.iter().map(|r| r.length).collect()),
        Column::OptBlob(rows.iter().map(|r| r.sealed.as_deref()).collect()),
    ];
    INSERT.run(tx, rows.len(), &columns).await
}

/// At most `limit` faults of a run in rows after `after_row`, in file order.
pub async fn of_run(conn: &mut Conn, run_id: Uuid, after_row: i64, limit: i64) -> Result<Vec<QuarantineRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_RUN))
        .bind(run_id).bind(after_row).bind(limit).fetch_all(&mut *c).await)?)
}

/// How many rows of a run were put aside.
pub async fn count_of_run(conn: &mut Conn, run_id: Uuid) -> Result<i64> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(COUNT_OF_RUN)).bind(run_id).fetch_one(&mut *c).await)?)
}

/// Forgets the faults of a run (its rows were processed again, or the run's key expired).
pub async fn remove_of_run(tx: &mut Tx, run_id: Uuid) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE_OF_RUN))
        .bind(run_id).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
