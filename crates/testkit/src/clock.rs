//! A clock that stands still until a test moves it.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock set by hand, to the microsecond. Clones show the same time.
#[derive(Clone, Debug)]
pub struct TestClock {
    shows: Arc<AtomicI64>,
    step: Arc<AtomicI64>,
}

impl TestClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self { shows: Arc::new(AtomicI64::new(start.as_microsecond())), step: Arc::default() }
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
        let shown = self.shows.fetch_add(self.step.load(Ordering::SeqCst), Ordering::SeqCst);
        Timestamp::from_microsecond(shown).expect("only instants are set")
    }

    /// From here on it moves forward by so much with every look at it, so that whatever looks twice takes long; by nothing, it
    /// stands still again.
    pub fn step_by(&self, by: SignedDuration) {
        self.step.store(i64::try_from(by.as_micros()).expect("a step is short"), Ordering::SeqCst);
    }

    /// Moves it forward (or, with a negative duration, back).
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }

    /// Sets it.
    pub fn set(&self, to: Timestamp) {
        self.shows.store(to.as_microsecond(), Ordering::SeqCst);
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
        clock.step_by(SignedDuration::from_secs(5));
        assert_eq!(other.now().duration_since(other.now()), SignedDuration::from_secs(-5));
        clock.step_by(SignedDuration::ZERO);
        assert_eq!(other.now(), other.now());
    }
}
