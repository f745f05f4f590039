//! Where a child is, as exactly one of four statements (rules 1.2, 1.3).

use crate::line::Line;
use crate::partial_date::PartialDate;
use crate::postcode::Postcode;
use crate::text_value::coded;
use serde::{Deserialize, Serialize};

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Address {
    /// The lines before the town.
    pub lines: Vec<Line>,
    /// The post town or place.
    pub town: Option<Line>,
    /// The postcode.
    pub postcode: Option<Postcode>,
    /// Since when, if the source says so.
    pub from: Option<PartialDate>,
}

impl Address {
    /// Whether it says nothing about a place.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.town.is_none() && self.postcode.is_none()
    }
}

/// Where a child is: a tagged union rather than an address that may be missing (rule 1.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Whereabouts {
    /// The current address.
    Current(Address),
    /// The last known address, when no current one is known.
    LastKnown(Address),
    /// The statement that there is no known address.
    NoKnownAddress,
    /// The child has left England (rule 1.3).
    LeftEngland(LeftEngland),
}

coded! {
    /// What a feeding body knows of the intention to return (rule 1.3).
    LeftEngland {
        /// Intends to return within three years.
        ReturnWithin3Years = "left_return",
        /// Does not intend to return within three years.
        NoReturnWithin3Years = "left_no_return",
        /// No information.
        NoInformation = "left_unknown",
    }
}

impl Whereabouts {
    /// The current or last known address.
    #[must_use]
    pub const fn address(&self) -> Option<&Address> {
        match self {
            Self::Current(address) | Self::LastKnown(address) => Some(address),
            Self::NoKnownAddress | Self::LeftEngland(_) => None,
        }
    }
}
