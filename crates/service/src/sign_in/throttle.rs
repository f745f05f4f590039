//! Lock-out with back-off: what an attempt is counted under, whether it is heard, what a failure costs.

use audit::Action;
use directory::access::CountedUnder;
use jiff::Timestamp;
use store::{Key16, attempts};

use super::{Client, Named, SignInError, domain, sign_in_event};
use crate::{Directory, ServiceError};

/// What one attempt is counted under.
pub(super) struct Counted(Vec<(CountedUnder, Key16)>);

impl Counted {
    pub(super) fn keys(&self) -> Vec<Key16> {
        self.0.iter().map(|(_, key)| *key).collect()
    }

    /// What the owner's own success takes away: an address that guesses at other names, and a name that is guessed at
    /// from elsewhere, stay counted.
    pub(super) fn forgiven(&self) -> impl Iterator<Item = Key16> {
        let forgiven = |under| matches!(under, CountedUnder::NameAndAddress | CountedUnder::KnownDevice);
        self.0.iter().filter(move |(under, _)| forgiven(*under)).map(|(_, key)| *key)
    }
}

impl Directory {
    /// An attempt at a password or a code.
    pub(super) fn counted(&self, username: &str, client: &Client) -> Counted {
        let device = self.known_device(username, client);
        let address = client.address.to_string();
        let (name, address) = (username.as_bytes(), address.as_bytes());
        let hash = |domain, parts: &[&[u8]]| self.keys.attempts.hash_parts(domain, parts);
        let key = |under: &CountedUnder| match under {
            CountedUnder::NameAndAddress => hash(domain::NAME_AND_ADDRESS, &[name, address]),
            CountedUnder::Name => hash(domain::NAME, &[name]),
            CountedUnder::Address => hash(domain::ADDRESS, &[address]),
            CountedUnder::KnownDevice => hash(domain::KNOWN_DEVICE, &[name, &device.unwrap_or_default()]),
        };
        let under = self.policy.lockout.counted_under(device.is_some());
        Counted(under.iter().map(|under| (*under, key(under))).collect())
    }

    /// An attempt with a passkey or through a provider: it cannot be guessed, so no name is locked for it, only an
    /// address that makes work.
    pub(super) fn counted_by_address(&self, client: &Client) -> Counted {
        let address = client.address.to_string();
        let key = self.keys.attempts.hash_parts(domain::ADDRESS, &[address.as_bytes()]);
        Counted(vec![(CountedUnder::Address, key)])
    }

    /// As [`Directory::refuse_if_locked`], where only the address counts.
    pub(crate) async fn refuse_locked_address(
        &self,
        username: &str,
        client: &Client,
    ) -> Result<(), SignInError> {
        self.refuse_if_locked(&self.counted_by_address(client), username, client).await
    }

    /// As [`Directory::count_failure`], where only the address counts. Whose name it was is not said: a code stands between
    /// them and it.
    pub(crate) async fn count_at_address(
        &self,
        username: &str,
        client: &Client,
        outcome: &str,
    ) -> Result<SignInError, SignInError> {
        self.count_failure(&self.counted_by_address(client), None, username, client, outcome).await
    }

    pub(super) async fn refuse_if_locked(
        &self,
        counted: &Counted,
        username: &str,
        client: &Client,
    ) -> Result<(), SignInError> {
        let now = self.world.now();
        let mut conn = self.store.reader().await?;
        let rows = attempts::by_keys(&mut conn, &counted.keys()).await?;
        drop(conn);
        let locked = rows
            .iter()
            .filter_map(|row| Timestamp::from_microsecond(row.locked_until).ok())
            .filter(|until| *until > now)
            .max();
        let Some(until) = locked else { return Ok(()) };
        self.record(sign_in_event(Action::SignInFailed, None, username, client, "locked")).await?;
        Err(SignInError::LockedOut { until })
    }

    /// Counts a failure and locks whatever has had too many.
    pub(super) async fn count_failure(
        &self,
        counted: &Counted,
        named: Option<Named>,
        username: &str,
        client: &Client,
        outcome: &str,
    ) -> Result<SignInError, SignInError> {
        let now = self.world.now();
        let lockout = &self.policy.lockout;
        let event = sign_in_event(Action::SignInFailed, named, username, client, outcome);
        let mut tx = self.store.begin().await?;
        for row in attempts::by_keys(&mut tx, &counted.keys()).await? {
            let failures = u32::try_from(row.failures).unwrap_or(u32::MAX);
            let last = Timestamp::from_microsecond(row.last_at).unwrap_or(now);
            if lockout.failures_that_count(failures, last, now) == 0 {
                attempts::remove(&mut tx, row.attempt_key).await?;
            }
        }
        let mut locked: Option<Timestamp> = None;
        for (under, key) in &counted.0 {
            let row = attempts::count_failure(&mut tx, *key, now.as_microsecond()).await?;
            let failures = u32::try_from(row.failures).unwrap_or(u32::MAX) / lockout.share(*under);
            if let Some(until) = lockout.locked_until(failures, now, now) {
                attempts::put(&mut tx, &attempts::AttemptRow { locked_until: until.as_microsecond(), ..row })
                    .await?;
                locked = locked.max(Some(until));
            }
        }
        self.write_event(&mut tx, event).await?;
        tx.commit().await?;
        Ok(locked.map_or(SignInError::Refused, |until| SignInError::LockedOut { until }))
    }

    /// The account that nobody has: what an unknown name is looked up as, so that the same is done for it.
    pub(super) fn decoy_account(&self, username: &str) -> uuid::Uuid {
        uuid::Uuid::from_bytes(self.keys.attempts.hash(domain::DECOY, username.as_bytes()).0)
    }

    /// Forgets failures of long ago; one of the service's own duties.
    pub(crate) async fn forget_old_failures(&self) -> Result<(), ServiceError> {
        let kept = i64::from(self.policy.lockout.forget_after_seconds).saturating_mul(1_000_000);
        let mut tx = self.store.begin().await?;
        attempts::remove_before(&mut tx, self.world.now().as_microsecond().saturating_sub(kept)).await?;
        Ok(tx.commit().await?)
    }
}
