//! What every handler is given: the door and its bounds, nothing else of the service (law 7).

use std::sync::Arc;

use service::SourceDoor;

use super::limits::Limits;
use crate::places::{Counts, Held};

/// The HTTPS door of one service.
#[derive(Clone)]
pub struct HttpDoor(Arc<Inner>);

struct Inner {
    door: SourceDoor,
    hosts: Vec<String>,
    limits: Limits,
    /// Requests under way, by source.
    busy: Arc<Counts<String>>,
}

impl HttpDoor {
    /// A door that answers to these host names.
    #[must_use]
    pub fn new(door: SourceDoor, hosts: Vec<String>, limits: Limits) -> Self {
        Self(Arc::new(Inner { door, hosts, limits, busy: Arc::default() }))
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

    /// Room for one more request of a source, until it is dropped; none while it has as many as it may.
    pub(super) fn room_for(&self, source: &str) -> Option<Room> {
        self.0.busy.take(source.to_owned(), self.0.limits.of_one_source)
    }
}

/// One request of a source, counted until it is dropped.
pub(super) type Room = Held<String>;
