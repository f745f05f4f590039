//! Holds: a first sighting cannot be read for a fixed interval, whatever it matched (decision 11).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How long first sightings are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoldPolicy {
    /// Minutes from the arrival of a first sighting until it can be read; the same for every record, because an
    /// interval that varied would tell what the record matched.
    pub first_sighting_minutes: u16,
}

impl Default for HoldPolicy {
    fn default() -> Self {
        Self { first_sighting_minutes: 10 }
    }
}

impl HoldPolicy {
    /// The first moment at which a record that arrives now can be read: the interval later, rounded up to the minute.
    #[must_use]
    pub fn until(&self, now: Timestamp) -> Timestamp {
        let due = now.as_second()
            + i64::from(self.first_sighting_minutes) * 60
            + i64::from(now.subsec_nanosecond() > 0);
        let minute = due.div_euclid(60) + i64::from(due.rem_euclid(60) > 0);
        Timestamp::from_second(minute * 60).unwrap_or(Timestamp::MAX)
    }
}

/// Whether a record held until then can be read now.
#[must_use]
pub fn is_readable(hold_until: Timestamp, now: Timestamp) -> bool {
    hold_until <= now
}
