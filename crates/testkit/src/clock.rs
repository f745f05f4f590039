//! A clock that stands still until a test moves it.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock set by hand, to the microsecond. Clones show the same time.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(start.as_microsecond())))
    }

    /// A clock that shows an instant written as RFC 3339, such as `2026-03-01T09:00:00Z`.
    ///
    /// # Panics
    /// If the text is not an instant.
    pub fn starting(start: &str) -> Self {
        Self::at(start.parse().expect("an instant such as 2026-03-01T09:00:00Z"))
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).expect("only instants are set")
    }

    /// Moves it forward (or, with a negative duration, back).
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }

    /// Sets it.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.as_microsecond(), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_stands_still_until_moved_and_its_clones_move_with_it() {
        let clock = TestClock::starting("2026-03-01T09:00:00Z");
        let other = clock.clone();
        assert_eq!(clock.now(), other.now());
        clock.advance(SignedDuration::from_mins(10));
        assert_eq!(other.now().to_string(), "2026-03-01T09:10:00Z");
    }
}
