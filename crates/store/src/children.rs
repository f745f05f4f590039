//! Child records: a stable id, a sealed body, and the few coarse facts the engine filters on.

use crate::Result;
use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::IdList;
use crate::packed::{Unpack, Unpacker, fetch, packed};
use crate::sql::{Dialect, Sql, dialect, listed_ids, statements};
use uuid::Uuid;

/// One child. Shields, the exact dates and the true authority of a protected child are inside `sealed`.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ChildRow {
    /// A random id, never reused.
    pub child_id: Uuid,
    /// Everything personal.
    pub sealed: Vec<u8>,
    /// Counts changes from 1.
    pub version: i64,
    /// Nobody reads the child before this minute (microseconds UTC, whole minutes; decision 11).
    pub readable_from: i64,
    /// `YYYY-MM`: the jittered month from which retention looks at the child (decision 4).
    pub retention_month: String,
    /// GSS code of the accountable authority; `national` for every protected child.
    pub authority: String,
}

impl Unpack for ChildRow {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            child_id: from.next()?,
            sealed: from.next()?,
            version: from.next()?,
            readable_from: from.next()?,
            retention_month: from.next()?,
            authority: from.next()?,
        })
    }
}

statements! {
    BY_IDS = packed!(ids: id("c.child_id"), blob("c.sealed"), int("c.version"), int("c.readable_from"),
        text("c.retention_month"), text("c.authority");
        "FROM list CROSS JOIN child c WHERE c.child_id = list.item"
    );
    LOCK_VERSIONS = dialect!(
        sqlite: packed!(ids: id("c.child_id"), int("c.version");
            "FROM list CROSS JOIN child c WHERE c.child_id = list.item").sqlite,
        pg: "SELECT string_agg(uuid_send(c.child_id) || int8send(c.version), '') FROM (SELECT child_id, version \
             FROM child WHERE child_id = ANY(CAST($1 AS uuid[])) ORDER BY child_id FOR UPDATE) c",
    );
    VERSIONS = packed!(ids: id("c.child_id"), int("c.version");
        "FROM list CROSS JOIN child c WHERE c.child_id = list.item"
    );
    COUNT = Sql::both("SELECT count(*) FROM child");
    REMOVE = listed_ids!("DELETE FROM child WHERE child_id IN (SELECT item FROM list)");
    DUE = Sql::both(
        "SELECT retention_month, child_id FROM child WHERE retention_month <= $1 AND (retention_month, child_id) > ($2, $3) \
         ORDER BY retention_month, child_id LIMIT $4",
    );
    AFTER = Sql::both(
        "SELECT child_id, sealed, version, readable_from, retention_month, authority FROM child \
         WHERE child_id > $1 ORDER BY child_id LIMIT $2",
    );
}

bulk_statements! {
    PUT = Bulk {
        head: "INSERT INTO child (child_id, sealed, version, readable_from, retention_month, authority)",
        columns: &[
            ColumnType::Id,
            ColumnType::Blob,
            ColumnType::Int,
            ColumnType::Int,
            ColumnType::Text,
            ColumnType::Text,
        ],
        tail: "ON CONFLICT (child_id) DO UPDATE SET sealed = excluded.sealed, version = excluded.version, \
               readable_from = excluded.readable_from, retention_month = excluded.retention_month, \
               authority = excluded.authority WHERE child.version < excluded.version",
    };
}

/// The children that exist of these; in no order, the missing ones missing.
pub async fn by_ids(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<ChildRow>> {
    fetch!(conn, BY_IDS, IdList(ids))
}

/// (child, version) of those that exist, which nobody else changes until the transaction ends: whether what was read
/// before still stands.
pub async fn lock_versions(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<(Uuid, i64)>> {
    fetch!(tx, LOCK_VERSIONS, IdList(ids))
}

/// (child, version) of those that exist now.
pub async fn versions(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<(Uuid, i64)>> {
    fetch!(conn, VERSIONS, IdList(ids))
}

/// Creates the children, or replaces those whose stored version is older. Returns how many rows were written: fewer
/// than given means that somebody else wrote a version in between.
///
/// A child may stand in `rows` only once.
pub async fn put(tx: &mut Tx, rows: &[ChildRow]) -> Result<u64> {
    let columns = [
        Column::Id(rows.iter().map(|r| r.child_id).collect()),
        Column::Blob(rows.iter().map(|r| r.sealed.as_slice()).collect()),
        Column::Int(rows.iter().map(|r| r.version).collect()),
        Column::Int(rows.iter().map(|r| r.readable_from).collect()),
        Column::Text(rows.iter().map(|r| r.retention_month.as_str()).collect()),
        Column::Text(rows.iter().map(|r| r.authority.as_str()).collect()),
    ];
    PUT.run(tx, rows.len(), &columns).await
}

/// Removes child rows (their links first; their numbers stay for ever).
pub async fn remove(tx: &mut Tx, ids: &[Uuid]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(IdList(ids)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// How many children there are, shielded ones included: for the machine room, never for a page (decision 16).
pub async fn count(conn: &mut Conn) -> Result<i64> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(COUNT)).fetch_one(&mut *c).await)?)
}

/// At most `limit` children whose retention month is `month` (`YYYY-MM`) or earlier, as (month, child), in that order and
/// after `after`: what the sweep walks along. It begins after the empty month and the nil id.
pub async fn due(
    conn: &mut Conn,
    month: &str,
    after: &(String, Uuid),
    limit: i64,
) -> Result<Vec<(String, Uuid)>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(DUE))
        .bind(month).bind(&after.0).bind(after.1).bind(limit).fetch_all(&mut *c).await)?)
}

/// A page of all children in the order of their ids, after `after` (start with the nil id).
pub async fn after(conn: &mut Conn, after: Uuid, limit: i64) -> Result<Vec<ChildRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(AFTER)).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}
