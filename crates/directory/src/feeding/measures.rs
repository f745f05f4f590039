//! What is measured of a source's loads, and when it has left what is usual for that source.
//!
//! What was usual is a sum that forgets: beyond [`MEMORY`] rows it is halved before more is added, so that a source may change
//! slowly. What happens now is the sum of the groups since it was last added. It is judged once it is large enough, and only a
//! difference that is both large (in points of a hundred) and no accident (four standard errors) counts as a jump.
//!
//! Of a first load nothing is usual yet. Its first [`FIRST_MEASURES`] rows are held to what the rehearsal measured by which two
//! people signed the source off, and without one to the ceilings of its settings (rules 10.7, 10.8).

use serde::{Deserialize, Serialize};

use super::FeedSettings;

/// What one group, one day or one stretch of a source's rows measured. First sightings are records not sent before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measures {
    /// Rows read.
    pub rows: u64,
    /// Rows put aside.
    pub quarantined: u64,
    /// First sightings about whom something was decided.
    pub first: u64,
    /// Of them, linked to a known child.
    pub linked: u64,
    /// Of them, waiting for a person.
    pub review: u64,
    /// Milliseconds the rows took.
    pub millis: u64,
}

impl Measures {
    /// The two together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            quarantined: self.quarantined + other.quarantined,
            first: self.first + other.first,
            linked: self.linked + other.linked,
            review: self.review + other.review,
            millis: self.millis + other.millis,
        }
    }

    fn halved(self) -> Self {
        Self {
            rows: self.rows / 2,
            quarantined: self.quarantined / 2,
            first: self.first / 2,
            linked: self.linked / 2,
            review: self.review / 2,
            millis: self.millis / 2,
        }
    }
}

/// What is usual of a source, and what happens now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    usual: Measures,
    now: Measures,
    /// A person has looked at what the first rows measured and lets the source go on: what comes is usual.
    #[serde(default)]
    looked_at: bool,
}

/// Which measure left its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crossed {
    /// The share of rows put aside.
    Quarantine,
    /// The share of first sightings that wait for a person.
    Review,
    /// The share of first sightings that are linked.
    Match,
    /// How long a row takes.
    Latency,
}

/// Rows beyond which what was usual is halved.
const MEMORY: u64 = 20_000;
/// Rows that must have been usual before their shares are judged, and that must have happened now.
const ROWS: Least = Least { usual: 500, now: 100 };
/// The same of first sightings. More: what a first load matches differs from what the newborns of a night match.
const FIRST_SIGHTINGS: Least = Least { usual: 2_000, now: 200 };
/// Rows of a source that are its first: as many as its first sightings take to be usual.
const FIRST_MEASURES: u64 = 2_000;
/// Rows after which what happened now becomes part of what is usual.
const STRETCH: u64 = 500;
/// A record that takes less is never too slow, whatever was usual.
const QUICK_ENOUGH_MILLIS: u64 = 200;

/// How much must be known before a share is judged.
#[derive(Debug, Clone, Copy)]
struct Least {
    usual: u64,
    now: u64,
}

impl Baseline {
    /// Adds a group. Says which measure has left what is usual; what happened now then stays apart, until a person lets the
    /// source go on ([`Baseline::begun_anew`]). `rehearsed` is what the first rows are held to, asked of while
    /// [`Baseline::is_first`].
    pub fn add(
        &mut self,
        group: &Measures,
        limits: &FeedSettings,
        rehearsed: Option<&Measures>,
    ) -> Option<Crossed> {
        self.now = self.now.plus(group);
        let crossed = self.crossed(limits, rehearsed);
        if crossed.is_none() && self.now.rows >= STRETCH {
            if self.usual.rows > MEMORY {
                self.usual = self.usual.halved();
            }
            self.usual = self.usual.plus(&self.now);
            self.now = Measures::default();
        }
        crossed
    }

    /// A person has looked and lets the source go on: what is usual is learned anew.
    #[must_use]
    pub fn begun_anew() -> Self {
        Self { looked_at: true, ..Self::default() }
    }

    /// Whether its rows are still the first, at which no person has looked.
    #[must_use]
    pub fn is_first(&self) -> bool {
        !self.looked_at && self.usual.rows < FIRST_MEASURES
    }

