//! Alerts of the watch, and the queues people work through. What rule fired is sealed.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use crate::{Key16, Result};
use uuid::Uuid;

vocabulary! {
    /// Who reviews.
    AlertTier {
        /// The authority or partner itself.
        Authority = "authority",
        /// The central team.
        Central = "central",
    }
}

vocabulary! {
    /// Where an alert stands.
    AlertState {
        /// Waits for somebody.
        Open = "open",
        /// Somebody has taken it on.
        Claimed = "claimed",
        /// Decided.
        Closed = "closed",
    }
}

/// One alert.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AlertRow {
    /// A random id.
    pub alert_id: Uuid,
    /// Keyed hash of what it is about: the same thing is noticed once.
    pub once_key: Key16,
    /// Who reviews it.
    pub tier: AlertTier,
    /// Whose queue: an authority's code, a partner's own word, or `national`.
    pub authority: String,
    /// The organisation of the user it is about.
    pub organisation_id: Uuid,
    /// The user it is about.
    pub account_id: Option<Uuid>,
    /// Where it stands.
    pub state: AlertState,
    /// Microseconds UTC.
    pub opened_at: i64,
    /// Microseconds UTC.
    pub closed_at: Option<i64>,
    /// Who has taken it on.
    pub claimed_by: Option<Uuid>,
    /// The investigation it led to.
    pub investigation_id: Option<Uuid>,
    /// Rises with every change.
    pub version: i64,
    /// The rest.
    pub sealed: Vec<u8>,
}

macro_rules! columns {
    () => {
        "alert_id, once_key, tier, authority, organisation_id, account_id, state, opened_at, closed_at, claimed_by, \
         investigation_id, version, sealed"
    };
}

statements! {
    INSERT = Sql::both(concat!(
        "INSERT INTO alert (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (once_key) DO NOTHING"
    ));
    REPLACE = Sql::both(
        "UPDATE alert SET tier = $2, authority = $3, state = $4, closed_at = $5, claimed_by = $6, investigation_id = $7, \
         sealed = $8, version = version + 1 WHERE alert_id = $1 AND version = $9",
    );
    BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM alert WHERE alert_id = $1"));
    QUEUE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM alert WHERE tier = $1 AND authority = $2 AND state = $3 \
         AND (opened_at, alert_id) > ($4, $5) ORDER BY opened_at, alert_id LIMIT $6"
    ));
    NEWEST = Sql::both(concat!(
        "SELECT ", columns!(), " FROM alert WHERE tier = $1 AND authority = $2 AND state = $3 \
         AND (opened_at, alert_id) < ($4, $5) ORDER BY opened_at DESC, alert_id DESC LIMIT $6"
    ));
    OLDER = Sql::both(concat!(
        "SELECT ", columns!(), " FROM alert WHERE state = $1 AND tier = $2 AND opened_at < $3 \
         ORDER BY opened_at, alert_id LIMIT $4"
    ));
    OF_ACCOUNT = Sql::both(concat!(
        "SELECT ", columns!(), " FROM alert WHERE account_id = $1 ORDER BY opened_at DESC LIMIT $2"
    ));
    IN_STATE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM alert WHERE state = $1 AND alert_id > $2 ORDER BY alert_id LIMIT $3"
    ));
    OF_INVESTIGATION = Sql::both(concat!(
        "SELECT ", columns!(), " FROM alert WHERE investigation_id = $1 LIMIT $2"
    ));
}

/// Adds an alert: false when the same thing was noticed before, and nothing was written.
pub async fn insert(tx: &mut Tx, row: &AlertRow) -> Result<bool> {
    let added = on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.alert_id)
        .bind(row.once_key)
        .bind(row.tier)
        .bind(&row.authority)
        .bind(row.organisation_id)
        .bind(row.account_id)
        .bind(row.state)
        .bind(row.opened_at)
        .bind(row.closed_at)
        .bind(row.claimed_by)
        .bind(row.investigation_id)
        .bind(row.version)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(added == 1)
}

/// Changes an alert that is still as it was read: false when somebody was quicker, and nothing was written.
pub async fn replace(tx: &mut Tx, row: &AlertRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE))
        .bind(row.alert_id)
        .bind(row.tier)
        .bind(&row.authority)
        .bind(row.state)
        .bind(row.closed_at)
        .bind(row.claimed_by)
        .bind(row.investigation_id)
        .bind(&row.sealed)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// One alert.
pub async fn by_id(conn: &mut Conn, alert_id: Uuid) -> Result<Option<AlertRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(alert_id).fetch_optional(&mut *c).await)?)
}

/// At most `limit` alerts of a queue after one of them (its time and id), the oldest first.
pub async fn queue(
    conn: &mut Conn,
    tier: AlertTier,
    authority: &str,
    state: AlertState,
    after: (i64, Uuid),
    limit: i64,
) -> Result<Vec<AlertRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(QUEUE))
        .bind(tier).bind(authority).bind(state).bind(after.0).bind(after.1).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` alerts of a queue before one of them (its time and id), the newest first.
pub async fn newest(
    conn: &mut Conn,
    tier: AlertTier,
    authority: &str,
    state: AlertState,
    before: (i64, Uuid),
    limit: i64,
) -> Result<Vec<AlertRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(NEWEST))
        .bind(tier).bind(authority).bind(state).bind(before.0).bind(before.1).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` alerts of every queue of a tier that were opened before an instant (microseconds UTC), the oldest first.
pub async fn older(
    conn: &mut Conn,
    state: AlertState,
    tier: AlertTier,
    than: i64,
    limit: i64,
) -> Result<Vec<AlertRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OLDER))
        .bind(state).bind(tier).bind(than).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` alerts of every queue in a state after one of them, in the order of their ids: what a walk takes next.
pub async fn in_state(conn: &mut Conn, state: AlertState, after: Uuid, limit: i64) -> Result<Vec<AlertRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(IN_STATE))
        .bind(state).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}

/// The newest `limit` alerts about an account.
pub async fn of_account(conn: &mut Conn, account_id: Uuid, limit: i64) -> Result<Vec<AlertRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_ACCOUNT)).bind(account_id).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// At most `limit` alerts that led to an investigation or were joined to it.
pub async fn of_investigation(conn: &mut Conn, investigation_id: Uuid, limit: i64) -> Result<Vec<AlertRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_INVESTIGATION))
        .bind(investigation_id).bind(limit).fetch_all(&mut *c).await)?)
}
