//! How long a client may take, and how much it may hold open.

use std::time::Duration;

use crate::places::Connections;

/// Bounds of time and number; those of size stand with each route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the first byte to the end of the handshake.
    pub handshake_within: Duration,
    /// From a request's first byte to the end of its headers.
    pub headers_within: Duration,
    /// From a request's headers to the end of its answer: long enough for eight megabytes over a slow line.
    pub answer_within: Duration,
    /// The same where the client proves by the request itself who it is, or need not: such a request is small.
    pub unknown_answer_within: Duration,
    /// What was begun gets so long when the service ends.
    pub end_within: Duration,
    /// Connections at once.
    pub connections: Connections,
    /// Requests at once of one source, so that no source keeps the others waiting.
    pub of_one_source: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake_within: Duration::from_secs(10),
            headers_within: Duration::from_secs(10),
            answer_within: Duration::from_secs(120),
            unknown_answer_within: Duration::from_secs(10),
            end_within: Duration::from_secs(10),
            connections: Connections { known: 512, of_one_source: 32, unknown: 128, of_one_address: 16 },
            of_one_source: 8,
        }
    }
}
