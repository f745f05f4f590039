//! How fast a load may go, and how soon it notices that it is to stop: it never sleeps longer than half a second at once.

use std::time::Duration;

/// The longest sleep: whoever pauses a source waits for no loader longer than a second.
pub const LONGEST_SLEEP: Duration = Duration::from_millis(500);

/// What is left to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    left: Duration,
}

impl Pace {
    /// After so many records, at the slower of the rates; 0 and none are as fast as it goes.
    pub fn after(records: usize, rates: [Option<u32>; 2]) -> Self {
        let rate = rates.into_iter().flatten().filter(|rate| *rate > 0).min();
        let seconds = rate.map_or(0.0, |rate| records as f64 / f64::from(rate));
        Self { left: Duration::from_secs_f64(seconds) }
    }

    /// The same, and no less than this.
    pub fn at_least(self, rests: Duration) -> Self {
        Self { left: self.left.max(rests) }
    }

    /// The next sleep; nothing once it is over. Between two the loader asks whether it may go on.
    pub fn next_sleep(&mut self) -> Option<Duration> {
        let sleep = self.left.min(LONGEST_SLEEP);
        self.left -= sleep;
        (!sleep.is_zero()).then_some(sleep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slower_rate_counts_and_no_sleep_is_long() {
        let mut pace = Pace::after(100, [Some(80), Some(400)]);
        let sleeps: Vec<u128> = std::iter::from_fn(|| pace.next_sleep()).map(|it| it.as_millis()).collect();
        assert_eq!(sleeps, [500, 500, 250], "a hundred records at eighty a second");
        assert_eq!(Pace::after(100, [None, Some(0)]).next_sleep(), None);
        // What the source brings by another way counts as well.
        let rests = Duration::from_millis(700);
        let pace = |records| Pace::after(records, [None, Some(100)]).at_least(rests).left;
        assert_eq!([pace(50), pace(100)], [rests, Duration::from_secs(1)]);
    }
}
