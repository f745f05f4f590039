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

/// What a refused row takes back of sensitive services, of a record that is known by its identifier: law 4 does not wait until the
/// rest of it is right. `Debug` shows nothing of either.
#[derive(Clone, PartialEq, Eq)]
pub struct Lapsed {
    /// The source's own identifier of the record.
    pub record_id: String,
    /// The services that it names without a basis.
    pub services: Vec<Named>,
    /// The consents that it says were withdrawn.
    pub withdrawn: Vec<Withdrawn>,
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
        let (services, withdrawn) = (self.services.len(), self.withdrawn.len());
        f.debug_struct("Lapsed")
            .field("services", &services)
            .field("withdrawn", &withdrawn)
            .finish_non_exhaustive()
    }
}
