//! Filling an empty store with many accounts at once, for a measurement.

use crate::Result;
use crate::accounts::{AccountRow, RoleRow};
use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::Tx;
use crate::{Key16, Uuid};

bulk_statements! {
    ACCOUNTS = Bulk {
        head: "INSERT INTO account (account_id, username_key, organisation_id, state, sealed, password_hash, \
               clearance_until, training_until, version)",
        columns: &[
            ColumnType::Id, ColumnType::Blob, ColumnType::Id, ColumnType::Text, ColumnType::Blob, ColumnType::Text,
            ColumnType::Int, ColumnType::Int, ColumnType::Int,
        ],
        tail: "",
    };
    ROLES = Bulk {
        head: "INSERT INTO account_role (account_id, organisation_id, role)",
        columns: &[ColumnType::Id, ColumnType::Id, ColumnType::Text],
        tail: "",
    };
    NAMES = Bulk {
        head: "INSERT INTO account_name (name_key, account_id)",
        columns: &[ColumnType::Blob, ColumnType::Id],
        tail: "ON CONFLICT DO NOTHING",
    };
}

/// Adds accounts with their roles and the keyed words of their names.
pub async fn add_accounts(
    tx: &mut Tx,
    accounts: &[AccountRow],
    roles: &[RoleRow],
    names: &[(Key16, Uuid)],
) -> Result<()> {
    let columns = [
        Column::Id(accounts.iter().map(|row| row.account_id).collect()),
        Column::Key(accounts.iter().map(|row| row.username_key).collect()),
        Column::Id(accounts.iter().map(|row| row.organisation_id).collect()),
        Column::Text(accounts.iter().map(|row| row.state.as_str()).collect()),
        Column::Blob(accounts.iter().map(|row| row.sealed.as_slice()).collect()),
        Column::Text(accounts.iter().map(|row| row.password_hash.as_str()).collect()),
        Column::Int(accounts.iter().map(|row| row.clearance_until.unwrap_or_default()).collect()),
        Column::Int(accounts.iter().map(|row| row.training_until.unwrap_or_default()).collect()),
        Column::Int(accounts.iter().map(|row| row.version).collect()),
    ];
    ACCOUNTS.run(tx, accounts.len(), &columns).await?;
    let columns = [
        Column::Id(roles.iter().map(|row| row.account_id).collect()),
        Column::Id(roles.iter().map(|row| row.organisation_id).collect()),
        Column::Text(roles.iter().map(|row| row.role.as_str()).collect()),
    ];
    ROLES.run(tx, roles.len(), &columns).await?;
    let columns = [
        Column::Key(names.iter().map(|(key, _)| *key).collect()),
        Column::Id(names.iter().map(|(_, account)| *account).collect()),
    ];
    NAMES.run(tx, names.len(), &columns).await?;
    Ok(())
}
