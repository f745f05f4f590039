//! What a source said last of a record that the directory does not hear (law 7): one that was destroyed, or lies under a legal
//! hold. By a keyed token of the record; sealed are the digest of the statement and its time, and nothing else of it.

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::KeyList;
use crate::packed::{Unpack, Unpacker, fetch, packed};
use crate::sql::{Dialect, Sql, listed_keys, statements};
use crate::{Key16, Result};

/// What was said last of one record.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SaidRow {
    /// Keyed hash of (source, local id).
    pub token: Key16,
    /// Keyed hash of the source.
    pub of_source: Key16,
    /// The last month in which it is kept, `YYYY-MM`.
    pub until_month: String,
    /// The rest.
    pub sealed: Vec<u8>,
}

impl Unpack for SaidRow {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            token: from.next()?,
            of_source: from.next()?,
            until_month: from.next()?,
            sealed: from.next()?,
        })
    }
}

statements! {
    STANDING = packed!(keys: key("s.token"), key("s.of_source"), text("s.until_month"), blob("s.sealed");
        "FROM list CROSS JOIN said_last s WHERE s.token = list.item"
    );
    OF_SOURCE_AFTER = Sql::both(
        "SELECT token, of_source, until_month, sealed FROM said_last WHERE of_source = $1 AND token > $2 \
         ORDER BY token LIMIT $3",
    );
    REMOVE = listed_keys!("DELETE FROM said_last WHERE token IN (SELECT item FROM list)");
    OVER = Sql::both(
        "SELECT token, of_source, until_month, sealed FROM said_last WHERE until_month < $1 ORDER BY until_month, token LIMIT $2",
    );
}

bulk_statements! {
    BEGIN = Bulk {
        head: "INSERT INTO said_last (token, of_source, until_month, sealed)",
        columns: &[ColumnType::Blob, ColumnType::Blob, ColumnType::Text, ColumnType::Blob],
        tail: "ON CONFLICT (token) DO NOTHING",
    };
    PUT = Bulk {
        head: "INSERT INTO said_last (token, of_source, until_month, sealed)",
        columns: &[ColumnType::Blob, ColumnType::Blob, ColumnType::Text, ColumnType::Blob],
        tail: "ON CONFLICT (token) DO UPDATE SET of_source = excluded.of_source, until_month = excluded.until_month, \
               sealed = excluded.sealed",
    };
}

fn columns(rows: &[SaidRow]) -> [Column<'_>; 4] {
    [
        Column::Key(rows.iter().map(|row| row.token).collect()),
        Column::Key(rows.iter().map(|row| row.of_source).collect()),
        Column::Text(rows.iter().map(|row| row.until_month.as_str()).collect()),
        Column::Blob(rows.iter().map(|row| row.sealed.as_slice()).collect()),
    ]
}

/// What stands of these tokens.
pub async fn standing(conn: &mut Conn, tokens: &[Key16]) -> Result<Vec<SaidRow>> {
    fetch!(conn, STANDING, KeyList(tokens))
}

/// A page of what stands of a source's records, by the keyed hash of the source, in the order of their tokens, after `after`.
pub async fn of_source_after(
    conn: &mut Conn,
    of_source: Key16,
    after: Key16,
    limit: i64,
) -> Result<Vec<SaidRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_SOURCE_AFTER))
        .bind(of_source).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}

/// Begins to remember; what is remembered already stays as it is.
pub async fn begin(tx: &mut Tx, rows: &[SaidRow]) -> Result<u64> {
    BEGIN.run(tx, rows.len(), &columns(rows)).await
}

/// Remembers what was said now. A token may stand in `rows` only once.
pub async fn put(tx: &mut Tx, rows: &[SaidRow]) -> Result<u64> {
    PUT.run(tx, rows.len(), &columns(rows)).await
}

/// Forgets, where a record is heard again.
pub async fn remove(tx: &mut Tx, tokens: &[Key16]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(KeyList(tokens)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// Some of what is kept until a month before `month` (`YYYY-MM`).
pub async fn over(tx: &mut Tx, month: &str, limit: i64) -> Result<Vec<SaidRow>> {
    Ok(on_tx!(tx, c => sqlx::query_as(c.text(OVER)).bind(month).bind(limit).fetch_all(&mut *c).await)?)
}
