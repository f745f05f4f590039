//! People at identity providers, bound to accounts that existed before.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Key16, Result};
use uuid::Uuid;

/// One binding.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SubjectRow {
    /// Keyed hash of issuer and subject; unique.
    pub subject_key: Key16,
    /// The account it stands for.
    pub account_id: Uuid,
    /// Microseconds UTC.
    pub bound_at: i64,
}

statements! {
    BIND = Sql::both(
        "INSERT INTO provider_subject (subject_key, account_id, bound_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    );
    BY_SUBJECT = Sql::both("SELECT subject_key, account_id, bound_at FROM provider_subject WHERE subject_key = $1");
    OF_ACCOUNT = Sql::both(
        "SELECT subject_key, account_id, bound_at FROM provider_subject WHERE account_id = $1 \
         ORDER BY bound_at, subject_key LIMIT $2",
    );
    REMOVE_OF_ACCOUNT = Sql::both("DELETE FROM provider_subject WHERE account_id = $1");
}

/// Binds a subject: false when it is bound already, and nothing was written.
pub async fn bind(tx: &mut Tx, row: &SubjectRow) -> Result<bool> {
    let inserted = on_tx!(tx, c => sqlx::query(c.text(BIND))
        .bind(row.subject_key).bind(row.account_id).bind(row.bound_at).execute(&mut *c).await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// The account a subject stands for.
pub async fn by_subject(conn: &mut Conn, subject_key: Key16) -> Result<Option<SubjectRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_SUBJECT)).bind(subject_key).fetch_optional(&mut *c).await)?)
}

/// At most `limit` bindings of an account, oldest first.
pub async fn of_account(conn: &mut Conn, account_id: Uuid, limit: i64) -> Result<Vec<SubjectRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_ACCOUNT)).bind(account_id).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// Removes every binding of an account: how many there were.
pub async fn remove_of_account(tx: &mut Tx, account_id: Uuid) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE_OF_ACCOUNT))
        .bind(account_id).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
