//! What a register of deaths says about a child (rule 4.6).

use crate::partial_date::PartialDate;
use serde::{Deserialize, Serialize};

/// An entry in a register of deaths, as the register states it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", content = "died_on", rename_all = "snake_case")]
pub enum DeathEntry {
    /// The death is registered, on this day or some day of this month or year.
    Registered(PartialDate),
    /// The register has taken the entry back: nothing follows from it any more.
    Withdrawn,
}

impl DeathEntry {
    /// The day of a death that stands.
    #[must_use]
    pub const fn died_on(self) -> Option<PartialDate> {
        match self {
            Self::Registered(day) => Some(day),
            Self::Withdrawn => None,
        }
    }
}
