//! How often one account may (rule 2.9): the instants of its overrides, sealed, behind a keyed hash of the account.

use directory::access::OverridePolicy;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::Key16;
use store::override_quota::{self, QuotaRow};
use uuid::Uuid;

use super::OverrideError;
use crate::session::{SignedIn, instant};
use crate::{Directory, ServiceError};

/// The domain of the hash, among those of what is counted of accounts.
const QUOTA: u16 = 32;

/// What the seal of a row is bound to beside the account.
const SEALED_AS: u128 = 0x6f76_6572_7269_6465_2071_756f_7461_3031;

/// What one account has done of late.
pub(super) struct Quota {
    account: Uuid,
    version: i64,
    done: Vec<Timestamp>,
}

impl Directory {
    /// The person's quota, with room for another override. Asked before the child is looked at: that it is used up says
    /// nothing of the child.
    pub(super) async fn quota_for_another(
        &self,
        person: &SignedIn,
        child: Uuid,
    ) -> Result<Quota, OverrideError> {
        let quota = self.quota_of(person).await?;
        match self.policy.shield_override.allows_another(&quota.done, self.world.now()) {
            Ok(()) => Ok(quota),
            Err(used) => {
                self.no_override(person, Some(child), "override_quota_used").await?;
                Err(used.into())
            }
        }
    }

    async fn quota_of(&self, person: &SignedIn) -> Result<Quota, ServiceError> {
        let account = person.account;
        let mut conn = self.store.reader().await?;
        let row = override_quota::by_key(&mut conn, self.quota_key(account)).await?;
        drop(conn);
        let Some(row) = row else { return Ok(Quota { account, version: 0, done: Vec::new() }) };
        let plain = self
            .keys
            .open_for_session(sealed_as(account), &row.sealed)
            .ok_or_else(|| ServiceError::internal("a quota's sealed part is not authentic"))?;
        let done: Vec<i64> = serde_json::from_slice(&plain).map_err(ServiceError::internal)?;
        Ok(Quota { account, version: row.version, done: done.into_iter().map(instant).collect() })
    }

    /// The row with one more at `now`; what does not count any more is forgotten.
    pub(super) fn quota_with_another(&self, quota: &Quota, now: Timestamp) -> Result<QuotaRow, ServiceError> {
        let remembered = SignedDuration::from_hours(OverridePolicy::REMEMBERED_HOURS);
        let counts = |at: &&Timestamp| now.duration_since(**at) < remembered;
        let done: Vec<i64> =
            quota.done.iter().filter(counts).chain([&now]).map(|at| at.as_microsecond()).collect();
        let plain = serde_json::to_vec(&done).map_err(ServiceError::internal)?;
        let mut rng = self.world.chance.generator();
        let last = now.checked_add(remembered).unwrap_or(now).to_zoned(TimeZone::UTC).date();
        Ok(QuotaRow {
            quota_key: self.quota_key(quota.account),
            until_month: format!("{:04}-{:02}", last.year(), last.month()),
            version: quota.version + 1,
            sealed: self.keys.seal_session(sealed_as(quota.account), &plain, &mut rng)?,
        })
    }

    fn quota_key(&self, account: Uuid) -> Key16 {
        self.keys.attempts.hash(QUOTA, account.as_bytes())
    }

    /// A duty: what counts for nobody any more is forgotten.
    pub(crate) async fn forget_old_quotas(&self) -> Result<(), ServiceError> {
        let date = self.today();
        let mut tx = self.store.begin().await?;
        override_quota::forget(&mut tx, &format!("{:04}-{:02}", date.year(), date.month())).await?;
        Ok(tx.commit().await?)
    }
}

fn sealed_as(account: Uuid) -> Uuid {
    Uuid::from_u128(account.as_u128() ^ SEALED_AS)
}
