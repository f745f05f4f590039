//! Suspected misuse suspends an account at once (rule 6.14).

use audit::{AccountChangeDetail, Action, Detail};
use store::accounts::{self, AccountState};
use store::{Tx, sessions};
use uuid::Uuid;

use super::deciding::AlertError;
use crate::Directory;
use crate::session::SignedIn;
use crate::trail::Event;

impl Directory {
    /// Suspends the account and ends its sessions everywhere, inside the caller's transaction. One that is suspended or
    /// closed already stays as it is.
    pub(super) async fn suspend_in(
        &self,
        tx: &mut Tx,
        who: &SignedIn,
        account: Uuid,
    ) -> Result<(), AlertError> {
        let mut row = accounts::by_id(tx, account).await?.ok_or(AlertError::NotFound)?;
        sessions::remove_of_account(tx, account).await?;
        if matches!(row.state, AccountState::Suspended | AccountState::Closed) {
            return Ok(());
        }
        row.state = AccountState::Suspended;
        if !accounts::replace(tx, &row).await? {
            return Err(AlertError::Changed);
        }
        let changes = vec!["suspended:misuse".to_owned()];
        let detail = AccountChangeDetail { account: Some(account), changes };
        let event = Event::new(Action::AccountChanged, Detail::AccountChange(detail))
            .by(who)
            .changing_account(account);
        self.write_event(tx, event).await?;
        Ok(())
    }
}
