//! What every handler is given: the door and its bounds, nothing else of the service (law 7).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::limits::Limits;
use crate::door::Receiver;
use crate::places::{Counts, Held};

/// The HTTPS door of one service.
#[derive(Clone)]
pub struct HttpDoor(Arc<Inner>);

struct Inner {
    door: Box<dyn Receiver>,
    hosts: Vec<String>,
    /// The system (Patient.identifier) of a source's own numbers, by the source's name, where another was agreed.
    systems: BTreeMap<String, String>,
    limits: Limits,
    /// Requests under way, by source.
    busy: Arc<Counts<String>>,
}

impl HttpDoor {
    /// A door that answers to these host names. `systems` are the systems (Patient.identifier) of sources' own numbers, by the
    /// sources' names, where another than the directory's own was agreed.
    #[must_use]
    pub fn new(
        door: impl Receiver + 'static,
        hosts: Vec<String>,
        systems: BTreeMap<String, String>,
        limits: Limits,
    ) -> Self {
        Self(Arc::new(Inner { door: Box::new(door), hosts, systems, limits, busy: Arc::default() }))
    }

    /// The agreed system of a source's own numbers in FHIR.
    pub(super) fn system_of(&self, source: &str) -> Option<&str> {
        self.0.systems.get(source).map(String::as_str)
    }

    /// What listens behind it.
    #[must_use]
    pub fn door(&self) -> &dyn Receiver {
        &*self.0.door
    }

    pub(super) fn limits(&self) -> Limits {
        self.0.limits
    }

    pub(super) fn answers_to(&self, host: &str) -> bool {
        self.0.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host))
    }

    /// Room for one more request of a source, until it is dropped; none while it has as many as it may.
    pub(super) fn room_for(&self, source: &str) -> Option<Room> {
        self.0.busy.take(source.to_owned(), self.0.limits.of_one_source)
    }
}

/// One request of a source, counted until it is dropped.
pub(super) type Room = Held<String>;
