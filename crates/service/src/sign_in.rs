//! Signing in: password, then one-time code; lock-out with back-off by account and by address.

use std::net::IpAddr;

use audit::{Action, Detail, SignInDetail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::access::{Lapse, may_enter};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::Key16;
use store::sessions::SessionRow;
use store::{accounts, attempts, sessions};
use uuid::Uuid;

use crate::accounts::{Account, fold};
use crate::session::SessionContent;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// Where a sign-in attempt came from, as the web edge determined it (only configured proxies are believed).
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// A password was right; the code is still to come. The token lives five minutes, in a cookie of its own.
pub struct Challenge {
    /// Opaque; says nothing about the account.
    pub token: String,
}

/// A new session. The token is in the cookie and, hashed, in the database.
pub struct NewSession {
    /// Opaque, 256 random bits.
    pub token: String,
}

/// Why signing in did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The same for an unknown user, a wrong password and a wrong code.
    #[error("the details do not match an account")]
    Refused,
    /// Too many attempts for this account or from this address.
    #[error("too many attempts; wait until {until}")]
    LockedOut {
        /// When the next attempt will be looked at.
        until: Timestamp,
    },
    /// Both factors were right, but access has lapsed.
    #[error("access has lapsed")]
    NotAllowed {
        /// What lapsed.
        lapses: Vec<Lapse>,
    },
    /// The challenge is older than five minutes, was used, or the account has signed in since: start again.
    #[error("the sign-in took too long")]
    Expired,
    /// The system failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for SignInError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// What a challenge's token says, sealed.
#[derive(Serialize, Deserialize)]
struct ChallengeContent {
    account: Uuid,
    username: String,
    issued: i64,
    /// When the account had last signed in: a sign-in since then has used this challenge or made it stale.
    last_sign_in: Option<i64>,
}

/// A challenge is answered within this time.
const CHALLENGE: SignedDuration = SignedDuration::from_mins(5);

/// What challenges are bound to, so that no other sealed text passes for one.
const CHALLENGE_CONTEXT: Uuid = Uuid::from_u128(0x6368_616c_6c65_6e67_6520_7369_676e_2d69);

impl Directory {
    /// The first factor.
    ///
    /// # Errors
    ///
    /// [`SignInError::Refused`] or [`SignInError::LockedOut`], in the same time for a known and an unknown username.
    pub async fn begin_sign_in(
        &self,
        username: &str,
        password: &str,
        from: &ClientAddress,
    ) -> Result<Challenge, SignInError> {
        let username = fold(username);
        let attempt = self.attempt_keys(&username, from);
        self.refuse_if_locked(&attempt, &username, from).await?;
        let account = self.account_named(&username).await?;
        if !self.password_is_right(account.as_ref(), password).await? {
            return Err(self
                .count_failure(&attempt, account.as_ref(), &username, from, "wrong_password")
                .await?);
        }
        let Some(account) = account else { return Err(SignInError::Refused) };
        let content = ChallengeContent {
            account: account.row.account_id,
            username,
            issued: self.world.now().as_microsecond(),
            last_sign_in: account.sealed.last_sign_in,
        };
        let plain = serde_json::to_vec(&content).map_err(ServiceError::internal)?;
        let mut rng = self.world.chance.generator();
        let sealed = self.keys.seal_for_session(CHALLENGE_CONTEXT, &plain, &mut rng)?;
        Ok(Challenge { token: URL_SAFE_NO_PAD.encode(sealed) })
    }

    /// The second factor. Only now is anything said about the account: what has lapsed is told to its owner alone.
    ///
    /// # Errors
    ///
    /// [`SignInError`].
    pub async fn finish_sign_in(
        &self,
        challenge: &str,
        code: &str,
        from: &ClientAddress,
    ) -> Result<NewSession, SignInError> {
        let content = self.open_challenge(challenge).ok_or(SignInError::Expired)?;
        let attempt = self.attempt_keys(&content.username, from);
        self.refuse_if_locked(&attempt, &content.username, from).await?;
        let account = self.account_by_id(content.account).await?.ok_or(SignInError::Refused)?;
        if account.sealed.last_sign_in != content.last_sign_in {
            return Err(SignInError::Expired);
        }
        let seconds = u64::try_from(self.world.now().as_second()).unwrap_or_default();
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        let step = (digits.len() == 6)
            .then(|| account.sealed.totp())
            .transpose()?
            .and_then(|totp| totp.check(&digits, seconds));
        let step = step.and_then(|step| i64::try_from(step).ok());
        let fresh = match step {
            Some(step) => self.use_code_once(account.row.account_id, step).await?,
            None => false,
        };
        if !fresh {
            let failure =
                self.count_failure(&attempt, Some(&account), &content.username, from, "wrong_code").await?;
            return Err(failure);
        }
        if let Err(lapses) = may_enter(&account.facts(), self.today()) {
            self.record(sign_in_event(
                Action::SignInFailed,
                Some(&account),
                &content.username,
                from,
                "lapsed",
            ))
            .await?;
            return Err(SignInError::NotAllowed { lapses });
        }
        self.begin_session(account, &attempt, from).await
    }

    async fn begin_session(
        &self,
        mut account: Account,
        attempt: &[Key16; 2],
        from: &ClientAddress,
    ) -> Result<NewSession, SignInError> {
        let mut rng = self.world.chance.generator();
        let now = self.world.now();
        let token = URL_SAFE_NO_PAD.encode(rng.random::<[u8; 32]>());
        let token_key = self.session_key(&token);
        let content = SessionContent {
            form_token: hex::encode(rng.random::<[u8; 16]>()),
            reason: None,
            last_sign_in: account.sealed.last_sign_in,
        };
        let row = SessionRow {
            token_key,
            account_id: account.row.account_id,
            sealed: self.seal_session(token_key, &content, &mut rng)?,
            created_at: now.as_microsecond(),
            seen_at: now.as_microsecond(),
            expires_at: self.policy.session.expires(now).as_microsecond(),
        };
        account.sealed.last_sign_in = Some(now.as_microsecond());
        account.row.sealed =
            self.seal_account(account.row.account_id, &account.bundle, &account.sealed, &mut rng)?;
        let event = sign_in_event(Action::SignIn, Some(&account), &account.sealed.username, from, "ok");
        let mut tx = self.store.begin().await?;
        for key in attempt {
            attempts::remove(&mut tx, *key).await?;
        }
        sessions::remove_expired(&mut tx, now.as_microsecond()).await?;
        sessions::put(&mut tx, &row).await?;
        accounts::put(&mut tx, &account.row).await?;
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Ok(NewSession { token })
    }

    pub(crate) fn session_key(&self, token: &str) -> Key16 {
        self.keys.sessions.hash(0, token.as_bytes())
    }

    fn open_challenge(&self, challenge: &str) -> Option<ChallengeContent> {
        let sealed = URL_SAFE_NO_PAD.decode(challenge).ok()?;
        let plain = self.keys.open_for_session(CHALLENGE_CONTEXT, &sealed)?;
        let content: ChallengeContent = serde_json::from_slice(&plain).ok()?;
        let issued = Timestamp::from_microsecond(content.issued).ok()?;
        let age = self.world.now().duration_since(issued);
        (age >= SignedDuration::ZERO && age <= CHALLENGE).then_some(content)
    }

    async fn use_code_once(&self, account: Uuid, step: i64) -> Result<bool, ServiceError> {
        let mut tx = self.store.begin().await?;
        let fresh = accounts::use_code(&mut tx, account, step).await?;
        accounts::forget_codes_before(&mut tx, account, step.saturating_sub(10)).await?;
        tx.commit().await?;
        Ok(fresh)
    }

    fn attempt_keys(&self, username: &str, from: &ClientAddress) -> [Key16; 2] {
        [
            self.keys.attempts.hash(BY_ACCOUNT, username.as_bytes()),
            self.keys.attempts.hash(BY_ADDRESS, from.0.to_string().as_bytes()),
        ]
    }

    async fn refuse_if_locked(
        &self,
        keys: &[Key16; 2],
        username: &str,
        from: &ClientAddress,
    ) -> Result<(), SignInError> {
        let now = self.world.now();
        let mut conn = self.store.reader().await?;
        let rows = attempts::by_keys(&mut conn, keys).await?;
        drop(conn);
        let locked = rows
            .iter()
            .filter_map(|row| Timestamp::from_microsecond(row.locked_until).ok())
            .filter(|until| *until > now)
            .max();
        let Some(until) = locked else { return Ok(()) };
        self.record(sign_in_event(Action::SignInFailed, None, username, from, "locked")).await?;
        Err(SignInError::LockedOut { until })
    }

    /// Counts a failure for the account's name and for the address, and locks whichever has had too many. An address is
    /// shared by a whole office, so it bears more.
    async fn count_failure(
        &self,
        keys: &[Key16; 2],
        account: Option<&Account>,
        username: &str,
        from: &ClientAddress,
        outcome: &str,
    ) -> Result<SignInError, SignInError> {
        let now = self.world.now();
        let mut tx = self.store.begin().await?;
        for row in attempts::by_keys(&mut tx, keys).await? {
            let failures = u32::try_from(row.failures).unwrap_or(u32::MAX);
            let last = Timestamp::from_microsecond(row.last_at).unwrap_or(now);
            if self.policy.lockout.failures_that_count(failures, last, now) == 0 {
                attempts::remove(&mut tx, row.attempt_key).await?;
            }
        }
        let mut locked: Option<Timestamp> = None;
        for (key, share) in keys.iter().zip([1, ADDRESS_SHARE]) {
            let row = attempts::count_failure(&mut tx, *key, now.as_microsecond()).await?;
            let failures = u32::try_from(row.failures).unwrap_or(u32::MAX) / share;
            if let Some(until) = self.policy.lockout.locked_until(failures, now, now) {
                attempts::put(&mut tx, &attempts::AttemptRow { locked_until: until.as_microsecond(), ..row })
                    .await?;
                locked = locked.max(Some(until));
            }
        }
        self.write_event(&mut tx, sign_in_event(Action::SignInFailed, account, username, from, outcome))
            .await?;
        tx.commit().await?;
        Ok(locked.map_or(SignInError::Refused, |until| SignInError::LockedOut { until }))
    }
}

/// Domains of the keys failures are counted under.
const BY_ACCOUNT: u16 = 0;
const BY_ADDRESS: u16 = 1;

/// An address bears this many times the failures of an account.
const ADDRESS_SHARE: u32 = 8;

fn sign_in_event(
    action: Action,
    account: Option<&Account>,
    username: &str,
    from: &ClientAddress,
    outcome: &str,
) -> Event {
    let detail = SignInDetail {
        account: account.map(|account| account.row.account_id),
        username: username.to_owned(),
        address: Some(from.0.to_string()),
        outcome: outcome.to_owned(),
    };
    let event = Event::new(action, Detail::SignIn(detail));
    match account {
        Some(account) => event.by_account(account.row.account_id, account.row.organisation_id),
        None => event,
    }
}
