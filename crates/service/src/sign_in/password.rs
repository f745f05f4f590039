//! The first of two steps: username and password.

use directory::access::{PasswordFault, check_password};
use serde::{Deserialize, Serialize};
use store::accounts;
use uuid::Uuid;

use super::ticket::Ticket;
use super::{Challenge, Client, Named, SignInError};
use crate::Directory;
use crate::accounts::fold;

/// What the ticket between password and code says.
#[derive(Serialize, Deserialize)]
pub(super) struct Passed {
    pub(super) account: Uuid,
    pub(super) username: String,
    /// The account's version: whatever has changed since, a new password above all, makes the ticket stale.
    pub(super) version: i64,
}

/// Names of this service, which no password may hold.
const PRODUCTS: [&str; 1] = ["ContactPoint"];

/// Whether the account's holder may take this password, whichever way they come to set it.
///
/// # Errors
///
/// The first fault.
pub(crate) fn may_be_taken(password: &str, username: &str, display_name: &str) -> Result<(), PasswordFault> {
    check_password(password, &[username, display_name], &PRODUCTS)
}

impl Directory {
    /// The first factor.
    ///
    /// # Errors
    ///
    /// [`SignInError::Refused`] or [`SignInError::LockedOut`], by the same statements and the same hashing for a known and
    /// an unknown username.
    pub async fn begin_sign_in(
        &self,
        username: &str,
        password: &str,
        from: impl Into<Client>,
    ) -> Result<Challenge, SignInError> {
        let (username, client) = (fold(username), from.into());
        let counted = self.counted(&username, &client);
        self.refuse_if_locked(&counted, &username, &client).await?;
        let username_key = self.keys.accounts.hash(0, username.as_bytes());
        let mut conn = self.store.reader().await?;
        // Only the row: opening the rest would be work that an unknown name does not make.
        let row = accounts::by_username(&mut conn, username_key).await?;
        drop(conn);
        let named =
            row.as_ref().map(|row| Named { account: row.account_id, organisation: row.organisation_id });
        let stored = row.as_ref().map(|row| row.password_hash.as_str());
        let right = self.password_is_right(stored, password).await?;
        let Some(row) = row.filter(|_| right) else {
            let failure = self.count_failure(&counted, named, &username, &client, "wrong_password").await?;
            return Err(failure);
        };
        let passed = Passed { account: row.account_id, username, version: row.version };
        Ok(Challenge { token: self.seal_ticket(Ticket::Code, &passed)? })
    }
}
