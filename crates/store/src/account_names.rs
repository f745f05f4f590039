//! Keyed hashes of the names of account holders: how accounts are found by a word of a name, which nobody can read here.

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Key16, Result};
use uuid::Uuid;

statements! {
    REMOVE = Sql::both("DELETE FROM account_name WHERE account_id = $1");
}

bulk_statements! {
    ADD = Bulk {
        head: "INSERT INTO account_name (name_key, account_id)",
        columns: &[ColumnType::Blob, ColumnType::Id],
        tail: "ON CONFLICT DO NOTHING",
    };
}

/// Puts the names of an account in the place of those it had.
pub async fn replace(tx: &mut Tx, account_id: Uuid, names: &[Key16]) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE)).bind(account_id).execute(&mut *c).await.map(drop))?;
    add(tx, account_id, names).await
}

/// Adds the names of an account that has none yet.
pub async fn add(tx: &mut Tx, account_id: Uuid, names: &[Key16]) -> Result<()> {
    let columns = [Column::Key(names.to_vec()), Column::Id(names.iter().map(|_| account_id).collect())];
    ADD.run(tx, names.len(), &columns).await.map(drop)
}
