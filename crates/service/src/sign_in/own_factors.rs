//! Changing one's own password and one's own authenticator, after proving afresh who one is.

use audit::{AccountChangeDetail, Action, Detail};
use directory::access::{DangerousAct, PasswordFault};
use jiff::Timestamp;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::accounts;
use totp_rs::Builder;
use uuid::Uuid;

use super::begin::named;
use super::ticket::{Ticket, use_up};
use super::{SignInError, StepUpFirst, may_be_taken};
use crate::accounts::Account;
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// A new one-time-code secret, to be put into an authenticator and shown to work.
pub struct NewAuthenticator {
    /// To type, in base 32 by fours.
    pub secret: String,
    /// To open on the device itself: an `otpauth` address.
    pub address: String,
    /// For a cookie, until the first code is given.
    pub ticket: String,
}

/// Why a factor was not changed.
#[derive(Debug, thiserror::Error)]
pub enum OwnFactorError {
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The old password is wrong.
    #[error("the password is not the account's")]
    WrongPassword,
    /// Too many wrong passwords were given.
    #[error("too many attempts; wait until {until}")]
    LockedOut {
        /// When the next one will be looked at.
        until: Timestamp,
    },
    /// The new password may not be taken.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// The new authenticator's code is wrong.
    #[error("the code is not the new authenticator's")]
    WrongCode,
    /// The page was open too long, or its answer was given before.
    #[error("the page is too old")]
    Expired,
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<SignInError> for OwnFactorError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::LockedOut { until } => Self::LockedOut { until },
            SignInError::Service(fault) => Self::Service(fault),
            _ => Self::WrongPassword,
        }
    }
}

impl From<store::StoreError> for OwnFactorError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What the ticket of a new authenticator says.
#[derive(Serialize, Deserialize)]
struct Shown {
    account: Uuid,
    secret: Vec<u8>,
}

impl Directory {
    /// Takes a new password. Every other session of the person ends.
    ///
    /// # Errors
    ///
    /// [`OwnFactorError`].
    pub async fn change_own_password(
        &self,
        who: &SignedIn,
        old: &str,
        new: String,
    ) -> Result<(), OwnFactorError> {
        let mut account = self.own_account(who).await?;
        self.check_old_password(who, &account, old).await?;
        may_be_taken(&new, &account.sealed.username, &account.sealed.display_name)?;
        account.row.password_hash = self.hash_password(new).await?;
        self.keep_factor(who, &account, "password_changed", None).await
    }

    /// Makes a new one-time-code secret. The old one counts until the first code of the new one is given.
    ///
    /// # Errors
    ///
    /// [`OwnFactorError`].
    pub async fn new_authenticator(&self, who: &SignedIn) -> Result<NewAuthenticator, OwnFactorError> {
        let account = self.own_account(who).await?;
        let secret: [u8; 20] = self.world.chance.generator().random();
        let ticket = self
            .seal_ticket(Ticket::Authenticator, &Shown { account: who.account, secret: secret.to_vec() })?;
        Ok(described(&secret, &account.sealed.username, ticket)?)
    }

    /// The new authenticator again, for a page that is shown a second time.
    ///
    /// # Errors
    ///
    /// [`OwnFactorError`].
    pub async fn shown_authenticator(
        &self,
        who: &SignedIn,
        ticket: &str,
    ) -> Result<NewAuthenticator, OwnFactorError> {
        let account = self.own_account(who).await?;
        let shown =
            self.open_ticket::<Shown>(Ticket::Authenticator, ticket).ok_or(OwnFactorError::Expired)?;
        if shown.content.account != who.account {
            return Err(OwnFactorError::Expired);
        }
        Ok(described(&shown.content.secret, &account.sealed.username, ticket.to_owned())?)
    }

    /// Takes the new secret once its authenticator shows a right code. Every other session of the person ends.
    ///
    /// # Errors
    ///
    /// [`OwnFactorError`].
    pub async fn change_own_authenticator(
        &self,
        who: &SignedIn,
        ticket: &str,
        code: &str,
    ) -> Result<(), OwnFactorError> {
        let mut account = self.own_account(who).await?;
        let shown =
            self.open_ticket::<Shown>(Ticket::Authenticator, ticket).ok_or(OwnFactorError::Expired)?;
        if shown.content.account != who.account {
            return Err(OwnFactorError::Expired);
        }
        account.sealed.totp_secret = shown.content.secret;
        if !self.code_is_fresh(&account, code).await.map_err(OwnFactorError::from)? {
            return Err(OwnFactorError::WrongCode);
        }
        let mut rng = self.world.chance.generator();
        account.row.sealed =
            self.seal_account(account.row.account_id, &account.bundle, &account.sealed, &mut rng)?;
        self.keep_factor(who, &account, "authenticator_changed", Some(&shown.once)).await
    }

    /// A wrong old password counts as a wrong one at sign-in does, from the address the session began at: an open session is
    /// no place to guess from either.
    async fn check_old_password(
        &self,
        who: &SignedIn,
        account: &Account,
        old: &str,
    ) -> Result<(), OwnFactorError> {
        let client = self.client_of(who).await?;
        let username = account.sealed.username.clone();
        let counted = self.counted(&username, &client);
        self.refuse_if_locked(&counted, &username, &client).await?;
        if self.password_is_right(Some(&account.row.password_hash), old).await? {
            return Ok(());
        }
        let named = Some(named(account));
        let failure = self.count_failure(&counted, named, &username, &client, "wrong_password").await?;
        Err(failure.into())
    }

    async fn own_account(&self, who: &SignedIn) -> Result<Account, OwnFactorError> {
        self.freshly_proved(who, DangerousAct::ChangeOwnKeys)?;
        let missing = || ServiceError::internal("a signed-in person's account is missing");
        Ok(self.account_by_id(who.account).await?.ok_or_else(missing)?)
    }

    async fn keep_factor(
        &self,
        who: &SignedIn,
        account: &Account,
        change: &str,
        once: Option<&super::ticket::Once>,
    ) -> Result<(), OwnFactorError> {
        let mut tx = self.store.begin().await?;
        if let Some(once) = once
            && !use_up(&mut tx, once).await?
        {
            return Err(OwnFactorError::Expired);
        }
        if !accounts::replace(&mut tx, &account.row).await? {
            // Somebody else changed the account in this moment; nothing is overwritten.
            return Err(OwnFactorError::Expired);
        }
        self.end_others(&mut tx, who).await?;
        let detail = AccountChangeDetail { account: Some(who.account), changes: vec![change.to_owned()] };
        let event = Event::new(Action::AccountChanged, Detail::AccountChange(detail)).by(who);
        self.write_event(&mut tx, event).await?;
        Ok(tx.commit().await?)
    }
}

fn described(secret: &[u8], username: &str, ticket: String) -> Result<NewAuthenticator, ServiceError> {
    let totp = Builder::new().with_secret(secret.to_vec().into_boxed_slice()).build();
    let base32 = totp.map_err(ServiceError::internal)?.secret().to_base32();
    let mut address = url::Url::parse("otpauth://totp/").map_err(ServiceError::internal)?;
    address.set_path(&format!("ContactPoint:{username}"));
    address.query_pairs_mut().append_pair("secret", &base32).append_pair("issuer", "ContactPoint");
    let fours: Vec<String> =
        base32.chars().collect::<Vec<_>>().chunks(4).map(|four| four.iter().collect()).collect();
    Ok(NewAuthenticator { secret: fours.join(" "), address: address.into(), ticket })
}
