//! Proving again who one is, before a dangerous act.

use audit::Action;
use directory::access::Proof;
use store::passkeys::{self, PasskeyRow};

use super::ticket::{Once, use_up};
use super::{Client, SignInError, begin::named, sign_in_event};
use crate::accounts::Account;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

impl Directory {
    /// Proves with a one-time code. Wrong codes count as wrong codes at sign-in do.
    ///
    /// # Errors
    ///
    /// [`SignInError::Refused`], [`SignInError::LockedOut`] or the system's.
    pub async fn step_up_with_code(
        &self,
        who: &SignedIn,
        code: &str,
        from: impl Into<Client>,
    ) -> Result<(), SignInError> {
        let client = from.into();
        let account = self.account_by_id(who.account).await?.ok_or(SignInError::Refused)?;
        let username = account.sealed.username.clone();
        let counted = self.counted(&username, &client);
        self.refuse_if_locked(&counted, &username, &client).await?;
        if !self.code_is_fresh(&account, code).await? {
            let named = Some(named(&account));
            let failure = self.count_failure(&counted, named, &username, &client, "wrong_code").await?;
            return Err(failure);
        }
        self.prove(who, &account, Proof::PasswordAndCode, None, None, &client).await
    }

    /// Marks the session as freshly proved.
    pub(super) async fn prove(
        &self,
        who: &SignedIn,
        account: &Account,
        proof: Proof,
        once: Option<&Once>,
        passkey: Option<&PasskeyRow>,
        client: &Client,
    ) -> Result<(), SignInError> {
        let now = self.world.now().as_microsecond();
        let mut tx = self.store.begin().await?;
        if let Some(once) = once
            && !use_up(&mut tx, once).await?
        {
            return Err(SignInError::Expired);
        }
        if let Some(passkey) = passkey
            && !passkeys::replace(&mut tx, passkey).await?
        {
            return Err(SignInError::Refused);
        }
        self.change_session(&mut tx, who, |content| {
            content.proof = proof;
            content.proved_at = now;
        })
        .await?;
        let event =
            sign_in_event(Action::SignIn, Some(named(account)), &account.sealed.username, client, "step_up");
        self.write_event(&mut tx, event).await?;
        tx.commit().await.map_err(ServiceError::from)?;
        Ok(())
    }
}
