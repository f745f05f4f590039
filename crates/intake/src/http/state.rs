//! What every handler is given: the door and its bounds, nothing else of the service (law 7).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use service::SourceDoor;

use super::limits::Limits;

/// The HTTPS door of one service.
#[derive(Clone)]
pub struct HttpDoor(Arc<Inner>);

struct Inner {
    door: SourceDoor,
    hosts: Vec<String>,
    /// The system (Patient.identifier) of a source's own numbers, by the source's name, where another was agreed.
    systems: BTreeMap<String, String>,
    limits: Limits,
    busy: Mutex<HashMap<String, usize>>,
}

/// One request of a source, counted until it is dropped.
pub(super) struct Room {
    of: HttpDoor,
    source: String,
}

impl HttpDoor {
    /// A door that answers to these host names. `systems` are the systems (Patient.identifier) of sources' own numbers, by the
    /// sources' names, where another than the directory's own was agreed.
    #[must_use]
    pub fn new(
        door: SourceDoor,
        hosts: Vec<String>,
        systems: BTreeMap<String, String>,
        limits: Limits,
    ) -> Self {
        Self(Arc::new(Inner { door, hosts, systems, limits, busy: Mutex::default() }))
    }

    /// The agreed system of a source's own numbers in FHIR.
    pub(super) fn system_of(&self, source: &str) -> Option<&str> {
        self.0.systems.get(source).map(String::as_str)
    }

    /// What a source may do.
    #[must_use]
    pub fn door(&self) -> &SourceDoor {
        &self.0.door
    }

    pub(super) fn limits(&self) -> Limits {
        self.0.limits
    }

    pub(super) fn answers_to(&self, host: &str) -> bool {
        self.0.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host))
    }

    /// Room for one more request of a source; none while it has as many as it may.
    pub(super) fn room_for(&self, source: &str) -> Option<Arc<Room>> {
        let mut busy = self.0.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let count = busy.entry(source.to_owned()).or_default();
        if *count >= self.0.limits.of_one_source {
            return None;
        }
        *count += 1;
        Some(Arc::new(Room { of: self.clone(), source: source.to_owned() }))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut busy = self.of.0.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = busy.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                busy.remove(&self.source);
            }
        }
    }
}
