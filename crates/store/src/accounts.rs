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

/// One account. The sealed part holds name, username, one-time-code secret, the facts that count now and why it is suspended.
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
    /// End of the need for the job, where one is known, microseconds UTC.
    pub need_until: Option<i64>,
    /// Rises with every change: see [`replace`].
    pub version: i64,
}

/// A role held at an organisation.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RoleRow {
    /// Whose.
    pub account_id: Uuid,
    /// Where.
    pub organisation_id: Uuid,
    /// The role's code.
    pub role: String,
}

statements! {
    PUT = Sql::both(
        "INSERT INTO account (account_id, username_key, organisation_id, state, sealed, password_hash, \
         clearance_until, training_until, need_until, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (account_id) DO UPDATE SET username_key = excluded.username_key, \
         organisation_id = excluded.organisation_id, state = excluded.state, sealed = excluded.sealed, \
         password_hash = excluded.password_hash, clearance_until = excluded.clearance_until, \
         training_until = excluded.training_until, need_until = excluded.need_until, version = excluded.version",
    );
    BY_USERNAME = Sql::both(
        "SELECT account_id, username_key, organisation_id, state, sealed, password_hash, clearance_until, \
         training_until, need_until, version FROM account WHERE username_key = $1",
    );
    BY_ID = Sql::both(
        "SELECT account_id, username_key, organisation_id, state, sealed, password_hash, clearance_until, \
         training_until, need_until, version FROM account WHERE account_id = $1",
    );
    ALL = Sql::both(
        "SELECT account_id, username_key, organisation_id, state, sealed, password_hash, clearance_until, \
         training_until, need_until, version FROM account ORDER BY account_id LIMIT $1",
    );
    REPLACE = Sql::both(
        "UPDATE account SET username_key = $2, organisation_id = $3, state = $4, sealed = $5, password_hash = $6, \
         clearance_until = $7, training_until = $8, need_until = $9, version = version + 1 \
         WHERE account_id = $1 AND version = $10",
    );
    ROLES_OF = Sql::both(
        "SELECT account_id, organisation_id, role FROM account_role WHERE account_id = $1 ORDER BY role, organisation_id",
    );
    GIVE_ROLE = Sql::both(
        "INSERT INTO account_role (account_id, organisation_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    );
    TAKE_ROLES_AT = Sql::both("DELETE FROM account_role WHERE account_id = $1 AND organisation_id = $2");
    TAKE_ROLES = Sql::both("DELETE FROM account_role WHERE account_id = $1");
    TAKE_ROLE = Sql::both("DELETE FROM account_role WHERE account_id = $1 AND organisation_id = $2 AND role = $3");
    OPEN_INVESTIGATIONS = Sql::both("SELECT count(*) FROM investigation WHERE account_id = $1 AND state = 'open'");
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
        .bind(row.need_until)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Replaces an account that is still as it was read, and raises its version: false when somebody changed it meanwhile,
/// and nothing was written. A lapse that another server has just recorded is never overwritten.
pub async fn replace(tx: &mut Tx, row: &AccountRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE))
        .bind(row.account_id)
        .bind(row.username_key)
        .bind(row.organisation_id)
        .bind(row.state)
        .bind(&row.sealed)
        .bind(&row.password_hash)
        .bind(row.clearance_until)
        .bind(row.training_until)
        .bind(row.need_until)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// The roles an account holds, and where.
pub async fn roles_of(conn: &mut Conn, account_id: Uuid) -> Result<Vec<RoleRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ROLES_OF)).bind(account_id).fetch_all(&mut *c).await)?)
}

/// Gives a role at an organisation; giving it again changes nothing.
pub async fn give_role(tx: &mut Tx, row: &RoleRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(GIVE_ROLE))
        .bind(row.account_id).bind(row.organisation_id).bind(&row.role).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Takes a role away: whether it was held.
pub async fn take_role(tx: &mut Tx, row: &RoleRow) -> Result<bool> {
    let taken = on_tx!(tx, c => sqlx::query(c.text(TAKE_ROLE))
        .bind(row.account_id).bind(row.organisation_id).bind(&row.role).execute(&mut *c).await
        .map(|done| done.rows_affected()))?;
    Ok(taken == 1)
}

/// Takes every role held at an organisation away; returns how many there were.
pub async fn take_roles_at(tx: &mut Tx, account_id: Uuid, organisation_id: Uuid) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(TAKE_ROLES_AT))
        .bind(account_id).bind(organisation_id).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// Takes every role away; returns how many there were.
pub async fn take_roles(tx: &mut Tx, account_id: Uuid) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(TAKE_ROLES))
        .bind(account_id).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// How many investigations about an account are open.
pub async fn open_investigations(conn: &mut Conn, account_id: Uuid) -> Result<i64> {
    Ok(
        on_tx!(conn, c => sqlx::query_scalar(c.text(OPEN_INVESTIGATIONS)).bind(account_id).fetch_one(&mut *c).await)?,
    )
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
