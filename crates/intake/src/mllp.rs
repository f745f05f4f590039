//! HL7 version 2 over MLLP with TLS: a client certificate says which source speaks, each message is answered once it is durable,
//! and in the order in which it came.
//!
//! What a message is answered depends on its own words, and on whether anything may be taken of its source at all (law 7).

mod answering;
mod conversation;
mod limits;
mod serve;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use feeds::hl7::Mapping;
use service::{ConnectedSource, SourceDoor};

use crate::places::{Place, Places};

pub use conversation::{Ended, converse};
pub use limits::Limits;
pub use serve::serve;

/// What a listener is given.
#[derive(Clone)]
pub struct MllpDoor {
    door: SourceDoor,
    /// The assigning authority (PID-3, component 4) of a source's own numbers, by the source's name, where one was agreed.
    authorities: Arc<BTreeMap<String, String>>,
    limits: Limits,
    places: Places,
    /// How many answers were given: each has a number of its own.
    answers: Arc<AtomicU64>,
}

impl MllpDoor {
    /// The door of a service.
    #[must_use]
    pub fn new(door: SourceDoor, authorities: BTreeMap<String, String>, limits: Limits) -> Self {
        let places = Places::new(limits.connections);
        Self { door, authorities: Arc::new(authorities), limits, places, answers: Arc::default() }
    }

    /// A place for a connection from this address; none while there are as many as may be.
    #[must_use]
    pub fn enter(&self, from: IpAddr) -> Option<Place> {
        self.places.enter(from)
    }

    fn mapping(&self, source: &ConnectedSource) -> Mapping {
        Mapping {
            profile: source.profile(),
            assigning_authority: self.authorities.get(source.name()).cloned(),
            // A message that says it is a test is for a rehearsal, which nobody feeds over a network.
            takes_tests: false,
        }
    }

    /// The number of an answer, at most twenty characters, as HL7 2.3 has them.
    fn next_number(&self) -> String {
        let nth = self.answers.fetch_add(1, Ordering::Relaxed) & 0xFFFF;
        format!("{:X}-{nth:X}", self.door.now().as_microsecond())
    }
}
