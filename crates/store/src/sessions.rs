//! Sessions: they live in the database, so that application servers hold nothing (ARCHITECTURE.md).

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Key16, Result};
use uuid::Uuid;

/// One session. The sealed part carries the reason and the form-token secret.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionRow {
    /// Keyed hash of the cookie's token.
    pub token_key: Key16,
    /// Who is signed in.
    pub account_id: Uuid,
    /// Reason and the rest.
    pub sealed: Vec<u8>,
    /// Microseconds UTC.
    pub created_at: i64,
    /// The last request, microseconds UTC.
    pub seen_at: i64,
    /// Microseconds UTC.
    pub expires_at: i64,
    /// Keyed hash of the session at the identity provider it came from, if it came from one.
    pub provider_key: Option<Key16>,
}

statements! {
    PUT = Sql::both(
        "INSERT INTO session (token_key, account_id, sealed, created_at, seen_at, expires_at, provider_key) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (token_key) DO UPDATE SET sealed = excluded.sealed, \
         seen_at = excluded.seen_at, expires_at = excluded.expires_at",
    );
    BY_TOKEN = Sql::both(
        "SELECT token_key, account_id, sealed, created_at, seen_at, expires_at, provider_key FROM session \
         WHERE token_key = $1",
    );
    OF_ACCOUNT = Sql::both(
        "SELECT token_key, account_id, sealed, created_at, seen_at, expires_at, provider_key FROM session \
         WHERE account_id = $1 ORDER BY seen_at DESC, token_key LIMIT $2",
    );
    OF_PROVIDER = Sql::both(
        "SELECT token_key, account_id, sealed, created_at, seen_at, expires_at, provider_key FROM session \
         WHERE provider_key = $1 ORDER BY token_key LIMIT $2",
    );
    RESEAL = Sql::both("UPDATE session SET sealed = $2 WHERE token_key = $1 AND sealed = $3");
    TOUCH = Sql::both("UPDATE session SET seen_at = $2, expires_at = $3 WHERE token_key = $1");
    REMOVE = Sql::both("DELETE FROM session WHERE token_key = $1");
    REMOVE_OF_ACCOUNT = Sql::both("DELETE FROM session WHERE account_id = $1");
    REMOVE_EXPIRED = Sql::both("DELETE FROM session WHERE expires_at <= $1");
}

/// Creates a session, or replaces its sealed part and its times.
pub async fn put(tx: &mut Tx, row: &SessionRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PUT))
        .bind(row.token_key)
        .bind(row.account_id)
        .bind(&row.sealed)
        .bind(row.created_at)
        .bind(row.seen_at)
        .bind(row.expires_at)
        .bind(row.provider_key)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// The session of a token, expired or not: the caller knows the time.
pub async fn by_token(conn: &mut Conn, token_key: Key16) -> Result<Option<SessionRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_TOKEN)).bind(token_key).fetch_optional(&mut *c).await)?)
}

/// At most `limit` sessions of an account, the last used first, expired ones among them.
pub async fn of_account(conn: &mut Conn, account_id: Uuid, limit: i64) -> Result<Vec<SessionRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_ACCOUNT)).bind(account_id).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// At most `limit` sessions that came from one at an identity provider.
pub async fn of_provider(conn: &mut Conn, provider_key: Key16, limit: i64) -> Result<Vec<SessionRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_PROVIDER)).bind(provider_key).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// Replaces the sealed part of a session that still has the one that was read: false when it changed or ended meanwhile,
/// and nothing was written. Unlike [`put`] it never brings an ended session back.
pub async fn reseal(tx: &mut Tx, token_key: Key16, sealed: &[u8], was: &[u8]) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(RESEAL))
        .bind(token_key).bind(sealed).bind(was).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Records a request and moves the end of the session.
pub async fn touch(tx: &mut Tx, token_key: Key16, seen_at: i64, expires_at: i64) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(TOUCH))
        .bind(token_key).bind(seen_at).bind(expires_at).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Ends one session.
pub async fn remove(tx: &mut Tx, token_key: Key16) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE)).bind(token_key).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Ends every session of an account (suspension, a new password).
pub async fn remove_of_account(tx: &mut Tx, account_id: Uuid) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE_OF_ACCOUNT))
        .bind(account_id).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// Ends every session that ran out by `now` (microseconds UTC).
pub async fn remove_expired(tx: &mut Tx, now: i64) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE_EXPIRED))
        .bind(now).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
