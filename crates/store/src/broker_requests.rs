//! Requests to be put in touch with who works with a child. What a row says in the clear identifies nobody: an authority, or
//! the national value, and when the service looks at it again.

use crate::conn::{Conn, Tx, on_tx};
use crate::lists::IdList;
use crate::sql::{Dialect, Sql, listed_ids, statements};
use crate::{Key16, Result};
use uuid::Uuid;

/// One request.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RequestRow {
    /// A random id.
    pub request_id: Uuid,
    /// The code of the authority in whose ordinary queue it stands, or the national value.
    pub authority: String,
    /// Keyed hash of who asks.
    pub asker_key: Key16,
    /// When the service looks at it again, microseconds UTC; 0 for at once.
    pub look_at: i64,
    /// Rises with every change.
    pub version: i64,
    /// The rest.
    pub sealed: Vec<u8>,
}

macro_rules! columns {
    () => {
        "request_id, authority, asker_key, look_at, version, sealed"
    };
}

statements! {
    INSERT = Sql::both(concat!("INSERT INTO broker_request (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6)"));
    REPLACE = Sql::both(
        "UPDATE broker_request SET authority = $2, look_at = $3, sealed = $4, version = version + 1 \
         WHERE request_id = $1 AND version = $5",
    );
    BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM broker_request WHERE request_id = $1"));
    AT = Sql::both(concat!(
        "SELECT ", columns!(), " FROM broker_request WHERE authority = $1 ORDER BY request_id LIMIT $2"
    ));
    OF_ASKER = Sql::both(concat!(
        "SELECT ", columns!(), " FROM broker_request WHERE asker_key = $1 ORDER BY request_id LIMIT $2"
    ));
    DUE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM broker_request WHERE look_at <= $1 ORDER BY look_at LIMIT $2"
    ));
    REMOVE = listed_ids!("DELETE FROM broker_request WHERE request_id IN (SELECT item FROM list)");
}

/// Adds a request.
pub async fn insert(tx: &mut Tx, row: &RequestRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.request_id)
        .bind(&row.authority)
        .bind(row.asker_key)
        .bind(row.look_at)
        .bind(row.version)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Changes a request that is still as it was read: false when somebody was quicker, and nothing was written.
pub async fn replace(tx: &mut Tx, row: &RequestRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE))
        .bind(row.request_id)
        .bind(&row.authority)
        .bind(row.look_at)
        .bind(&row.sealed)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// One request.
pub async fn by_id(conn: &mut Conn, request_id: Uuid) -> Result<Option<RequestRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(request_id).fetch_optional(&mut *c).await)?)
}

/// At most `limit` requests under an authority or the national value.
pub async fn at(conn: &mut Conn, authority: &str, limit: i64) -> Result<Vec<RequestRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(AT)).bind(authority).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` requests of one who asks.
pub async fn of_asker(conn: &mut Conn, asker_key: Key16, limit: i64) -> Result<Vec<RequestRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_ASKER)).bind(asker_key).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// At most `limit` requests that are to be looked at by `now` (microseconds UTC).
pub async fn due(conn: &mut Conn, now: i64, limit: i64) -> Result<Vec<RequestRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(DUE)).bind(now).bind(limit).fetch_all(&mut *c).await)?)
}

/// Takes requests away. Returns how many.
pub async fn remove(tx: &mut Tx, request_ids: &[Uuid]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(IdList(request_ids)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
