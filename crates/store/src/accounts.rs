//! Accounts of practitioners and managers, and the one-time codes they used.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use crate::{Key16, Result};
use uuid::Uuid;

vocabulary! {
    /// Where an account stands in its life (rule 6.16).
    AccountState {
        /// Asked for, not yet checked.
        Requested = "requested",
        /// Identity and disclosure check seen.
        Verified = "verified",
        /// Training done.
        Trained = "trained",
        /// May sign in.
        Active = "active",
        /// May not sign in for now.
        Suspended = "suspended",
        /// Never again.
        Closed = "closed",
    }
}

/// One account. The sealed part holds display name, username, one-time-code secret and telephone.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountRow {
    /// Its id.
    pub account_id: Uuid,
    /// Keyed hash of the folded username; unique.
    pub username_key: Key16,
    /// The organisation it belongs to.
    pub organisation_id: Uuid,
    /// Where it stands.
    pub state: AccountState,
    /// Everything personal.
    pub sealed: Vec<u8>,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
    /// End of the disclosure check's validity, microseconds UTC.
    pub clearance_until: Option<i64>,
    /// End of the training's validity, microseconds UTC.
    pub training_until: Option<i64>,
    /// A JSON array of role codes.
    pub roles: String,
}

statements! {
    PUT = Sql::both(
        "INSERT INTO account (account_id, username_key, organisation_id, state, sealed, password_hash, \
         clearance_until, training_until, roles) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (account_id) DO UPDATE SET username_key = excluded.username_key, \
         organisation_id = excluded.organisation_id, state = excluded.state, sealed = excluded.sealed, \
         password_hash = excluded.password_hash, clearance_until = excluded.clearance_until, \
         training_until = excluded.training_until, roles = excluded.roles",
    );
    BY_USERNAME = Sql::both(
        "SELECT account_id, username_key, organisation_id, state, sealed, password_hash, clearance_until, \
         training_until, roles FROM account WHERE username_key = $1",
    );
    BY_ID = Sql::both(
        "SELECT account_id, username_key, organisation_id, state, sealed, password_hash, clearance_until, \
         training_until, roles FROM account WHERE account_id = $1",
    );
    ALL = Sql::both(
        "SELECT account_id, username_key, organisation_id, state, sealed, password_hash, clearance_until, \
         training_until, roles FROM account ORDER BY account_id LIMIT $1",
    );
    USE_CODE = Sql::both("INSERT INTO used_code (account_id, step) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    FORGET_CODES = Sql::both("DELETE FROM used_code WHERE account_id = $1 AND step < $2");
}

/// Creates or replaces an account.
///
/// # Errors
/// `UniqueViolation` if another account has the username.
pub async fn put(tx: &mut Tx, row: &AccountRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PUT))
        .bind(row.account_id)
        .bind(row.username_key)
        .bind(row.organisation_id)
        .bind(row.state)
        .bind(&row.sealed)
        .bind(&row.password_hash)
        .bind(row.clearance_until)
        .bind(row.training_until)
        .bind(&row.roles)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// The account of a username.
pub async fn by_username(conn: &mut Conn, username_key: Key16) -> Result<Option<AccountRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(BY_USERNAME)).bind(username_key).fetch_optional(&mut *c).await)?,
    )
}

/// One account.
pub async fn by_id(conn: &mut Conn, account_id: Uuid) -> Result<Option<AccountRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(account_id).fetch_optional(&mut *c).await)?)
}

/// At most `limit` accounts, in no meaningful order (their names are sealed).
pub async fn all(conn: &mut Conn, limit: i64) -> Result<Vec<AccountRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ALL)).bind(limit).fetch_all(&mut *c).await)?)
}

/// Marks the one-time code of a time step as used: `true` the first time, `false` ever after (a code works once).
pub async fn use_code(tx: &mut Tx, account_id: Uuid, step: i64) -> Result<bool> {
    let inserted = on_tx!(tx, c => sqlx::query(c.text(USE_CODE))
        .bind(account_id).bind(step).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Forgets used codes of time steps before `step`, which no longer verify anyway.
pub async fn forget_codes_before(tx: &mut Tx, account_id: Uuid, step: i64) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(FORGET_CODES)).bind(account_id).bind(step).execute(&mut *c).await.map(drop))?;
    Ok(())
}
