//! How a person proved who they are, and how long that is fresh enough for a dangerous act.

use jiff::{SignedDuration, Timestamp};

use super::SessionPolicy;
use crate::text_value::coded;

coded! {
    /// What a session rests on (rule 6.10: two factors at least).
    Proof {
        /// A passkey: the device, and the person verified by it.
        Passkey = "passkey",
        /// A password and a one-time code.
        PasswordAndCode = "password_and_code",
        /// The organisation's own identity provider, with a second factor.
        Provider = "provider",
    }
}

impl SessionPolicy {
    /// Until when a proof given at `proved` is fresh enough for a dangerous act.
    #[must_use]
    pub fn fresh_until(&self, proved: Timestamp) -> Timestamp {
        proved
            .checked_add(SignedDuration::from_mins(i64::from(self.step_up_minutes)))
            .unwrap_or(Timestamp::MIN)
    }
}
