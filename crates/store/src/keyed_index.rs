//! What the two blind indexes, `match_key` and `search_key`, have in common: one shape, separate tables, separate keys
//! (decision 6).

use crate::bulk::{Bulk, Column, ColumnType};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::KeyList;
use crate::packed::{Unpack, Unpacker, fetch};
use crate::sql::{Dialect, Sql};
use crate::{Key16, Result};

/// One key of one child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::FromRow)]
pub struct KeyRow {
    /// Keyed hash of a composite value.
    pub key_hash: Key16,
    /// Which composite (the number of the blocking rule or of the search key).
    pub kind: i64,
    /// Who may use it; smaller is wider.
    pub tier: i64,
    /// Version of the key and of the normaliser.
    pub epoch: i64,
    /// The child's id, encrypted under a key derived from the key's value.
    pub pointer: Key16,
}

/// What a look-up finds: one child behind one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyHit {
    /// The key that was asked for.
    pub key_hash: Key16,
    /// Which composite.
    pub kind: i64,
    /// Who may use it.
    pub tier: i64,
    /// The encrypted pointer.
    pub pointer: Key16,
}

impl Unpack for KeyHit {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { key_hash: from.next()?, kind: from.next()?, tier: from.next()?, pointer: from.next()? })
    }
}

pub(crate) const COLUMNS: &[ColumnType] =
    &[ColumnType::Blob, ColumnType::Int, ColumnType::Int, ColumnType::Int, ColumnType::Blob];

/// At most `per_key_limit` children behind each key, in no order.
pub(crate) async fn lookup(
    conn: &mut Conn,
    sql: Sql,
    keys: &[Key16],
    per_key_limit: u32,
) -> Result<Vec<KeyHit>> {
    if keys.is_empty() || per_key_limit == 0 {
        return Ok(Vec::new());
    }
    // Sorted and distinct: neighbouring keys share pages, and a key asked for twice must not answer twice.
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    fetch!(conn, sql, KeyList(&sorted), i64::from(per_key_limit) - 1, Key16::MAX)
}

/// Inserts keys that are not there yet, in the order of their hashes. Returns how many were new.
pub(crate) async fn insert(tx: &mut Tx, bulk: Bulk, rows: &[KeyRow]) -> Result<u64> {
    let mut rows = rows.to_vec();
    rows.sort_unstable_by_key(|row| (row.key_hash, row.pointer));
    rows.dedup_by_key(|row| (row.key_hash, row.pointer));
    let columns = [
        Column::Key(rows.iter().map(|r| r.key_hash).collect()),
        Column::Int(rows.iter().map(|r| r.kind).collect()),
        Column::Int(rows.iter().map(|r| r.tier).collect()),
        Column::Int(rows.iter().map(|r| r.epoch).collect()),
        Column::Key(rows.iter().map(|r| r.pointer).collect()),
    ];
    bulk.run(tx, rows.len(), &columns).await
}

/// Removes keys by (hash, pointer). Returns how many were there.
pub(crate) async fn remove(tx: &mut Tx, sql: Sql, rows: &[(Key16, Key16)]) -> Result<u64> {
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    let hashes: Vec<Key16> = rows.iter().map(|(hash, _)| *hash).collect();
    let pointers: Vec<Key16> = rows.iter().map(|(_, pointer)| *pointer).collect();
    Ok(on_tx!(tx, c => sqlx::query(c.text(sql))
        .bind(KeyList(&hashes))
        .bind(KeyList(&pointers))
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?)
}

/// How many rows there are.
pub(crate) async fn count(conn: &mut Conn, sql: Sql) -> Result<i64> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(sql)).fetch_one(&mut *c).await)?)
}
