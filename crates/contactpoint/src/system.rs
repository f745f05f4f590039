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

/// Logs to standard error as lines of JSON, or as `RUST_LOG` says.
pub fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    // A second call, as in tests, changes nothing.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).json().try_init();
}

/// As [`log`], but only what went wrong, in plain words: for a terminal.
pub fn log_quietly() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

/// A clock that can be set back: the demo's children are first seen long enough ago to be read (decision 11).
pub struct SetBack {
    by: std::sync::atomic::AtomicI64,
}

impl SetBack {
    /// So many seconds behind the system's clock.
    pub fn by_seconds(seconds: i64) -> Self {
        Self { by: std::sync::atomic::AtomicI64::new(seconds) }
    }

    /// On time from now on.
    pub fn end(&self) {
        self.by.store(0, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Clock for SetBack {
    fn now(&self) -> jiff::Timestamp {
        let by = self.by.load(std::sync::atomic::Ordering::Relaxed);
        SystemClock.now().checked_sub(jiff::SignedDuration::from_secs(by)).unwrap_or(jiff::Timestamp::MIN)
    }
}

/// The operating system's randomness, for a world whose clock is another.
pub fn chance() -> Arc<dyn Chance> {
    Arc::new(SystemChance)
}
