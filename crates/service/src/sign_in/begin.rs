//! Where every way of signing in ends: the session begins, the trail says so, and the person's other sessions are told.

use audit::Action;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::access::{DeviceKind, Proof, may_enter};
use jiff::Timestamp;
use rand::RngExt as _;
use store::passkeys::PasskeyRow;
use store::sessions::SessionRow;
use store::{Key16, Tx, accounts, attempts, passkeys, sessions};

use super::throttle::Counted;
use super::ticket::{Once, use_up};
use super::{Client, Named, NewSession, SignInError, sign_in_event};
use crate::accounts::Account;
use crate::session::SessionContent;
use crate::{Directory, ServiceError};

/// How somebody comes in.
pub(super) struct Entry {
    proof: Proof,
    once: Option<Once>,
    forgiven: Vec<Key16>,
    provider_key: Option<Key16>,
    issuer: Option<String>,
    passkey: Option<PasskeyRow>,
}

impl Entry {
    pub(super) fn of(proof: Proof) -> Self {
        Self { proof, once: None, forgiven: Vec::new(), provider_key: None, issuer: None, passkey: None }
    }

    /// By a ticket that this uses up.
    pub(super) fn once(mut self, once: Once) -> Self {
        self.once = Some(once);
        self
    }

    pub(super) fn forgiving(mut self, counted: &Counted) -> Self {
        self.forgiven = counted.forgiven().collect();
        self
    }

    /// Through the provider of this issuer, in its session of this key.
    pub(super) fn vouched_by(mut self, issuer: &str, session: Key16) -> Self {
        self.provider_key = Some(session);
        self.issuer = Some(issuer.to_owned());
        self
    }

    /// By a passkey, whose counter this moves on.
    pub(super) fn with_passkey(mut self, used: PasskeyRow) -> Self {
        self.passkey = Some(used);
        self
    }
}

/// More sessions of one person than anybody has.
const MOST_SESSIONS: i64 = 50;

/// An account changes under a sign-in seldom; four times in a row it does not.
const TRIES: usize = 4;

impl Directory {
    /// Begins a session. Every precondition of access is asked here, of the account as it stands in the very transaction
    /// (rules 6.5, 6.6, 11.2).
    pub(super) async fn begin_session(
        &self,
        account: Account,
        entry: Entry,
        client: &Client,
    ) -> Result<NewSession, SignInError> {
        let mut account = account;
        for _ in 0..TRIES {
            if let Err(lapses) = may_enter(&account.facts(), self.today()) {
                let named = named(&account);
                let username = account.sealed.username.clone();
                let event = sign_in_event(Action::SignInFailed, Some(named), &username, client, "lapsed");
                self.record(event).await?;
                return Err(SignInError::NotAllowed { lapses });
            }
            if let Some(begun) = self.try_to_begin(&mut account, &entry, client).await? {
                return Ok(begun);
            }
            // Somebody changed the account meanwhile: what they wrote counts, and is asked again.
            account = self.account_by_id(account.row.account_id).await?.ok_or(SignInError::Refused)?;
        }
        Err(ServiceError::internal("an account kept changing while its owner signed in").into())
    }

    async fn try_to_begin(
        &self,
        account: &mut Account,
        entry: &Entry,
        client: &Client,
    ) -> Result<Option<NewSession>, SignInError> {
        let now = self.world.now();
        let (token, content) = {
            let mut rng = self.world.chance.generator();
            let token = URL_SAFE_NO_PAD.encode(rng.random::<[u8; 32]>());
            let content = SessionContent {
                form_token: hex::encode(rng.random::<[u8; 16]>()),
                reason: None,
                last_sign_in: account.sealed.last_sign_in,
                proof: entry.proof,
                proved_at: now.as_microsecond(),
                device: DeviceKind::of(&client.agent),
                address: client.address.to_string(),
                elsewhere_since: None,
                issuer: entry.issuer.clone(),
                asked_for: None,
                running: None,
            };
            account.sealed.last_sign_in = Some(now.as_microsecond());
            account.row.sealed =
                self.seal_account(account.row.account_id, &account.bundle, &account.sealed, &mut rng)?;
            (token, content)
        };
        let device = self.remember_device(account.row.username_key, client)?;
        let mut tx = self.store.begin().await?;
        if !accounts::replace(&mut tx, &account.row).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        if let Some(once) = &entry.once
            && !use_up(&mut tx, once).await?
        {
            tx.rollback().await?;
            return Err(SignInError::Expired);
        }
        if let Some(used) = &entry.passkey
            && !passkeys::replace(&mut tx, used).await?
        {
            // Used twice at once, or removed a moment ago: either way it proves nothing.
            tx.rollback().await?;
            return Err(SignInError::Refused);
        }
        for key in &entry.forgiven {
            attempts::remove(&mut tx, *key).await?;
        }
        sessions::remove_expired(&mut tx, now.as_microsecond()).await?;
        let elsewhere = self.tell_sessions_elsewhere(&mut tx, account, &content.address, now).await?;
        let content =
            SessionContent { elsewhere_since: elsewhere.then_some(now.as_microsecond()), ..content };
        let token_key = self.session_key(&token);
        let row = SessionRow {
            token_key,
            account_id: account.row.account_id,
            sealed: self.seal_session(token_key, &content, &mut self.world.chance.generator())?,
            created_at: now.as_microsecond(),
            seen_at: now.as_microsecond(),
            expires_at: self.policy.session.expires(now).as_microsecond(),
            provider_key: entry.provider_key,
        };
        sessions::put(&mut tx, &row).await?;
        // The watching part makes the alert from the outcome (rule 15.11).
        let outcome = if elsewhere { "ok_concurrent" } else { "ok" };
        let event =
            sign_in_event(Action::SignIn, Some(named(account)), &account.sealed.username, client, outcome);
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Ok(Some(NewSession { token, device }))
    }

    /// Tells the person's live sessions at other addresses of the new one, or ends them where the policy says so. Whether
    /// there were any (rule 15.11).
    async fn tell_sessions_elsewhere(
        &self,
        tx: &mut Tx,
        account: &Account,
        address: &str,
        now: Timestamp,
    ) -> Result<bool, ServiceError> {
        let mut any = false;
        for row in sessions::of_account(tx, account.row.account_id, MOST_SESSIONS).await? {
            if self.has_ended(&row, now) {
                continue;
            }
            let content = self.open_session(row.token_key, &row)?;
            if content.address == address {
                continue;
            }
            any = true;
            if self.policy.session.one_address_at_a_time {
                sessions::remove(tx, row.token_key).await?;
                continue;
            }
            let told = SessionContent { elsewhere_since: Some(now.as_microsecond()), ..content };
            let sealed = self.seal_session(row.token_key, &told, &mut self.world.chance.generator())?;
            sessions::reseal(tx, row.token_key, &sealed, &row.sealed).await?;
        }
        Ok(any)
    }
}

pub(super) fn named(account: &Account) -> Named {
    Named { account: account.row.account_id, organisation: account.row.organisation_id }
}
