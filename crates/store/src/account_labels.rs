//! The sealed parts of several accounts at once, for lists that name who did something.

use crate::Result;
use crate::conn::{Conn, on_tx};
use crate::lists::IdList;
use crate::sql::{Dialect, listed_ids, statements};
use uuid::Uuid;

/// The sealed part of one account.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountLabelRow {
    /// The account.
    pub account_id: Uuid,
    /// Everything personal.
    pub sealed: Vec<u8>,
}

statements! {
    OF = listed_ids!(
        "SELECT a.account_id, a.sealed FROM list CROSS JOIN account a WHERE a.account_id = list.item"
    );
}

/// The sealed parts of these accounts, in no order; one that does not exist is missing.
pub async fn of(conn: &mut Conn, accounts: &[Uuid]) -> Result<Vec<AccountLabelRow>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF)).bind(IdList(accounts)).fetch_all(&mut *c).await)?)
}
