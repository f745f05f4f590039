//! Answers that are given again: what a client asks for under a key of its own choice is done once.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Key16, Result};

/// What stands under a key.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AnsweredRow {
    /// Keyed hash of what was asked.
    pub body_key: Key16,
    /// Until then it stands; microseconds UTC.
    pub until: i64,
    /// The answer; none in the transaction that finds it.
    pub sealed: Option<Vec<u8>>,
}

statements! {
    CLAIM = Sql::both(
        "INSERT INTO answered_once (answer_key, body_key, until, sealed) VALUES ($1, $2, $3, NULL) \
         ON CONFLICT (answer_key) DO UPDATE SET body_key = excluded.body_key, until = excluded.until, sealed = NULL \
         WHERE answered_once.until < $4",
    );
    ANSWER = Sql::both("UPDATE answered_once SET sealed = $2, until = $3 WHERE answer_key = $1");
    BY_KEY = Sql::both("SELECT body_key, until, sealed FROM answered_once WHERE answer_key = $1");
    FORGET = Sql::both("DELETE FROM answered_once WHERE until < $1");
}

/// Takes a key until an instant, unless it is taken at `now` (both microseconds UTC). Another transaction that takes the same key
/// is waited for.
pub async fn claim(tx: &mut Tx, answer_key: Key16, body_key: Key16, until: i64, now: i64) -> Result<bool> {
    let taken = on_tx!(tx, c => sqlx::query(c.text(CLAIM))
        .bind(answer_key).bind(body_key).bind(until).bind(now)
        .execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(taken == 1)
}

/// Keeps the answer until an instant.
pub async fn answer(tx: &mut Tx, answer_key: Key16, sealed: &[u8], until: i64) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(ANSWER))
        .bind(answer_key).bind(sealed).bind(until).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// What stands under a key.
pub async fn by_key(conn: &mut Conn, answer_key: Key16) -> Result<Option<AnsweredRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_KEY)).bind(answer_key).fetch_optional(&mut *c).await)?)
}

/// Forgets what need not be remembered at `now` (microseconds UTC).
pub async fn forget(tx: &mut Tx, now: i64) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(FORGET)).bind(now).execute(&mut *c).await.map(drop))?;
    Ok(())
}
