//! The operating system's clock and randomness: the one place that asks for them.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;
use service::{Chance, Clock, World};

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time enters the program")]
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

struct SystemChance;

impl Chance for SystemChance {
    fn generator(&self) -> ChaCha12Rng {
        let mut seed = [0_u8; 32];
        fill(&mut seed);
        ChaCha12Rng::from_seed(seed)
    }
}

/// Fills the bytes from the operating system.
#[expect(clippy::disallowed_methods, reason = "this is where chance enters the program")]
fn fill(bytes: &mut [u8]) {
    // Without randomness no key can be made: there is nothing sensible to go on with.
    if let Err(error) = getrandom::fill(bytes) {
        eprintln!("contactpoint: the operating system gives no randomness: {error}");
        std::process::exit(3);
    }
}

/// The world as the operating system has it.
pub fn world() -> World {
    World { clock: Arc::new(SystemClock), chance: Arc::new(SystemChance) }
}
