//! Investigations: never deleted; their steps and findings are sealed.

use crate::Result;
use crate::alerts::AlertTier;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use uuid::Uuid;

vocabulary! {
    /// Where an investigation stands.
    InvestigationState {
        /// Goes on.
        Open = "open",
        /// Closed.
        Closed = "closed",
    }
}

/// One investigation.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct InvestigationRow {
    /// A random id.
    pub investigation_id: Uuid,
    /// Who investigates.
    pub tier: AlertTier,
    /// Whose queue: see [`crate::alerts::AlertRow::authority`].
    pub authority: String,
    /// The organisation of the user it is about.
    pub organisation_id: Uuid,
    /// The user it is about.
    pub account_id: Option<Uuid>,
    /// Where it stands.
    pub state: InvestigationState,
    /// Microseconds UTC.
    pub opened_at: i64,
    /// Microseconds UTC.
    pub closed_at: Option<i64>,
    /// Rises with every change.
    pub version: i64,
    /// Steps, finding, sanctions.
    pub sealed: Vec<u8>,
}

macro_rules! columns {
    () => {
        "investigation_id, tier, authority, organisation_id, account_id, state, opened_at, closed_at, version, sealed"
    };
}

statements! {
    INSERT = Sql::both(concat!(
        "INSERT INTO investigation (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    ));
    REPLACE = Sql::both(
        "UPDATE investigation SET tier = $2, authority = $3, state = $4, closed_at = $5, sealed = $6, \
         version = version + 1 WHERE investigation_id = $1 AND version = $7",
    );
    BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM investigation WHERE investigation_id = $1"));
    QUEUE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM investigation WHERE tier = $1 AND authority = $2 AND state = $3 \
         AND (opened_at, investigation_id) > ($4, $5) ORDER BY opened_at, investigation_id LIMIT $6"
    ));
    IN_STATE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM investigation WHERE state = $1 AND investigation_id > $2 \
         ORDER BY investigation_id LIMIT $3"
    ));
    OF_ACCOUNT = Sql::both(concat!(
        "SELECT ", columns!(), " FROM investigation WHERE account_id = $1 ORDER BY opened_at DESC LIMIT $2"
    ));
}

/// Adds an investigation.
pub async fn insert(tx: &mut Tx, row: &InvestigationRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.investigation_id)
        .bind(row.tier)
        .bind(&row.authority)
        .bind(row.organisation_id)
        .bind(row.account_id)
        .bind(row.state)
        .bind(row.opened_at)
        .bind(row.closed_at)
        .bind(row.version)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Changes an investigation that is still as it was read: false when somebody was quicker, and nothing was written.
pub async fn replace(tx: &mut Tx, row: &InvestigationRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE))
        .bind(row.investigation_id)
        .bind(row.tier)
        .bind(&row.authority)
        .bind(row.state)
        .bind(row.closed_at)
        .bind(&row.sealed)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// One investigation.
pub async fn by_id(conn: &mut Conn, investigation_id: Uuid) -> Result<Option<InvestigationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(investigation_id).fetch_optional(&mut *c).await)?)
}

/// At most `limit` investigations of a queue after one of them (its time and id), the oldest first.
pub async fn queue(
    conn: &mut Conn,
    tier: AlertTier,
    authority: &str,
    state: InvestigationState,
    after: (i64, Uuid),
    limit: i64,
) -> Result<Vec<InvestigationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(QUEUE))
        .bind(tier).bind(authority).bind(state).bind(after.0).bind(after.1).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` investigations of every queue in a state after one of them, in the order of their ids: what a walk
/// takes next.
pub async fn in_state(
    conn: &mut Conn,
    state: InvestigationState,
    after: Uuid,
    limit: i64,
) -> Result<Vec<InvestigationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(IN_STATE))
        .bind(state).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}

/// The newest `limit` investigations about an account.
pub async fn of_account(conn: &mut Conn, account_id: Uuid, limit: i64) -> Result<Vec<InvestigationRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_ACCOUNT)).bind(account_id).bind(limit).fetch_all(&mut *c).await)?,
    )
}
