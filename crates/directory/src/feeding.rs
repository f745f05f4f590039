//! How a source's loads are kept in hand (rules 10.7, 10.8): how fast, in what steps, when they pause by themselves, and when
//! what is told of them may be read.

mod measures;
mod schedule;
mod uploads;

pub use measures::{Baseline, Crossed, Measures};
pub use schedule::{last_moment, next_moment};
pub use uploads::UploadPolicy;

use serde::{Deserialize, Serialize};

/// The defaults of every source, and what holds for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedingPolicy {
    /// Receipts become readable at the full so many minutes of the day, 1 to 60.
    pub receipts_every_minutes: u8,
    /// Days for which receipts and rows put aside are kept.
    pub keep_days: u16,
    /// A full file ends absent records by itself up to so many thousandths of the records its source has…
    pub absent_per_mille: u16,
    /// …and up to so many records; above either a person confirms it.
    pub absent_records: u32,
    /// So many statements of one source are taken by messages in a day (UTC). It counts what was said and not what waits, because
    /// how soon there is room again would tell how quickly what was said is worked through (law 7).
    pub messages_a_day: u32,
    /// Minutes a person takes for one review (rule 13.3).
    pub minutes_a_review: u16,
    /// What a source has until somebody sets its own.
    pub control: FeedSettings,
}

impl Default for FeedingPolicy {
    fn default() -> Self {
        Self {
            receipts_every_minutes: 10,
            keep_days: 35,
            absent_per_mille: 20,
            absent_records: 50,
            messages_a_day: 1_000_000,
            minutes_a_review: 6,
            control: FeedSettings::default(),
        }
    }
}

impl FeedingPolicy {
    /// The hours that so many reviews take one person (rule 13.3).
    #[must_use]
    pub fn review_hours(&self, reviews: u64) -> u64 {
        reviews.saturating_mul(u64::from(self.minutes_a_review)).div_ceil(60)
    }

    /// Whether so many absent records of so many may be ended without a person.
    #[must_use]
    pub fn may_end(&self, absent: u64, held: u64) -> bool {
        absent <= u64::from(self.absent_records)
            && absent.saturating_mul(1000) <= held.saturating_mul(u64::from(self.absent_per_mille))
    }
}

/// How one source is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedSettings {
    /// At most so many records a second; 0 is as fast as it goes.
    pub rate: u32,
    /// How many records are taken together at first (rule 10.7).
    pub first_batch: u16,
    /// After how many records within the limits a batch is doubled.
    pub raise_after: u32,
    /// By how many points of a hundred the share of rows put aside may leave its baseline.
    pub quarantine_points: u8,
    /// The same of first sightings that wait for a person.
    pub review_points: u8,
    /// The same of first sightings that are linked to a known child.
    pub match_points: u8,
    /// How many times slower than its baseline a record may become.
    pub slower_times: u8,
    /// A record that takes no more milliseconds is never too slow, whatever was usual.
    pub quick_enough_millis: u16,
    /// How many of a hundred of its first rows may be put aside where no rehearsal says what is usual; at 100 any number.
    pub first_quarantine_percent: u8,
    /// The same of first sightings that wait for a person.
    pub first_review_percent: u8,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self {
            rate: 0,
            first_batch: 50,
            raise_after: 250,
            quarantine_points: 10,
            review_points: 15,
            match_points: 40,
            slower_times: 20,
            quick_enough_millis: 50,
            first_quarantine_percent: 20,
            first_review_percent: 30,
        }
    }
}

impl FeedSettings {
    /// How many records are taken together after so many within the limits: doubled step by step, `most` at the most.
    #[must_use]
    pub fn batch_after(&self, records: u64, most: usize) -> usize {
        let steps = records / u64::from(self.raise_after.max(1));
        let first = usize::from(self.first_batch.max(1));
        let doubled = u32::try_from(steps).ok().and_then(|steps| first.checked_shl(steps.min(20)));
        doubled.unwrap_or(most).clamp(1, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_begins_small_and_is_doubled_while_all_is_well() {
        let settings = FeedSettings { first_batch: 50, raise_after: 100, ..FeedSettings::default() };
        let batches = [0, 99, 100, 199, 200, 300, 1_000_000, u64::MAX].map(|n| settings.batch_after(n, 250));
        assert_eq!(batches, [50, 50, 100, 100, 200, 250, 250, 250]);
        let none = FeedSettings { first_batch: 0, raise_after: 0, ..settings };
        assert_eq!(none.batch_after(0, 250), 1, "nobody loads nothing");
    }

    #[test]
    fn few_and_a_small_share_are_ended_without_a_person() {
        let policy = FeedingPolicy::default();
        assert!(policy.may_end(0, 0) && policy.may_end(2, 100) && policy.may_end(50, 100_000));
        assert!(!policy.may_end(3, 100), "three of a hundred");
        assert!(!policy.may_end(51, 100_000), "many");
        assert!(!policy.may_end(1, 0));
    }
}
