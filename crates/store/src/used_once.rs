//! What may be used once only, whichever server it comes to: challenges, nonces, logout tokens.

use crate::conn::{Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Key16, Result};

statements! {
    USE = Sql::both("INSERT INTO used_once (once_key, forget_after) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    FORGET = Sql::both("DELETE FROM used_once WHERE forget_after < $1");
}

/// Marks a value (its keyed hash) as used: `true` the first time, `false` until it is forgotten after `forget_after`
/// (microseconds UTC), when it must not verify any more anyway.
pub async fn first_use(tx: &mut Tx, once_key: Key16, forget_after: i64) -> Result<bool> {
    let inserted = on_tx!(tx, c => sqlx::query(c.text(USE))
        .bind(once_key).bind(forget_after).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Forgets what need not be remembered at `now` (microseconds UTC).
pub async fn forget(tx: &mut Tx, now: i64) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(FORGET)).bind(now).execute(&mut *c).await.map(drop))?;
    Ok(())
}
