//! A person's own passkeys: registered, listed, removed.

use audit::{AccountChangeDetail, Action, Detail};
use directory::access::DangerousAct;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::passkeys::{self, PasskeyRow};
use store::{accounts, provider_subjects};
use uuid::Uuid;
use webauthn_rs::prelude::{CredentialID, PasskeyRegistration, RegisterPublicKeyCredential};

use super::passkey::{MOST_PASSKEYS, PasskeyQuestion, RelyingParty};
use super::passkey_content::{PasskeyContent, PasskeyKind, PasskeyLine};
use super::ticket::{Ticket, use_up};
use super::{StepUpFirst, domain};
use crate::session::{SignedIn, instant};
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// Why a passkey was not registered or removed.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The person must prove afresh who they are.
    #[error(transparent)]
    StepUpFirst(#[from] StepUpFirst),
    /// The page was open too long, or its answer was given before.
    #[error("the page is too old")]
    Expired,
    /// The device did not verify the person, or its answer is not one.
    #[error("the device's answer does not hold")]
    Refused,
    /// This key is registered already.
    #[error("the passkey is registered already")]
    Known,
    /// The account has as many as it may have.
    #[error("the account has {MOST_PASSKEYS} passkeys already")]
    TooMany,
    /// There is no such passkey.
    #[error("there is no such passkey")]
    NotFound,
    /// Without it the person could not sign in any more.
    #[error("this is the last way to sign in")]
    LastWayIn,
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for PasskeyError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What the ticket of a registration says.
#[derive(Serialize, Deserialize)]
struct Registering {
    state: PasskeyRegistration,
    session: [u8; 16],
}

impl Directory {
    /// The person's own passkeys, oldest first.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn own_passkeys(&self, who: &SignedIn) -> Result<Vec<PasskeyLine>, ServiceError> {
        let held = self.held_passkeys(who.account).await?;
        Ok(held
            .into_iter()
            .map(|(row, content)| PasskeyLine {
                handle: hex::encode(row.credential_key.0),
                kind: content.kind,
                since: instant(row.created_at),
                last_used: content.last_used.map(instant),
                suspended: content.suspended,
            })
            .collect())
    }

    async fn held_passkeys(&self, account: Uuid) -> Result<Vec<(PasskeyRow, PasskeyContent)>, ServiceError> {
        let bundle = self.bundle_of(account).await?;
        let mut conn = self.store.reader().await?;
        let rows = passkeys::of_account(&mut conn, account, MOST_PASSKEYS).await?;
        drop(conn);
        let opened = |row: PasskeyRow| {
            let content = self.open_passkey(&bundle, &row)?;
            Ok((row, content))
        };
        rows.into_iter().map(opened).collect()
    }

    /// Asks the browser for a new passkey.
    ///
    /// # Errors
    ///
    /// [`PasskeyError::StepUpFirst`], [`PasskeyError::TooMany`] or the system's.
    pub async fn ask_for_new_passkey(
        &self,
        party: &RelyingParty,
        who: &SignedIn,
    ) -> Result<PasskeyQuestion, PasskeyError> {
        self.freshly_proved(who, DangerousAct::ChangeOwnKeys)?;
        let held = self.held_passkeys(who.account).await?;
        if i64::try_from(held.len()).unwrap_or(i64::MAX) >= MOST_PASSKEYS {
            return Err(PasskeyError::TooMany);
        }
        let missing = || ServiceError::internal("a signed-in person's account is missing");
        let account = self.account_by_id(who.account).await?.ok_or_else(missing)?;
        // The device learns a number that is nothing else, and the names it shows its owner.
        let handle = Uuid::from_bytes(self.keys.attempts.hash(domain::USER_HANDLE, who.account.as_bytes()).0);
        let exclude: Vec<CredentialID> =
            held.iter().map(|(_, content)| content.key.cred_id().clone()).collect();
        let (question, state) = party
            .0
            .start_passkey_registration(
                handle,
                &account.sealed.username,
                &account.sealed.display_name,
                Some(exclude),
            )
            .map_err(ServiceError::internal)?;
        let mut options = serde_json::to_value(question).map_err(ServiceError::internal)?;
        // A device that can find its key without being told a username is asked to keep it so.
        if let Some(selection) =
            options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut)
        {
            selection.insert("residentKey".to_owned(), json!("preferred"));
            selection.insert("requireResidentKey".to_owned(), json!(false));
        }
        let ticket =
            self.seal_ticket(Ticket::Registration, &Registering { state, session: who.session.0 })?;
        Ok(PasskeyQuestion { options: options.to_string(), ticket })
    }

    /// Registers the passkey that the browser made.
    ///
    /// # Errors
    ///
    /// [`PasskeyError`].
    pub async fn register_passkey(
        &self,
        party: &RelyingParty,
        who: &SignedIn,
        ticket: &str,
        answer: &str,
        kind: PasskeyKind,
    ) -> Result<(), PasskeyError> {
        self.freshly_proved(who, DangerousAct::ChangeOwnKeys)?;
        let ticket =
            self.open_ticket::<Registering>(Ticket::Registration, ticket).ok_or(PasskeyError::Expired)?;
        if ticket.content.session != who.session.0 {
            return Err(PasskeyError::Expired);
        }
        let answer: RegisterPublicKeyCredential =
            serde_json::from_str(answer).map_err(|_| PasskeyError::Refused)?;
        let finished = party.0.finish_passkey_registration(&answer, &ticket.content.state);
        let Ok(key) = finished else {
            // The library refuses a key that the question excluded; its owner is told that it is theirs already.
            let mut conn = self.store.reader().await?;
            let known =
                passkeys::by_credential(&mut conn, self.credential_key(answer.raw_id.as_slice())).await?;
            let is_theirs = known.is_some_and(|row| row.account_id == who.account);
            return Err(if is_theirs { PasskeyError::Known } else { PasskeyError::Refused });
        };
        let credential_key = self.credential_key(key.cred_id().as_slice());
        let content = PasskeyContent { key, kind, last_used: None, suspended: false };
        let bundle = self.bundle_of(who.account).await?;
        let row = PasskeyRow {
            credential_key,
            account_id: who.account,
            created_at: self.world.now().as_microsecond(),
            version: 1,
            sealed: self.seal_passkey(&bundle, credential_key, &content)?,
        };
        let mut tx = self.store.begin().await?;
        if !use_up(&mut tx, &ticket.once).await? {
            return Err(PasskeyError::Expired);
        }
        let held = passkeys::of_account(&mut tx, who.account, MOST_PASSKEYS).await?;
        if i64::try_from(held.len()).unwrap_or(i64::MAX) >= MOST_PASSKEYS {
            return Err(PasskeyError::TooMany);
        }
        if !passkeys::insert(&mut tx, &row).await? {
            return Err(PasskeyError::Known);
        }
        self.write_event(&mut tx, changed(who, "passkey_registered")).await?;
        Ok(tx.commit().await?)
    }

    /// Removes one of the person's passkeys, unless it is their last way in.
    ///
    /// # Errors
    ///
    /// [`PasskeyError`].
    pub async fn remove_own_passkey(&self, who: &SignedIn, handle: &str) -> Result<(), PasskeyError> {
        self.freshly_proved(who, DangerousAct::ChangeOwnKeys)?;
        let mut tx = self.store.begin().await?;
        let rows = passkeys::of_account(&mut tx, who.account, MOST_PASSKEYS).await?;
        let found = rows.iter().find(|row| hex::encode(row.credential_key.0) == handle);
        let row = found.ok_or(PasskeyError::NotFound)?;
        let account = accounts::by_id(&mut tx, who.account).await?.ok_or(PasskeyError::NotFound)?;
        let has_password = !account.password_hash.is_empty();
        let has_provider = !provider_subjects::of_account(&mut tx, who.account, 1).await?.is_empty();
        if rows.len() == 1 && !has_password && !has_provider {
            return Err(PasskeyError::LastWayIn);
        }
        passkeys::remove(&mut tx, row.credential_key, who.account).await?;
        self.write_event(&mut tx, changed(who, "passkey_removed")).await?;
        Ok(tx.commit().await?)
    }
}

fn changed(who: &SignedIn, change: &str) -> Event {
    let detail = AccountChangeDetail { account: Some(who.account), changes: vec![change.to_owned()] };
    Event::new(Action::AccountChanged, Detail::AccountChange(detail)).by(who)
}
