//! Proving again who one is, before a dangerous act.

use audit::Action;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::access::{DangerousAct, Proof};
use store::passkeys::{self, PasskeyRow};
use uuid::Uuid;

use super::ticket::{Once, use_up};
use super::{Client, SignInError, begin::named, sign_in_event};
use crate::accounts::Account;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// The person must prove afresh who they are, and then may ask again. Nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fresh proof is needed")]
pub struct StepUpFirst(
    /// For which act.
    pub DangerousAct,
);

impl Directory {
    /// Asked by every use case that is a dangerous act: once it is known that the person may, before anything is written.
    pub(crate) fn freshly_proved(&self, who: &SignedIn, act: DangerousAct) -> Result<(), StepUpFirst> {
        if who.recently_proved(self.world.now()) { Ok(()) } else { Err(StepUpFirst(act)) }
    }

    /// A form that waits until the person has proved who they are, sealed for their session: what they filled in is not
    /// lost, and nobody else can make one.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn seal_kept_form(&self, who: &SignedIn, form: &[u8]) -> Result<String, ServiceError> {
        let mut rng = self.world.chance.generator();
        Ok(URL_SAFE_NO_PAD.encode(self.keys.seal_for_session(kept_for(who), form, &mut rng)?))
    }

    /// Opens what [`Directory::seal_kept_form`] sealed in the same session.
    #[must_use]
    pub fn open_kept_form(&self, who: &SignedIn, sealed: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        Some(self.keys.open_for_session(kept_for(who), &sealed)?.to_vec())
    }

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

/// What kept forms are bound to: the session, and that they are forms.
fn kept_for(who: &SignedIn) -> Uuid {
    const KEPT: u128 = 0x6b65_7074_2066_6f72_6d20_2020_2020_3031;
    Uuid::from_u128(u128::from_be_bytes(who.session.0) ^ KEPT)
}
