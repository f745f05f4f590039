//! The dated facts about accounts (rule 6.5): rows are added, never changed or removed.

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use uuid::Uuid;

/// One fact.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FactRow {
    /// Whose.
    pub account_id: Uuid,
    /// A random id.
    pub fact_id: Uuid,
    /// What it says: lower-case letters, digits and `_`.
    pub kind: String,
    /// The first day's midnight, microseconds UTC.
    pub holds_from: i64,
    /// The last day's midnight, microseconds UTC; none when it does not end by itself.
    pub holds_until: Option<i64>,
    /// When it was recorded, microseconds UTC.
    pub recorded_at: i64,
    /// By which account; none for the installation's operator and the service itself.
    pub recorded_by: Option<Uuid>,
    /// The reference of its evidence.
    pub sealed: Vec<u8>,
}

statements! {
    INSERT = Sql::both(
        "INSERT INTO account_fact (account_id, fact_id, kind, holds_from, holds_until, recorded_at, recorded_by, sealed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    OF_ACCOUNT = Sql::both(
        "SELECT account_id, fact_id, kind, holds_from, holds_until, recorded_at, recorded_by, sealed FROM account_fact \
         WHERE account_id = $1 ORDER BY recorded_at DESC, fact_id DESC LIMIT $2",
    );
}

/// Adds a fact.
pub async fn insert(tx: &mut Tx, row: &FactRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.account_id)
        .bind(row.fact_id)
        .bind(&row.kind)
        .bind(row.holds_from)
        .bind(row.holds_until)
        .bind(row.recorded_at)
        .bind(row.recorded_by)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// The newest `limit` facts about an account, newest first.
pub async fn of_account(conn: &mut Conn, account_id: Uuid, limit: i64) -> Result<Vec<FactRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_ACCOUNT)).bind(account_id).bind(limit).fetch_all(&mut *c).await)?,
    )
}
