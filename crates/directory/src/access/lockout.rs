//! Lock-out with back-off after failed attempts, counted by account and by address.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How failed attempts are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LockoutPolicy {
    /// Failures that have no consequence yet.
    pub free_failures: u32,
    /// The first lock, seconds; each further failure doubles it.
    pub first_lock_seconds: u32,
    /// The longest lock, seconds.
    pub longest_lock_seconds: u32,
    /// After so many seconds without a failure, earlier failures are forgotten.
    pub forget_after_seconds: u32,
}

impl Default for LockoutPolicy {
    fn default() -> Self {
        Self {
            free_failures: 4,
            first_lock_seconds: 60,
            longest_lock_seconds: 3_600,
            forget_after_seconds: 86_400,
        }
    }
}

impl LockoutPolicy {
    /// Until when a name or address with that many failures, the last at `last_at`, is locked; `None` when it is not
    /// locked at `now`.
    #[must_use]
    pub fn locked_until(&self, failures: u32, last_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let over = self
            .failures_that_count(failures, last_at, now)
            .checked_sub(self.free_failures)?
            .checked_sub(1)?;
        let doubled = u64::from(self.first_lock_seconds) << over.min(31);
        let seconds = doubled.min(u64::from(self.longest_lock_seconds));
        let until = last_at.checked_add(seconds_of(seconds)).unwrap_or(Timestamp::MAX);
        (now < until).then_some(until)
    }

    /// How many of the failures still count at `now`: none once they are forgotten.
    #[must_use]
    pub fn failures_that_count(&self, failures: u32, last_at: Timestamp, now: Timestamp) -> u32 {
        let forgotten = now.duration_since(last_at) >= seconds_of(u64::from(self.forget_after_seconds));
        if forgotten { 0 } else { failures }
    }
}

fn seconds_of(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}
