//! How long a session lasts.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Limits of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionPolicy {
    /// Minutes without use after which it ends.
    pub idle_minutes: u16,
    /// Hours after which it ends in any case.
    pub whole_hours: u16,
    /// Minutes for which a proof is fresh enough for a dangerous act.
    pub step_up_minutes: u16,
    /// Whether signing in from another address ends the person's older sessions, not only warns of them (rule 15.11).
    pub one_address_at_a_time: bool,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self { idle_minutes: 15, whole_hours: 8, step_up_minutes: 5, one_address_at_a_time: false }
    }
}

/// Why a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// It was not used.
    Idle,
    /// It has lasted as long as any may.
    Whole,
}

impl SessionPolicy {
    /// The end of a session, if it has ended: begun at `created`, last used at `seen`.
    #[must_use]
    pub fn ended(&self, created: Timestamp, seen: Timestamp, now: Timestamp) -> Option<SessionEnd> {
        if now.duration_since(created) >= SignedDuration::from_hours(i64::from(self.whole_hours)) {
            Some(SessionEnd::Whole)
        } else if now.duration_since(seen) >= SignedDuration::from_mins(i64::from(self.idle_minutes)) {
            Some(SessionEnd::Idle)
        } else {
            None
        }
    }

    /// The last moment a session begun now can live to.
    #[must_use]
    pub fn expires(&self, created: Timestamp) -> Timestamp {
        created.checked_add(SignedDuration::from_hours(i64::from(self.whole_hours))).unwrap_or(Timestamp::MAX)
    }
}
