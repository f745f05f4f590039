//! What ties a person at a provider to an account and to sessions here: made, undone, and ended with them.

use directory::access::DangerousAct;
use store::provider_subjects::SubjectRow;
use store::{Key16, accounts, passkeys, provider_subjects};
use uuid::Uuid;

use super::domain;
use super::provider::{ProviderError, ProviderOutcome};
use super::provider_tokens::hashed_parts;
use super::providers::IdentityProvider;
use super::ticket::{Once, use_up};
use crate::session::SignedIn;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// More sessions than one person has.
const MOST: i64 = 200;

impl Directory {
    pub(super) async fn bind(
        &self,
        who: &SignedIn,
        subject_key: Key16,
        once: &Once,
    ) -> Result<ProviderOutcome, ProviderError> {
        let mut tx = self.store.begin().await?;
        if !use_up(&mut tx, once).await? {
            return Err(ProviderError::Expired);
        }
        let bound_at = self.world.now().as_microsecond();
        let row = SubjectRow { subject_key, account_id: who.account, bound_at };
        if !provider_subjects::bind(&mut tx, &row).await? {
            let held = provider_subjects::by_subject(&mut tx, subject_key).await?;
            let theirs = held.is_some_and(|held| held.account_id == who.account);
            return if theirs { Ok(ProviderOutcome::Bound) } else { Err(ProviderError::NotTheirs) };
        }
        self.write_event(&mut tx, changed(who, "provider_bound")).await?;
        tx.commit().await?;
        Ok(ProviderOutcome::Bound)
    }

    /// How many people at providers stand for the person's account.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn own_provider_bindings(&self, who: &SignedIn) -> Result<usize, ServiceError> {
        let mut conn = self.store.reader().await?;
        Ok(provider_subjects::of_account(&mut conn, who.account, 10).await?.len())
    }

    /// Undoes every binding of the person's account, and ends every session of theirs that came through a provider, this one
    /// too if it did. Not while it is their last way in.
    ///
    /// # Errors
    ///
    /// [`ProviderError::StepUpFirst`], [`ProviderError::LastWayIn`] or the system's.
    pub async fn unbind_own_provider(&self, who: &SignedIn) -> Result<(), ProviderError> {
        self.freshly_proved(who, DangerousAct::ChangeOwnKeys)?;
        let mut tx = self.store.begin().await?;
        let account = accounts::by_id(&mut tx, who.account).await?;
        let has_password = account.is_some_and(|account| !account.password_hash.is_empty());
        if !has_password && passkeys::of_account(&mut tx, who.account, 1).await?.is_empty() {
            return Err(ProviderError::LastWayIn);
        }
        if provider_subjects::remove_of_account(&mut tx, who.account).await? > 0 {
            for row in store::sessions::of_account(&mut tx, who.account, MOST).await? {
                if row.provider_key.is_some() {
                    store::sessions::remove(&mut tx, row.token_key).await?;
                }
            }
            self.write_event(&mut tx, changed(who, "provider_unbound")).await?;
        }
        Ok(tx.commit().await?)
    }
}

fn changed(who: &SignedIn, change: &str) -> Event {
    let changes = vec![change.to_owned()];
    let detail = audit::AccountChangeDetail { account: Some(who.account), changes };
    Event::new(audit::Action::AccountChanged, audit::Detail::AccountChange(detail)).by(who)
}

impl Directory {
    /// The sessions that a provider's session, or a person there, stands behind.
    pub(super) async fn end_provider_sessions(
        &self,
        provider: &IdentityProvider,
        session: Option<&str>,
        subject: Option<&str>,
        once: &Once,
    ) -> Result<Option<u64>, ServiceError> {
        let mut tx = self.store.begin().await?;
        if !use_up(&mut tx, once).await? {
            return Ok(None);
        }
        let mut rows = Vec::new();
        // A provider may name the session when it ends and not have named it when it began: then the person counts.
        let named = [session.map(|it| (Some(it), "")), subject.map(|it| (None, it))];
        for (session, subject) in named.into_iter().flatten() {
            let (kind, value) = hashed_parts(session, subject);
            let parts = [provider.issuer.as_bytes(), kind, value];
            let key = self.keys.attempts.hash_parts(domain::PROVIDER_SESSION, &parts);
            rows.extend(store::sessions::of_provider(&mut tx, key, MOST).await?);
        }
        if let (None, Some(subject)) = (session, subject) {
            // The person as a whole: every session that came through a provider.
            let subject = self.subject_key(&provider.issuer, subject);
            if let Some(bound) = provider_subjects::by_subject(&mut tx, subject).await? {
                let of_person = store::sessions::of_account(&mut tx, bound.account_id, MOST).await?;
                rows.extend(of_person.into_iter().filter(|row| row.provider_key.is_some()));
            }
        }
        let mut ended = 0;
        let mut accounts: Vec<Uuid> = Vec::new();
        for row in rows {
            if accounts.is_empty() || !accounts.contains(&row.account_id) {
                accounts.push(row.account_id);
            }
            store::sessions::remove(&mut tx, row.token_key).await?;
            ended += 1;
        }
        for account in accounts {
            let detail = audit::SignInDetail {
                account: Some(account),
                outcome: "signed_out_by_provider".to_owned(),
                ..audit::SignInDetail::default()
            };
            let event = Event::new(audit::Action::SignOut, audit::Detail::SignIn(detail));
            self.write_event(&mut tx, event.changing_account(account)).await?;
        }
        tx.commit().await?;
        Ok(Some(ended))
    }
}
