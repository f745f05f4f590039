//! Periods of an accreditation.

use serde::{Deserialize, Serialize};

/// How long an accreditation holds, and when it is renewed (rule 11.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccreditationPolicy {
    /// Months from the decision until it ends.
    pub holds_months: u16,
    /// Months before its end from which it may be renewed.
    pub renewal_months: u16,
    /// The most months a condition may be left open.
    pub longest_condition_months: u16,
}

impl Default for AccreditationPolicy {
    fn default() -> Self {
        Self { holds_months: 36, renewal_months: 6, longest_condition_months: 6 }
    }
}
