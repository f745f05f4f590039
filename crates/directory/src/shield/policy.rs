//! When a shield is looked at again.

use serde::{Deserialize, Serialize};

/// What an operator may set about shields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShieldPolicy {
    /// After how many months a shield is reviewed, and again after each review, 1 to 6 (rule 2.15).
    pub review_after_months: u8,
}

impl Default for ShieldPolicy {
    fn default() -> Self {
        Self { review_after_months: 6 }
    }
}

impl ShieldPolicy {
    /// Whether a service can keep to it.
    ///
    /// # Errors
    ///
    /// Which setting, and what it must be.
    pub fn validate(&self) -> Result<(), String> {
        match self.review_after_months {
            1..=6 => Ok(()),
            _ => Err("shields.review_after_months must be from 1 to 6".to_owned()),
        }
    }
}
