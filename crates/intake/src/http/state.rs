//! What every handler is given: the door and its bounds, nothing else of the service (law 7).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::limits::Limits;
use crate::door::Receiver;

/// The HTTPS door of one service.
#[derive(Clone)]
pub struct HttpDoor(Arc<Inner>);

struct Inner {
    door: Box<dyn Receiver>,
    hosts: Vec<String>,
    limits: Limits,
    busy: Mutex<HashMap<String, usize>>,
}

/// One request of a source, counted until it is dropped.
pub(super) struct Room {
    of: HttpDoor,
    source: String,
}

impl HttpDoor {
    /// A door that answers to these host names.
    #[must_use]
    pub fn new(door: impl Receiver + 'static, hosts: Vec<String>, limits: Limits) -> Self {
        Self(Arc::new(Inner { door: Box::new(door), hosts, limits, busy: Mutex::default() }))
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
