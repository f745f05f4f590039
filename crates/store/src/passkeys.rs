//! Passkeys: public halves of key pairs that people sign in with. Content is sealed under the account's key.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Key16, Result};
use uuid::Uuid;

/// One passkey.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PasskeyRow {
    /// Keyed hash of the credential's id; unique.
    pub credential_key: Key16,
    /// Whose it is.
    pub account_id: Uuid,
    /// Microseconds UTC.
    pub created_at: i64,
    /// Rises with every change: see [`replace`].
    pub version: i64,
    /// Public key, counter, kind, last use.
    pub sealed: Vec<u8>,
}

statements! {
    INSERT = Sql::both(
        "INSERT INTO passkey (credential_key, account_id, created_at, version, sealed) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING",
    );
    REPLACE = Sql::both(
        "UPDATE passkey SET sealed = $2, version = version + 1 WHERE credential_key = $1 AND version = $3",
    );
    BY_CREDENTIAL = Sql::both(
        "SELECT credential_key, account_id, created_at, version, sealed FROM passkey WHERE credential_key = $1",
    );
    OF_ACCOUNT = Sql::both(
        "SELECT credential_key, account_id, created_at, version, sealed FROM passkey WHERE account_id = $1 \
         ORDER BY created_at, credential_key LIMIT $2",
    );
    REMOVE = Sql::both("DELETE FROM passkey WHERE credential_key = $1 AND account_id = $2");
    REMOVE_OF_ACCOUNT = Sql::both("DELETE FROM passkey WHERE account_id = $1");
}

/// Adds a passkey: false when the credential is known already, and nothing was written.
pub async fn insert(tx: &mut Tx, row: &PasskeyRow) -> Result<bool> {
    let inserted = on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.credential_key)
        .bind(row.account_id)
        .bind(row.created_at)
        .bind(row.version)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Replaces the sealed part of a passkey that is still as it was read: false when it was used or removed meanwhile, and
/// nothing was written.
pub async fn replace(tx: &mut Tx, row: &PasskeyRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE))
        .bind(row.credential_key).bind(&row.sealed).bind(row.version).execute(&mut *c).await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// The passkey of a credential.
pub async fn by_credential(conn: &mut Conn, credential_key: Key16) -> Result<Option<PasskeyRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(BY_CREDENTIAL)).bind(credential_key).fetch_optional(&mut *c).await)?,
    )
}

/// At most `limit` passkeys of an account, oldest first.
pub async fn of_account(conn: &mut Conn, account_id: Uuid, limit: i64) -> Result<Vec<PasskeyRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_ACCOUNT)).bind(account_id).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// Removes an account's passkey: whether it was there.
pub async fn remove(tx: &mut Tx, credential_key: Key16, account_id: Uuid) -> Result<bool> {
    let removed = on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(credential_key).bind(account_id).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(removed == 1)
}

/// Removes every passkey of an account (recovery, closing): how many there were.
pub async fn remove_of_account(tx: &mut Tx, account_id: Uuid) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE_OF_ACCOUNT))
        .bind(account_id).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
