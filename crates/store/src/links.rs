//! Links between source records and children: the only rows that cross the distribution (decision 7).

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::IdList;
use crate::sql::{Dialect, Sql, listed_ids, statements};
use crate::vocabulary::vocabulary;
use crate::{Result, bucket_of};
use uuid::Uuid;

vocabulary! {
    /// Who decided what about a pair.
    LinkKind {
        /// The matcher linked it.
        Automatic = "automatic",
        /// A person confirmed it.
        Confirmed = "confirmed",
        /// A person refused it: never again by the matcher.
        Refused = "refused",
    }
}

/// One decision about a source record and a child.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LinkRow {
    /// The child.
    pub child_id: Uuid,
    /// The source record.
    pub record_id: Uuid,
    /// What was decided.
    pub kind: LinkKind,
    /// `matcher`, or the account id of the person.
    pub author: String,
    /// The model that weighed it.
    pub model_version: String,
    /// Match weight (log2 of the Bayes factor) in thousandths; 0 for a first record of a child.
    pub weight_millibits: i64,
    /// Evidence field by field, and the time of the decision.
    pub sealed: Vec<u8>,
}

statements! {
    OF_CHILDREN = listed_ids!(
        "SELECT l.child_id, l.record_id, l.kind, l.author, l.model_version, l.weight_millibits, l.sealed \
         FROM list CROSS JOIN link l WHERE l.child_id = list.item"
    );
    OF_RECORDS = listed_ids!(
        "SELECT l.child_id, l.record_id, l.kind, l.author, l.model_version, l.weight_millibits, l.sealed \
         FROM list CROSS JOIN link l WHERE l.record_id = list.item"
    );
    MEMBERS = listed_ids!(
        "SELECT l.child_id, l.record_id FROM list CROSS JOIN link l WHERE l.child_id = list.item \
         AND l.kind <> 'refused'"
    );
    REMOVE = Sql::both("DELETE FROM link WHERE child_id = $1 AND record_id = $2 AND bucket = $3");
    CHILDREN_OF = listed_ids!(
        "SELECT l.record_id, l.child_id FROM list CROSS JOIN link l WHERE l.record_id = list.item \
         AND l.kind <> 'refused'"
    );
    REMOVE_OF_CHILDREN = listed_ids!("DELETE FROM link WHERE child_id IN (SELECT item FROM list)");
    REMOVE_OF_RECORDS = listed_ids!("DELETE FROM link WHERE record_id IN (SELECT item FROM list)");
}

bulk_statements! {
    PUT = Bulk {
        head: "INSERT INTO link (child_id, bucket, record_id, kind, author, model_version, weight_millibits, sealed)",
        columns: &[
            ColumnType::Id,
            ColumnType::Int,
            ColumnType::Id,
            ColumnType::Text,
            ColumnType::Text,
            ColumnType::Text,
            ColumnType::Int,
            ColumnType::Blob,
        ],
        tail: "ON CONFLICT (child_id, record_id, bucket) DO UPDATE SET kind = excluded.kind, \
               author = excluded.author, model_version = excluded.model_version, \
               weight_millibits = excluded.weight_millibits, sealed = excluded.sealed",
    };
}

/// Writes decisions, replacing earlier ones about the same pairs. A pair may stand in `rows` only once.
///
/// # Errors
/// `UniqueViolation` if a record would be linked (automatic or confirmed) to two children: remove or refuse the old link
/// first.
pub async fn put(tx: &mut Tx, rows: &[LinkRow]) -> Result<u64> {
    let columns = [
        Column::Id(rows.iter().map(|r| r.child_id).collect()),
        Column::Int(rows.iter().map(|r| bucket_of(&r.record_id)).collect()),
        Column::Id(rows.iter().map(|r| r.record_id).collect()),
        Column::Text(rows.iter().map(|r| r.kind.as_str()).collect()),
        Column::Text(rows.iter().map(|r| r.author.as_str()).collect()),
        Column::Text(rows.iter().map(|r| r.model_version.as_str()).collect()),
        Column::Int(rows.iter().map(|r| r.weight_millibits).collect()),
        Column::Blob(rows.iter().map(|r| r.sealed.as_slice()).collect()),
    ];
    PUT.run(tx, rows.len(), &columns).await
}

/// Every link of these children, refused ones included.
pub async fn of_children(conn: &mut Conn, child_ids: &[Uuid]) -> Result<Vec<LinkRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_CHILDREN)).bind(IdList(child_ids)).fetch_all(&mut *c).await)?,
    )
}

/// Every link of these records, refused ones included.
pub async fn of_records(conn: &mut Conn, record_ids: &[Uuid]) -> Result<Vec<LinkRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_RECORDS)).bind(IdList(record_ids)).fetch_all(&mut *c).await)?,
    )
}

/// (child, record) of every standing link of these children.
pub async fn members(conn: &mut Conn, child_ids: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(MEMBERS)).bind(IdList(child_ids)).fetch_all(&mut *c).await)?)
}

/// Removes one link, whatever its kind (a record moves to another child; the audit entry keeps what stood). Returns
/// whether it was there.
pub async fn remove(tx: &mut Tx, child_id: Uuid, record_id: Uuid) -> Result<bool> {
    let removed = on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(child_id)
        .bind(record_id)
        .bind(bucket_of(&record_id))
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(removed == 1)
}

/// (record, child) of every standing link of these records.
pub async fn children_of(conn: &mut Conn, record_ids: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(CHILDREN_OF)).bind(IdList(record_ids)).fetch_all(&mut *c).await)?,
    )
}

/// Removes every link of these records, refused ones included (destruction).
pub async fn remove_of_records(tx: &mut Tx, record_ids: &[Uuid]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE_OF_RECORDS))
        .bind(IdList(record_ids)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// Removes every link of these children, refused ones included (destruction).
pub async fn remove_of_children(tx: &mut Tx, child_ids: &[Uuid]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE_OF_CHILDREN))
        .bind(IdList(child_ids)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
