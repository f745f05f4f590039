//! The ways in that an account holds beside its password: passkeys, and a person at an identity provider.

use crate::Result;
use crate::conn::{Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use uuid::Uuid;

statements! {
    END_PASSKEYS = Sql::both("DELETE FROM passkey WHERE account_id = $1");
    END_PROVIDER_SUBJECTS = Sql::both("DELETE FROM provider_subject WHERE account_id = $1");
}

/// Ends all of them: how many there were.
pub async fn end_all(tx: &mut Tx, account_id: Uuid) -> Result<u64> {
    let passkeys = on_tx!(tx, c => sqlx::query(c.text(END_PASSKEYS))
        .bind(account_id).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    let subjects = on_tx!(tx, c => sqlx::query(c.text(END_PROVIDER_SUBJECTS))
        .bind(account_id).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(passkeys + subjects)
}
