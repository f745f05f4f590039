//! Locks on matching keys, so that two first sightings of one child that arrive at once meet (decision 9).

use crate::conn::{Borrowed, Tx};
use crate::lists::KeyList;
use crate::sql::{dialect, statements};
use crate::{Key16, Result};

statements! {
    LOCK = dialect!(
        // Never executed: on SQLite there is one writer, and `begin` already waited for its turn.
        sqlite: "SELECT 1 WHERE $1 IS NULL",
        // The two halves of the first eight bytes of the keyed hash name the lock. The order keeps two transactions from
        // waiting for each other; the OFFSET keeps the planner from locking before sorting.
        pg: "SELECT count(pg_advisory_xact_lock(name)) FROM (SELECT DISTINCT \
             CAST(CAST('x' || encode(substring(item FROM 1 FOR 8), 'hex') AS bit(64)) AS bigint) AS name \
             FROM unnest(CAST($1 AS bytea[])) AS list(item) ORDER BY name OFFSET 0) AS names",
    );
}

/// Holds these keys until the transaction ends; waits for whoever holds one. Look up again after this.
///
/// All keys of a group are locked by one call: two calls in one transaction could wait for each other with another's two.
pub async fn lock_keys(tx: &mut Tx, keys: &[Key16]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    if let Borrowed::Postgres(c) = tx.borrow() {
        sqlx::query(LOCK.postgres).bind(KeyList(keys)).execute(&mut *c).await?;
    }
    Ok(())
}
