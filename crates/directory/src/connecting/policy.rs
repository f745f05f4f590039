//! Periods of feeding.

use serde::{Deserialize, Serialize};

/// How long what was tested and decided holds. No period was found in the historical material; these are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectingPolicy {
    /// Months from the decision until a type accreditation ends.
    pub type_months: u16,
    /// Months from the second signature until an instance accreditation ends.
    pub instance_months: u16,
    /// Days for which a report, a pilot or a rehearsal may be decided on.
    pub evidence_days: u16,
    /// The most rows of a rehearsal: they are kept in memory and compared with each other as well as with what is held.
    pub rehearsal_rows: u32,
}

impl Default for ConnectingPolicy {
    fn default() -> Self {
        Self { type_months: 36, instance_months: 36, evidence_days: 90, rehearsal_rows: 20_000 }
    }
}
