//! How often an account has overridden a shield (rule 2.9): one row an account, by a keyed hash, its instants sealed. A row
//! changes only while it is as it was read, so that two servers do not count past the quota.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Key16, Result};

/// What is remembered of one account.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QuotaRow {
    /// Keyed hash of the account.
    pub quota_key: Key16,
    /// The month (`YYYY-MM`) after which nothing of it counts any more.
    pub until_month: String,
    /// Rises with every change, from 1.
    pub version: i64,
    /// The instants.
    pub sealed: Vec<u8>,
}

statements! {
    BY_KEY = Sql::both("SELECT quota_key, until_month, version, sealed FROM override_quota WHERE quota_key = $1");
    PUT = Sql::both(
        "INSERT INTO override_quota (quota_key, until_month, version, sealed) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (quota_key) DO UPDATE SET until_month = excluded.until_month, version = excluded.version, \
         sealed = excluded.sealed WHERE override_quota.version = excluded.version - 1",
    );
    FORGET = Sql::both("DELETE FROM override_quota WHERE until_month < $1");
}

/// What is remembered under a key.
pub async fn by_key(conn: &mut Conn, quota_key: Key16) -> Result<Option<QuotaRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_KEY)).bind(quota_key).fetch_optional(&mut *c).await)?)
}

/// Writes the row as its next version: false when another was written since it was read, and nothing changed.
pub async fn put(tx: &mut Tx, row: &QuotaRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(PUT))
        .bind(row.quota_key)
        .bind(&row.until_month)
        .bind(row.version)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Forgets what counts no more in a month (`YYYY-MM`).
pub async fn forget(tx: &mut Tx, month: &str) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(FORGET)).bind(month).execute(&mut *c).await.map(drop))?;
    Ok(())
}
