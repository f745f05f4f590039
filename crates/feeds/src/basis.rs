//! What a row says about the basis of a sensitive service besides stating one: that a consent was withdrawn, or that a service
//! is named and no basis stands for it (rules 3.3, 3.6). Both take the service off the record.

use std::fmt;

use directory::{Line, ServiceType};
use jiff::civil::Date;

/// A sensitive service of a record, by what it is and who provides it. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Named {
    /// What kind of service.
    pub service: ServiceType,
    /// Who provides it.
    pub organisation: Option<Line>,
}

/// A consent that was withdrawn. `Debug` shows the day only.
#[derive(Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// To which service.
    pub named: Named,
    /// When; never later than today.
    pub on: Date,
}

/// The sensitive services that a refused row names without a basis, of a record that is known by its identifier. `Debug`
/// shows nothing of either.
#[derive(Clone, PartialEq, Eq)]
pub struct Lapsed {
    /// The source's own identifier of the record.
    pub record_id: String,
    /// The services.
    pub services: Vec<Named>,
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Named").finish_non_exhaustive()
    }
}

impl fmt::Debug for Withdrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Withdrawn").field("on", &self.on).finish_non_exhaustive()
    }
}

impl fmt::Debug for Lapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lapsed").field("services", &self.services.len()).finish_non_exhaustive()
    }
}
