//! The second of two steps: the one-time code of the person's device.

use directory::access::Proof;
use store::accounts;
use uuid::Uuid;

use super::begin::Entry;
use super::password::Passed;
use super::ticket::Ticket;
use super::{Client, Named, NewSession, SignInError};
use crate::accounts::Account;
use crate::{Directory, ServiceError};

impl Directory {
    /// The second factor. Only now is anything said about the account: what has lapsed is told to its owner alone.
    ///
    /// # Errors
    ///
    /// [`SignInError`].
    pub async fn finish_sign_in(
        &self,
        challenge: &str,
        code: &str,
        from: impl Into<Client>,
    ) -> Result<NewSession, SignInError> {
        let client = from.into();
        let ticket = self.open_ticket::<Passed>(Ticket::Code, challenge).ok_or(SignInError::Expired)?;
        let passed = ticket.content;
        let counted = self.counted(&passed.username, &client);
        self.refuse_if_locked(&counted, &passed.username, &client).await?;
        let account = self.account_by_id(passed.account).await?.ok_or(SignInError::Refused)?;
        if account.row.version != passed.version {
            return Err(SignInError::Expired);
        }
        if !self.code_is_fresh(&account, code).await? {
            let named = Named { account: account.row.account_id, organisation: account.row.organisation_id };
            let failure =
                self.count_failure(&counted, Some(named), &passed.username, &client, "wrong_code").await?;
            return Err(failure);
        }
        let entry = Entry::of(Proof::PasswordAndCode).once(ticket.once).forgiving(&counted);
        self.begin_session(account, entry, &client).await
    }

    /// Whether the code is the account's now, give or take one step of thirty seconds, and was not used before. It is used
    /// up by being right.
    pub(super) async fn code_is_fresh(&self, account: &Account, code: &str) -> Result<bool, ServiceError> {
        let seconds = u64::try_from(self.world.now().as_second()).unwrap_or_default();
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        let step = (digits.len() == 6)
            .then(|| account.sealed.totp())
            .transpose()?
            .and_then(|totp| totp.check(&digits, seconds));
        match step.and_then(|step| i64::try_from(step).ok()) {
            Some(step) => self.use_code_once(account.row.account_id, step).await,
            None => Ok(false),
        }
    }

    async fn use_code_once(&self, account: Uuid, step: i64) -> Result<bool, ServiceError> {
        let mut tx = self.store.begin().await?;
        let fresh = accounts::use_code(&mut tx, account, step).await?;
        accounts::forget_codes_before(&mut tx, account, step.saturating_sub(10)).await?;
        tx.commit().await?;
        Ok(fresh)
    }
}