    fn crossed(&self, limits: &FeedSettings, rehearsed: Option<&Measures>) -> Option<Crossed> {
        let (now, usual) = (&self.now, &self.usual);
        let share = |least: Least, of: Part, points, ceiling| {
            if self.is_first() && of(usual).1 < least.usual {
                let rehearsed = rehearsed.map(of).filter(|(_, whole)| *whole >= least.now);
                let held_to = Least { usual: least.now, ..least };
                return match rehearsed {
                    Some(rehearsed) => jumped(held_to, of(now), rehearsed, points),
                    None => above(least, of(now), ceiling),
                };
            }
            jumped(least, of(now), of(usual), points)
        };
        let aside: Part = |it| (it.quarantined, it.rows);
        if share(ROWS, aside, limits.quarantine_points, limits.first_quarantine_percent) {
            return Some(Crossed::Quarantine);
        }
        let review: Part = |it| (it.review, it.first);
        if share(FIRST_SIGHTINGS, review, limits.review_points, limits.first_review_percent) {
            return Some(Crossed::Review);
        }
        // How many are known is the other sources' doing: no share of them is too many or too few by itself.
        if share(FIRST_SIGHTINGS, |it| (it.linked, it.first), limits.match_points, 100) {
            return Some(Crossed::Match);
        }
        let slow = now.rows >= ROWS.now
            && usual.rows >= ROWS.usual
            && now.millis > now.rows * QUICK_ENOUGH_MILLIS
            && now.millis.saturating_mul(usual.rows)
                > usual.millis.saturating_mul(now.rows).saturating_mul(u64::from(limits.slower_times));
        slow.then_some(Crossed::Latency)
    }
}

/// A part of what was measured, and the whole of which it is a share.
type Part = fn(&Measures) -> (u64, u64);

/// Whether a share (part, whole) is above so many of a hundred.
fn above(least: Least, (part, whole): (u64, u64), ceiling: u8) -> bool {
    whole >= least.now && part.saturating_mul(100) > whole.saturating_mul(u64::from(ceiling))
}

