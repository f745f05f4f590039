//! Before-images of source records, sealed under the record's own keys, so that every change can be undone and every
//! destruction reaches them (decision 1).

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::IdList;
use crate::sql::{Dialect, listed_ids, statements};
use crate::{Result, bucket_of};
use uuid::Uuid;

/// One earlier statement of a source record.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VersionRow {
    /// The record.
    pub record_id: Uuid,
    /// The version this was.
    pub version: i64,
    /// The statement as it was.
    pub sealed: Vec<u8>,
    /// The feed run that replaced it.
    pub run_id: Uuid,
}

statements! {
    OF_RECORDS = listed_ids!(
        "SELECT v.record_id, v.version, v.sealed, v.run_id FROM list CROSS JOIN source_version v \
         WHERE v.record_id = list.item ORDER BY v.record_id, v.version"
    );
    EVERY_OF_RECORDS = listed_ids!(
        "SELECT v.record_id, v.version, v.sealed, v.run_id FROM list CROSS JOIN source_version v \
         WHERE v.record_id = list.item UNION ALL \
         SELECT w.record_id, w.version, w.sealed, w.run_id FROM list CROSS JOIN waiting_statement w \
         WHERE w.record_id = list.item ORDER BY 1, 2"
    );
    REMOVE_OF_RECORDS = listed_ids!("DELETE FROM source_version WHERE record_id IN (SELECT item FROM list)");
}

bulk_statements! {
    INSERT = Bulk {
        head: "INSERT INTO source_version (bucket, record_id, version, sealed, run_id)",
        columns: &[ColumnType::Int, ColumnType::Id, ColumnType::Int, ColumnType::Blob, ColumnType::Id],
        tail: "ON CONFLICT DO NOTHING",
    };
}

/// Keeps before-images. Returns how many were new.
pub async fn insert(tx: &mut Tx, rows: &[VersionRow]) -> Result<u64> {
    let columns = [
        Column::Int(rows.iter().map(|r| bucket_of(&r.record_id)).collect()),
        Column::Id(rows.iter().map(|r| r.record_id).collect()),
        Column::Int(rows.iter().map(|r| r.version).collect()),
        Column::Blob(rows.iter().map(|r| r.sealed.as_slice()).collect()),
        Column::Id(rows.iter().map(|r| r.run_id).collect()),
    ];
    INSERT.run(tx, rows.len(), &columns).await
}

/// The before-images of these records, oldest first.
pub async fn of_records(conn: &mut Conn, record_ids: &[Uuid]) -> Result<Vec<VersionRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_RECORDS)).bind(IdList(record_ids)).fetch_all(&mut *c).await)?,
    )
}

/// Everything else that is kept of these records: their before-images, and with versions below zero what waits to be decided
/// about. What is destroyed in a record is destroyed in all of it.
pub async fn every_of_records(conn: &mut Conn, record_ids: &[Uuid]) -> Result<Vec<VersionRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(EVERY_OF_RECORDS))
        .bind(IdList(record_ids)).fetch_all(&mut *c).await)?)
}

/// Removes every before-image of these records.
pub async fn remove_of_records(tx: &mut Tx, record_ids: &[Uuid]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE_OF_RECORDS))
        .bind(IdList(record_ids)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
