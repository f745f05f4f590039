//! Statements that wait at the sealed desk while what their record said before goes on standing (laws 3, 5). Each is sealed
//! under the record's own keys, so that it goes with the record: into the hands of a custodian, and to its end (decision 1).
//! The last one is what is decided about; what it replaced is kept with it (law 8).

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::IdList;
use crate::sql::{Dialect, listed_ids, statements};
use crate::{Result, bucket_of};
use uuid::Uuid;

/// One statement that waits, or waited until its source said something else.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct WaitingRow {
    /// The record.
    pub record_id: Uuid,
    /// Counts what waits down from -1, apart from the versions of the record itself.
    pub version: i64,
    /// The statement.
    pub sealed: Vec<u8>,
    /// The feed run with which it came.
    pub run_id: Uuid,
}

statements! {
    OF_RECORDS = listed_ids!(
        "SELECT w.record_id, w.version, w.sealed, w.run_id FROM list CROSS JOIN waiting_statement w \
         WHERE w.record_id = list.item ORDER BY w.record_id, w.version DESC"
    );
    REMOVE_OF_RECORDS = listed_ids!("DELETE FROM waiting_statement WHERE record_id IN (SELECT item FROM list)");
}

bulk_statements! {
    INSERT = Bulk {
        head: "INSERT INTO waiting_statement (bucket, record_id, version, sealed, run_id)",
        columns: &[ColumnType::Int, ColumnType::Id, ColumnType::Int, ColumnType::Blob, ColumnType::Id],
        tail: "ON CONFLICT DO NOTHING",
    };
}

/// Has statements wait. Returns how many were new: fewer than given means that somebody else was quicker.
pub async fn insert(tx: &mut Tx, rows: &[WaitingRow]) -> Result<u64> {
    let columns = [
        Column::Int(rows.iter().map(|r| bucket_of(&r.record_id)).collect()),
        Column::Id(rows.iter().map(|r| r.record_id).collect()),
        Column::Int(rows.iter().map(|r| r.version).collect()),
        Column::Blob(rows.iter().map(|r| r.sealed.as_slice()).collect()),
        Column::Id(rows.iter().map(|r| r.run_id).collect()),
    ];
    INSERT.run(tx, rows.len(), &columns).await
}

/// What waits of these records, of each in the order in which it came.
pub async fn of_records(conn: &mut Conn, record_ids: &[Uuid]) -> Result<Vec<WaitingRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_RECORDS)).bind(IdList(record_ids)).fetch_all(&mut *c).await)?,
    )
}

/// Removes what waits of these records: it was decided, or their source has said something else, or they are gone.
pub async fn remove_of_records(tx: &mut Tx, record_ids: &[Uuid]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE_OF_RECORDS))
        .bind(IdList(record_ids)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