/// Whether a share (part, whole) differs from what was usual by so many points of a hundred, and by no accident.
fn jumped(least: Least, now: (u64, u64), usual: (u64, u64), points: u8) -> bool {
    if now.1 < least.now || usual.1 < least.usual {
        return false;
    }
    let of = |(part, whole): (u64, u64)| part as f64 / whole as f64;
    let difference = (of(now) - of(usual)).abs();
    let pooled = of((now.0 + usual.0, now.1 + usual.1));
    let error = (pooled * (1.0 - pooled) * (1.0 / now.1 as f64 + 1.0 / usual.1 as f64)).sqrt();
    difference * 100.0 >= f64::from(points) && difference > 4.0 * error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: u64, quarantined: u64) -> Measures {
        Measures { rows, quarantined, ..Measures::default() }
    }

    fn usual() -> Baseline {
        let mut baseline = Baseline::default();
        for _ in 0..10 {
            assert_eq!(baseline.add(&rows(100, 1), &FeedSettings::default(), None), None);
        }
        baseline
    }

    #[test]
    fn a_jump_is_large_and_no_accident() {
        assert!(jumped(ROWS, (30, 100), (10, 1000), 10));
        assert!(!jumped(ROWS, (30, 99), (10, 1000), 10), "too few now");
        assert!(!jumped(ROWS, (30, 100), (4, 499), 10), "too few before");
        assert!(!jumped(ROWS, (9, 100), (10, 1000), 10), "eight points are less than ten");
        assert!(jumped(ROWS, (5, 100), (900, 1000), 10), "down as well as up");
        assert!(!jumped(ROWS, (50, 100), (400, 1000), 10), "ten points, but of a hundred rows");
    }

    #[test]
    fn a_source_with_more_and_more_bad_rows_crosses_its_limit_in_the_group_that_shows_it() {
        let mut baseline = usual();
        assert_eq!(
            baseline.add(&rows(50, 25), &FeedSettings::default(), None),
            None,
            "fifty rows say little"
        );
        assert_eq!(baseline.add(&rows(50, 25), &FeedSettings::default(), None), Some(Crossed::Quarantine));
        assert_eq!(
            baseline.add(&rows(50, 25), &FeedSettings::default(), None),
            Some(Crossed::Quarantine),
            "and again until somebody looks"
        );
        let mut anew = Baseline::begun_anew();
        assert_eq!(
            anew.add(&rows(500, 250), &FeedSettings::default(), None),
            None,
            "which is usual from then on"
        );
    }

    #[test]
    fn a_first_load_is_held_to_the_ceilings_until_a_person_has_looked() {
        let mut first = Baseline::default();
        assert_eq!(first.add(&rows(50, 50), &FeedSettings::default(), None), None, "fifty rows say little");
        assert_eq!(first.add(&rows(50, 0), &FeedSettings::default(), None), Some(Crossed::Quarantine));
        let of = |review| Measures { rows: 200, first: 200, review, ..Measures::default() };
        let add = |group: Measures| Baseline::default().add(&group, &FeedSettings::default(), None);
        assert_eq!((add(rows(100, 20)), add(rows(100, 21))), (None, Some(Crossed::Quarantine)));
        assert_eq!((add(of(60)), add(of(61))), (None, Some(Crossed::Review)));
        let mut anew = Baseline::begun_anew();
        assert_eq!(anew.add(&of(200), &FeedSettings::default(), None), None);
        let no_limit = FeedSettings { first_quarantine_percent: 100, ..FeedSettings::default() };
        assert_eq!(Baseline::default().add(&rows(100, 100), &no_limit, None), None);
    }

    #[test]
    fn a_first_load_is_held_to_its_rehearsal_where_there_was_one() {
        let rehearsed =
            Measures { rows: 1_000, quarantined: 10, first: 990, linked: 900, review: 350, millis: 0 };
        let add =
            |baseline: &mut Baseline, group| baseline.add(&group, &FeedSettings::default(), Some(&rehearsed));
        let of = |linked, review| Measures { rows: 250, first: 250, linked, review, ..Measures::default() };
        let first = |group| add(&mut Baseline::default(), group);
        assert_eq!(
            first(rows(100, 15)),
            Some(Crossed::Quarantine),
            "under the ceiling, and far from the rehearsal"
        );
        assert_eq!(first(of(225, 90)), None, "above the ceiling, as it was agreed");
        assert_eq!(first(of(225, 130)), Some(Crossed::Review));
        assert_eq!(first(of(80, 90)), Some(Crossed::Match));
        // A rehearsal of few rows says little.
        let few = Measures { rows: 99, quarantined: 50, ..Measures::default() };
        let added = Baseline::default().add(&rows(100, 50), &FeedSettings::default(), Some(&few));
        assert_eq!(added, Some(Crossed::Quarantine));
        // Later nights bring newborns whom nobody knows, and are held to what is usual.
        let mut baseline = Baseline::default();
        for _ in 0..8 {
            assert_eq!(add(&mut baseline, of(225, 90)), None);
        }
        let mut settled = Baseline::default();
        for _ in 0..5 {
            let unchanged = Measures { rows: 500, first: 100, linked: 90, ..Measures::default() };
            add(&mut settled, unchanged);
        }
        assert!(!settled.is_first());
        assert_eq!(add(&mut settled, of(0, 0)), None);
    }

    #[test]
    fn first_sightings_are_judged_among_themselves() {
        let of = |first, linked, review| Measures { rows: 500, first, linked, review, ..Measures::default() };
        let usual = || {
            let mut baseline = Baseline::default();
            baseline.add(&of(2_000, 1_800, 20), &FeedSettings::default(), None);
            baseline
        };
        let now =
            |first, linked, review| usual().add(&of(first, linked, review), &FeedSettings::default(), None);
        assert_eq!(now(199, 0, 199), None, "few newborns of a night");
        assert_eq!(now(200, 160, 40), Some(Crossed::Review));
        assert_eq!(now(200, 40, 2), Some(Crossed::Match));
        assert_eq!(now(200, 170, 10), None, "a little fewer");
    }

    #[test]
    fn a_slow_machine_is_no_jump_and_a_stuck_one_is() {
        let took = |millis| Measures { rows: 500, millis, ..Measures::default() };
        let mut baseline = Baseline::default();
        baseline.add(&took(500), &FeedSettings::default(), None);
        assert_eq!(
            baseline.add(&took(50_000), &FeedSettings::default(), None),
            None,
            "a tenth of a second a row"
        );
        let mut baseline = Baseline::default();
        baseline.add(&took(500), &FeedSettings::default(), None);
        assert_eq!(baseline.add(&took(500_000), &FeedSettings::default(), None), Some(Crossed::Latency));
    }
}
