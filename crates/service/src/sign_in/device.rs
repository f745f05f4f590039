//! Browsers that somebody signed in with before. A browser is known for a person, never instead of them.

use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use store::Key16;

use super::Client;
use super::ticket::Ticket;
use crate::{Directory, ServiceError};

/// What the long-lived cookie says, sealed.
#[derive(Serialize, Deserialize)]
struct Known {
    /// Random: failures from this browser are counted under it.
    id: [u8; 16],
    /// Keyed hashes of the usernames that signed in with it, the last first.
    names: Vec<[u8; 16]>,
}

/// So many people may share a browser and stay known.
const MOST_NAMES: usize = 6;

impl Directory {
    /// The browser's id, if the person of this username signed in with it before.
    pub(super) fn known_device(&self, username: &str, client: &Client) -> Option<[u8; 16]> {
        let known = self.open_ticket::<Known>(Ticket::Device, client.device.as_deref()?)?.content;
        let name = self.keys.accounts.hash(0, username.as_bytes());
        known.names.contains(&name.0).then_some(known.id)
    }

    /// The cookie of a browser that this person has just signed in with.
    pub(super) fn remember_device(
        &self,
        username_key: Key16,
        client: &Client,
    ) -> Result<String, ServiceError> {
        let before =
            client.device.as_deref().and_then(|token| self.open_ticket::<Known>(Ticket::Device, token));
        let mut known = before.map_or_else(
            || Known { id: self.world.chance.generator().random(), names: Vec::new() },
            |opened| opened.content,
        );
        known.names.retain(|name| *name != username_key.0);
        known.names.insert(0, username_key.0);
        known.names.truncate(MOST_NAMES);
        self.seal_ticket(Ticket::Device, &known)
    }
}
