//! Which child the next version of a record belongs to, where two people placed it (law 5, decision 12): a keyed token of the
//! record and side, and a pointer encrypted under a value that only the record's own statement gives. Asked by the loader
//! alone.

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::KeyList;
use crate::packed::{Unpack, Unpacker, fetch, packed};
use crate::sql::{Dialect, Sql, listed_keys, statements};
use crate::{Key16, Result};

/// One placed record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PlacedRow {
    /// Keyed hash of (source, local id, side).
    pub token: Key16,
    /// Version of the key that the pointer is encrypted under.
    pub epoch: i64,
    /// The child, encrypted under the same value.
    pub pointer: Key16,
}

impl Unpack for PlacedRow {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { token: from.next()?, epoch: from.next()?, pointer: from.next()? })
    }
}

statements! {
    STANDING = packed!(keys: key("p.token"), int("p.epoch"), key("p.pointer");
        "FROM list CROSS JOIN placed_record p WHERE p.token = list.item"
    );
    OLDER_AFTER = Sql::both(
        "SELECT token, epoch, pointer FROM placed_record WHERE epoch < $1 AND token > $2 ORDER BY token LIMIT $3",
    );
    REPOINT = Sql::both(
        "UPDATE placed_record SET epoch = $2, pointer = $3 WHERE token = $1 AND epoch = $4 AND pointer = $5",
    );
    REMOVE = listed_keys!("DELETE FROM placed_record WHERE token IN (SELECT item FROM list)");
}

bulk_statements! {
    PUT = Bulk {
        head: "INSERT INTO placed_record (token, epoch, pointer)",
        columns: &[ColumnType::Blob, ColumnType::Int, ColumnType::Blob],
        tail: "ON CONFLICT (token) DO UPDATE SET epoch = excluded.epoch, pointer = excluded.pointer",
    };
}

/// Those of these tokens that stand.
pub async fn standing(conn: &mut Conn, tokens: &[Key16]) -> Result<Vec<PlacedRow>> {
    fetch!(conn, STANDING, KeyList(tokens))
}

/// Places records, or places them anew. A token may stand in `rows` only once.
pub async fn put(tx: &mut Tx, rows: &[PlacedRow]) -> Result<u64> {
    let columns = [
        Column::Key(rows.iter().map(|row| row.token).collect()),
        Column::Int(rows.iter().map(|row| row.epoch).collect()),
        Column::Key(rows.iter().map(|row| row.pointer).collect()),
    ];
    PUT.run(tx, rows.len(), &columns).await
}

/// A page of those whose pointer is encrypted under a key older than `epoch`, in the order of their tokens, after `after`.
pub async fn older_after(conn: &mut Conn, epoch: i64, after: Key16, limit: i64) -> Result<Vec<PlacedRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OLDER_AFTER))
        .bind(epoch).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}

/// Writes the pointer of a placement anew. False when the record is no longer placed as it was read.
pub async fn repoint(tx: &mut Tx, read: &PlacedRow, new: &PlacedRow) -> Result<bool> {
    let written = on_tx!(tx, c => sqlx::query(c.text(REPOINT))
        .bind(read.token)
        .bind(new.epoch)
        .bind(new.pointer)
        .bind(read.epoch)
        .bind(read.pointer)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(written == 1)
}

/// Forgets placements.
pub async fn remove(tx: &mut Tx, tokens: &[Key16]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(KeyList(tokens)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
