//! Sensitive services after they were recorded (law 4): a consent that is withdrawn takes its service off the record within
//! the same act, whoever says so, and nothing brings it back but a consent given later.

mod slots;
mod taking_off;
mod withdrawing;

use directory::organisation_name::compared_name;
use directory::{InvolvementDetails, ServiceType};
use jiff::civil::Date;

use crate::Directory;

pub(crate) use self::slots::as_it_stood;
pub(crate) use self::taking_off::{Gone, Taking, slots_everywhere};
pub use self::withdrawing::{ConsentError, WithdrawnFrom};

/// Which sensitive service of a child: a keyed hash of what it is and who provides it, under a key of its own, which tells
/// neither. The same service in the statements of several sources is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey(String);

impl ServiceKey {
    /// Takes a key back from a form. Any text will do: a false one is no service's.
    #[must_use]
    pub fn from_form(text: String) -> Self {
        Self(text)
    }

    /// The text to put in the form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A consent that was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Withdrawal {
    pub(crate) key: ServiceKey,
    pub(crate) on: Date,
}

/// Domain of the keyed hash of a service, apart from that of destroyed records.
const SENSITIVE_SERVICE: u16 = 1;

impl Directory {
    /// The key of a service by what it is and who provides it; how the name is written is no matter.
    pub(crate) fn service_key(&self, service: ServiceType, organisation: Option<&str>) -> ServiceKey {
        self.key_of_name(service, &compared_name(organisation.unwrap_or_default()))
    }

    fn key_of_name(&self, service: ServiceType, name: &str) -> ServiceKey {
        let hash = self
            .keys
            .suppressions
            .hash_parts(SENSITIVE_SERVICE, &[service.code().as_bytes(), name.as_bytes()]);
        ServiceKey(hex::encode(hash.0))
    }

    /// Whether a key is that of the service of an involvement. One that an earlier version of the program kept, in a profile, in
    /// the journal or in the inbox, was made of the name as it was written.
    pub(crate) fn is_key_of(&self, key: &str, details: &InvolvementDetails) -> bool {
        let name = details.organisation.as_ref().map_or("", directory::Line::as_str);
        key == self.key_of(details).as_str()
            || key == self.service_key_as_written(details.service, name).as_str()
    }

    /// The key that an earlier version of the program gave a service.
    #[must_use]
    pub fn service_key_as_written(&self, service: ServiceType, organisation: &str) -> ServiceKey {
        self.key_of_name(service, organisation.to_lowercase().trim())
    }

    /// The key of a sensitive service that management was shown, by which it says that the consent was withdrawn.
    #[must_use]
    pub fn shown_service_key(&self, shown: &directory::disclosure::SensitiveServiceView) -> ServiceKey {
        self.service_key(shown.service, shown.organisation.as_ref().map(directory::Line::as_str))
    }

    /// The key of the service of an involvement.
    pub(crate) fn key_of(&self, details: &InvolvementDetails) -> ServiceKey {
        self.service_key(details.service, details.organisation.as_ref().map(directory::Line::as_str))
    }
}
