//! Chance that is the same every time.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A generator that gives the same numbers for the same seed on every machine.
pub fn seeded(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}
