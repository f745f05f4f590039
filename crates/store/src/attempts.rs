//! Failed sign-ins, counted by account and by address (keyed hashes of either).

use crate::conn::{Conn, Tx, on_tx};
use crate::lists::KeyList;
use crate::sql::{Dialect, Sql, listed_keys, statements};
use crate::{Key16, Result};

/// The failures of one account or address.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AttemptRow {
    /// Keyed hash of the username or of the network address.
    pub attempt_key: Key16,
    /// Failures since the last success.
    pub failures: i64,
    /// The last failure, microseconds UTC.
    pub last_at: i64,
    /// No attempt is heard before this instant, microseconds UTC.
    pub locked_until: i64,
}

statements! {
    BY_KEYS = listed_keys!(
        "SELECT a.attempt_key, a.failures, a.last_at, a.locked_until FROM list CROSS JOIN attempt a \
         WHERE a.attempt_key = list.item"
    );
    PUT = Sql::both(
        "INSERT INTO attempt (attempt_key, failures, last_at, locked_until) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (attempt_key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, \
         locked_until = excluded.locked_until",
    );
    COUNT_FAILURE = Sql::both(
        "INSERT INTO attempt (attempt_key, failures, last_at, locked_until) VALUES ($1, 1, $2, 0) \
         ON CONFLICT (attempt_key) DO UPDATE SET failures = attempt.failures + 1, last_at = excluded.last_at \
         RETURNING attempt_key, failures, last_at, locked_until",
    );
    REMOVE = Sql::both("DELETE FROM attempt WHERE attempt_key = $1");
    REMOVE_BEFORE = Sql::both("DELETE FROM attempt WHERE last_at < $1 AND locked_until < $1");
}

/// What is known of these keys.
pub async fn by_keys(conn: &mut Conn, keys: &[Key16]) -> Result<Vec<AttemptRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_KEYS)).bind(KeyList(keys)).fetch_all(&mut *c).await)?)
}

/// Creates or replaces a row.
pub async fn put(tx: &mut Tx, row: &AttemptRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PUT))
        .bind(row.attempt_key)
        .bind(row.failures)
        .bind(row.last_at)
        .bind(row.locked_until)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Counts one more failure, atomically, and returns the row as it now stands.
pub async fn count_failure(tx: &mut Tx, attempt_key: Key16, at: i64) -> Result<AttemptRow> {
    Ok(on_tx!(tx, c => sqlx::query_as(c.text(COUNT_FAILURE))
        .bind(attempt_key).bind(at).fetch_one(&mut *c).await)?)
}

/// Forgets the failures of one key (a successful sign-in).
pub async fn remove(tx: &mut Tx, attempt_key: Key16) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE)).bind(attempt_key).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Forgets what happened before an instant (microseconds UTC) and locks nobody any more.
pub async fn remove_before(tx: &mut Tx, instant: i64) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE_BEFORE))
        .bind(instant).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
