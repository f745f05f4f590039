//! Lock-out with back-off after failed attempts.
//!
//! A lock that anybody can cause keeps the owner of an account out, so failures are counted where the guesser is: under
//! the name *and* the address together, then under the address with every name it tries. Only far more failures lock the
//! name everywhere, against many addresses that guess together; and then a device that the owner signed in with before is
//! counted by itself, and a passkey, which cannot be guessed, is not locked at all.

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
    /// An address bears this many times the failures of one name from it: a whole office may share it.
    pub address_share: u32,
    /// A name bears this many times as many failures from everywhere together.
    pub everywhere_share: u32,
    /// Days for which a browser that somebody signed in with is known.
    pub known_device_days: u16,
}

/// What failures are counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountedUnder {
    /// The name and the address together.
    NameAndAddress,
    /// The name, wherever it is tried.
    Name,
    /// The address, whatever name is tried.
    Address,
    /// A device that the owner of the name signed in with before.
    KnownDevice,
}

impl Default for LockoutPolicy {
    fn default() -> Self {
        Self {
            free_failures: 4,
            first_lock_seconds: 60,
            longest_lock_seconds: 3_600,
            forget_after_seconds: 86_400,
            address_share: 8,
            everywhere_share: 6,
            known_device_days: 180,
        }
    }
}

impl LockoutPolicy {
    /// What a password or code from a browser is counted under, and looked up under before it is heard.
    #[must_use]
    pub fn counted_under(&self, known_device: bool) -> &'static [CountedUnder] {
        if known_device {
            &[CountedUnder::KnownDevice]
        } else {
            &[CountedUnder::NameAndAddress, CountedUnder::Name, CountedUnder::Address]
        }
    }

    /// How many failures count as one there, at least 1.
    #[must_use]
    pub fn share(&self, under: CountedUnder) -> u32 {
        match under {
            CountedUnder::NameAndAddress | CountedUnder::KnownDevice => 1,
            CountedUnder::Name => self.everywhere_share.max(1),
            CountedUnder::Address => self.address_share.max(1),
        }
    }

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
