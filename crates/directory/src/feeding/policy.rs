//! Periods of feeding.

use serde::{Deserialize, Serialize};

/// How long what was tested and decided holds. No period was found in the historical material; these are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedingPolicy {
    /// Months from the decision until a type accreditation ends.
    pub type_months: u16,
    /// Months from the second signature until an instance accreditation ends.
    pub instance_months: u16,
    /// Days for which a report, a pilot or a rehearsal may be decided on.
    pub evidence_days: u16,
}

impl Default for FeedingPolicy {
    fn default() -> Self {
        Self { type_months: 36, instance_months: 36, evidence_days: 90 }
    }
}
