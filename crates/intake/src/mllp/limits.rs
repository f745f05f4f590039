//! What a client may cost.

use std::time::Duration;

use crate::places::Connections;

/// The limits of a listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once; further ones are closed.
    pub connections: Connections,
    /// A TLS handshake takes no longer.
    pub handshake_within: Duration,
    /// A message that has begun ends within this time.
    pub message_within: Duration,
    /// A connection on which nothing is said for so long is closed.
    pub idle: Duration,
    /// An answer is read by the other side within this time.
    pub answer_within: Duration,
    /// When the service ends, what was begun has so long.
    pub end_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: Connections { known: 256, of_one_source: 16, unknown: 64, of_one_address: 16 },
            handshake_within: Duration::from_secs(10),
            message_within: Duration::from_secs(30),
            idle: Duration::from_secs(3_600),
            answer_within: Duration::from_secs(30),
            end_within: Duration::from_secs(10),
        }
    }
}
