//! How far the watch has come along the chain, and what it asks of the trail and of account holders' names.

use crate::audit::EntryRow;
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::{IdList, KeyList};
use crate::sql::{Dialect, Sql, listed_ids, listed_keys, statements};
use crate::{Key16, Result};
use uuid::Uuid;

statements! {
    MARK = Sql::both("SELECT seq FROM watch_mark WHERE name = $1");
    BEGIN = Sql::both("INSERT INTO watch_mark (name, seq) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    ADVANCE = Sql::both("UPDATE watch_mark SET seq = $3 WHERE name = $1 AND seq = $2");
    ENTRIES = listed_ids!(
        "SELECT e.entry_id, e.at, e.header, e.body, e.month FROM list CROSS JOIN audit_entry e WHERE e.entry_id = item"
    );
    LOOKED_UP = listed_keys!(
        "SELECT l.entry_id FROM list CROSS JOIN audit_lookup l WHERE l.kind = 'action' AND l.lookup_key = item \
         AND l.at >= $2 AND l.at < $3 ORDER BY l.entry_id LIMIT $4"
    );
    OF_ACCOUNT_BETWEEN = Sql::both(
        "SELECT e.entry_id, e.at, e.header, e.body, e.month FROM audit_lookup l CROSS JOIN audit_entry e \
         WHERE e.entry_id = l.entry_id AND l.kind = 'account' AND l.lookup_key = $1 AND l.at >= $2 AND l.at < $3 \
         ORDER BY l.at, l.entry_id LIMIT $4",
    );
    NAMESAKES = listed_keys!(
        "SELECT n.name_key, n.account_id FROM list CROSS JOIN account_name n CROSS JOIN account a \
         WHERE n.name_key = item AND a.account_id = n.account_id AND a.organisation_id = $2 LIMIT $3"
    );
}

/// How far a reader of the chain has come; nothing when it has not begun.
pub async fn mark(conn: &mut Conn, name: &str) -> Result<Option<i64>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(MARK)).bind(name).fetch_optional(&mut *c).await)?)
}

/// Lets a reader begin at a place; one that has begun stays where it is.
pub async fn begin(tx: &mut Tx, name: &str, seq: i64) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(BEGIN)).bind(name).bind(seq).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Moves a reader on: false when it no longer stands where it was read, because another server went on. Then roll back.
pub async fn advance(tx: &mut Tx, name: &str, from: i64, to: i64) -> Result<bool> {
    let moved = on_tx!(tx, c => sqlx::query(c.text(ADVANCE))
        .bind(name).bind(from).bind(to).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(moved == 1)
}

/// These entries of the trail, in no order.
pub async fn entries(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<EntryRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ENTRIES)).bind(IdList(ids)).fetch_all(&mut *c).await)?)
}

/// At most `limit` entries under any of these keys of actions at organisations, from an instant to before another
/// (microseconds UTC).
pub async fn of_actions(
    conn: &mut Conn,
    keys: &[Key16],
    from: i64,
    to: i64,
    limit: i64,
) -> Result<Vec<Uuid>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(LOOKED_UP))
        .bind(KeyList(keys)).bind(from).bind(to).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` entries by or about an account, from an instant to before another (microseconds UTC), in their order.
pub async fn of_account_between(
    conn: &mut Conn,
    key: Key16,
    from: i64,
    to: i64,
    limit: i64,
) -> Result<Vec<EntryRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_ACCOUNT_BETWEEN))
        .bind(key).bind(from).bind(to).bind(limit).fetch_all(&mut *c).await)?)
}

/// The account holders of an organisation that have one of these names, at most `limit`: the name's hash and the account.
/// Asked with a list of always the same length, so that nothing shows how many names there were.
pub async fn namesakes(
    conn: &mut Conn,
    names: &[Key16],
    organisation_id: Uuid,
    limit: i64,
) -> Result<Vec<(Key16, Uuid)>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(NAMESAKES))
        .bind(KeyList(names)).bind(organisation_id).bind(limit).fetch_all(&mut *c).await)?)
}
