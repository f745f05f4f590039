//! What is said of a record while a legal hold keeps its keys (law 8): by a keyed token of the record, sealed under a key of its
//! own, which lies with the custodian until the hold ends.

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::KeyList;
use crate::packed::{Unpack, Unpacker, fetch, packed};
use crate::sql::{Dialect, Sql, listed_keys, statements};
use crate::{Key16, Result};
use uuid::Uuid;

/// One thing said.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UnheardRow {
    /// Keyed hash of (source, local id) and of what kind of thing it is.
    pub token: Key16,
    /// Whose keys seal it: an owner of its own, random.
    pub owner_id: Uuid,
    /// What was said.
    pub sealed: Vec<u8>,
}

impl Unpack for UnheardRow {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { token: from.next()?, owner_id: from.next()?, sealed: from.next()? })
    }
}

statements! {
    STANDING = packed!(keys: key("u.token"), id("u.owner_id"), blob("u.sealed");
        "FROM list CROSS JOIN unheard u WHERE u.token = list.item"
    );
    AFTER = Sql::both("SELECT token, owner_id, sealed FROM unheard WHERE token > $1 ORDER BY token LIMIT $2");
    REMOVE = listed_keys!("DELETE FROM unheard WHERE token IN (SELECT item FROM list)");
}

bulk_statements! {
    PUT = Bulk {
        head: "INSERT INTO unheard (token, owner_id, sealed)",
        columns: &[ColumnType::Blob, ColumnType::Id, ColumnType::Blob],
        tail: "ON CONFLICT (token) DO UPDATE SET owner_id = excluded.owner_id, sealed = excluded.sealed",
    };
}

/// What stands of these tokens.
pub async fn standing(conn: &mut Conn, tokens: &[Key16]) -> Result<Vec<UnheardRow>> {
    fetch!(conn, STANDING, KeyList(tokens))
}

/// A page of all that stands in the order of the tokens, after `after`.
pub async fn after(conn: &mut Conn, after: Key16, limit: i64) -> Result<Vec<UnheardRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(AFTER)).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}

/// Keeps what was said last in place of what was kept before. A token may stand in `rows` only once.
pub async fn put(tx: &mut Tx, rows: &[UnheardRow]) -> Result<u64> {
    let columns = [
        Column::Key(rows.iter().map(|row| row.token).collect()),
        Column::Id(rows.iter().map(|row| row.owner_id).collect()),
        Column::Blob(rows.iter().map(|row| row.sealed.as_slice()).collect()),
    ];
    PUT.run(tx, rows.len(), &columns).await
}

/// Removes what was heard, or is of a record that was destroyed.
pub async fn remove(tx: &mut Tx, tokens: &[Key16]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(KeyList(tokens)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
