//! Time and chance, which every use case takes from outside.

use std::sync::Arc;

use jiff::Timestamp;
use rand_chacha::ChaCha12Rng;

/// Where the service learns what time it is. The binary gives the system's clock, tests give one they can move.
pub trait Clock: Send + Sync {
    /// The instant now, UTC.
    fn now(&self) -> Timestamp;
}

/// Where the service takes randomness from: a fresh, independently seeded generator a call.
pub trait Chance: Send + Sync {
    /// A generator that nobody else holds.
    fn generator(&self) -> ChaCha12Rng;
}

/// The two together, as every use case carries them.
#[derive(Clone)]
pub struct World {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The dice.
    pub chance: Arc<dyn Chance>,
}

impl World {
    /// The instant now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
