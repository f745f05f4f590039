//! What is measured of a source's loads, and when it has left what is usual for that source.
//!
//! What was usual is a sum that forgets: beyond [`MEMORY`] rows it is halved before more is added, so that a source may change
//! slowly. What happens now is the sum of the groups since it was last added. It is judged once it is large enough, and only a
//! difference that is both large (in points of a hundred) and no accident (four standard errors) counts as a jump.
//!
//! First sightings are few beside the rows about known records, and have sums of their own that only first sightings make larger
//! or older: ten thousand unchanged rows a night must not wear away what is usual of twenty newborns. Those among many known
//! records and those that come in a mass are two kinds: what a first load matches differs from what the newborns of a night match.
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
    /// The same of first sightings. One that was kept before they were judged among themselves has none, and goes on with what
    /// it has of its rows.
    #[serde(default)]
    sightings: Option<Sightings>,
    /// A person has looked at what the first rows measured and lets the source go on: what comes is usual.
    #[serde(default)]
    looked_at: bool,
}

/// What is usual of a source's first sightings, and what happens now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sightings {
    /// Of those that come among many known records: the newborns and newcomers of a night.
    among_known: Kind,
    /// Of those that come in a mass: a first load, or one whose record numbers are all new.
    in_a_mass: Kind,
    /// The rows last added to what is usual: by them and what came since it is told of which kind a small group is.
    last: Measures,
}

/// The same of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kind {
    usual: Measures,
    now: Measures,
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
/// The same of first sightings of one kind.
const MEMORY_OF_SIGHTINGS: u64 = 5_000;
/// Rows that must have been usual before their shares are judged, and that must have happened now.
const ROWS: Least = Least { usual: 500, now: 100 };
/// The same of first sightings.
const FIRST_SIGHTINGS: Least = Least { usual: 400, now: 200 };
/// Rows of a source that are its first.
const FIRST_MEASURES: u64 = 2_000;
/// Rows after which what happened now becomes part of what is usual. First sightings do as soon as they can be judged: a jump
/// is not to be thinned by those that went before it.
const STRETCH: u64 = 500;

/// Rows of which a group alone does not tell whether its first sightings come in a mass.
const FEW: u64 = 20;

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
        let mut sightings = self.sightings.unwrap_or_else(|| Sightings::of_rows(self.usual));
        sightings.add(group, &self.now);
        let crossed =
            self.crossed(limits, rehearsed).or_else(|| self.crossed_by(&sightings, limits, rehearsed));
        let crossed = crossed.or_else(|| self.is_slow(limits).then_some(Crossed::Latency));
        if crossed.is_none() {
            if self.now.rows >= STRETCH {
                sightings.last = self.now;
                add_to(&mut self.usual, &mut self.now, |usual| usual.rows > MEMORY);
            }
            sightings.settle();
        }
        self.sightings = Some(sightings);
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
        let aside: Part = |it| (it.quarantined, it.rows);
        let jumps = match self.is_first() && usual.rows < ROWS.usual {
            true => {
                let held_to = (limits.quarantine_points, limits.first_quarantine_percent);
                above_at_first(ROWS, (now, rehearsed), aside, held_to)
            }
            false => jumped(ROWS, aside(now), aside(usual), limits.quarantine_points),
        };
        jumps.then_some(Crossed::Quarantine)
    }

    /// What first sightings have crossed.
    fn crossed_by(
        &self,
        sightings: &Sightings,
        limits: &FeedSettings,
        rehearsed: Option<&Measures>,
    ) -> Option<Crossed> {
        let least = FIRST_SIGHTINGS;
        let review: Part = |it| (it.review, it.first);
        let linked: Part = |it| (it.linked, it.first);
        let Sightings { among_known, in_a_mass, .. } = sightings;
        if self.is_first() {
            let now = among_known.now.plus(&in_a_mass.now);
            let above = |of, held_to| above_at_first(least, (&now, rehearsed), of, held_to);
            if above(review, (limits.review_points, limits.first_review_percent)) {
                return Some(Crossed::Review);
            }
            // How many are known is the other sources' doing: no share of them is too many or too few by itself.
            return above(linked, (limits.match_points, 100)).then_some(Crossed::Match);
        }
        let any = among_known.usual.plus(&in_a_mass.usual);
        [among_known, in_a_mass].into_iter().find_map(|Kind { usual, now }| {
            // Work for people is held to what is usual of either kind where little is known of this one.
            let work = if usual.first < least.usual { &any } else { usual };
            if jumped(least, review(now), review(work), limits.review_points) {
                return Some(Crossed::Review);
            }
            jumped(least, linked(now), linked(usual), limits.match_points).then_some(Crossed::Match)
        })
    }

    fn is_slow(&self, limits: &FeedSettings) -> bool {
        let (now, usual) = (&self.now, &self.usual);
        now.rows >= ROWS.now
            && usual.rows >= ROWS.usual
            && now.millis > now.rows.saturating_mul(u64::from(limits.quick_enough_millis))
            && now.millis.saturating_mul(usual.rows)
                > usual.millis.saturating_mul(now.rows).saturating_mul(u64::from(limits.slower_times))
    }
}

impl Sightings {
    /// What was usual of all rows, first sightings among them.
    fn of_rows(usual: Measures) -> Self {
        let mut sightings = Self::default();
        sightings.kind_of(&usual).usual = usual;
        sightings
    }

    fn kind_of(&mut self, rows: &Measures) -> &mut Kind {
        if rows.first.saturating_mul(2) > rows.rows { &mut self.in_a_mass } else { &mut self.among_known }
    }

    /// Adds a group, with which so much has come since the last stretch of rows.
    fn add(&mut self, group: &Measures, since: &Measures) {
        if group.first == 0 {
            return;
        }
        let around = if group.rows < FEW { self.last.plus(since) } else { *group };
        let kind = self.kind_of(&around);
        kind.now = kind.now.plus(group);
    }

    /// Once enough have come they are part of what is usual.
    fn settle(&mut self) {
        for Kind { usual, now } in [&mut self.among_known, &mut self.in_a_mass] {
            if now.first >= FIRST_SIGHTINGS.now {
                add_to(usual, now, |usual| usual.first > MEMORY_OF_SIGHTINGS);
            }
        }
    }
}

fn add_to(usual: &mut Measures, now: &mut Measures, is_old: impl Fn(&Measures) -> bool) {
    if is_old(usual) {
        *usual = usual.halved();
    }
    *usual = usual.plus(now);
    *now = Measures::default();
}

/// Whether a share of a source's first rows is too large: by its rehearsal, where that measured enough, else by a ceiling in a
/// hundred.
fn above_at_first(
    least: Least,
    (now, rehearsed): (&Measures, Option<&Measures>),
    of: Part,
    (points, ceiling): (u8, u8),
) -> bool {
    let rehearsed = rehearsed.map(of).filter(|(_, whole)| *whole >= least.now);
    match rehearsed {
        Some(rehearsed) => jumped(Least { usual: least.now, ..least }, of(now), rehearsed, points),
        None => above(least, of(now), ceiling),
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
            let unchanged = Measures { rows: 500, first: 100, linked: 90, review: 35, ..Measures::default() };
            add(&mut settled, unchanged);
        }
        assert!(!settled.is_first());
        assert_eq!(add(&mut settled, of(0, 88)), None, "a mass is not what comes of a night");
    }

    /// So many nights of one source, each in groups as a load takes them.
    fn nights(baseline: &mut Baseline, nights: usize, of: Measures) -> Option<Crossed> {
        let groups = (of.rows / 250).max(1);
        let part = |all: u64| all / groups;
        let group = Measures {
            rows: part(of.rows),
            quarantined: 0,
            first: part(of.first),
            linked: part(of.linked),
            review: part(of.review),
            millis: 0,
        };
        (0..nights as u64 * groups).find_map(|_| baseline.add(&group, &FeedSettings::default(), None))
    }

    /// A first load of so many children, most of whom are known.
    fn loaded(children: u64) -> Baseline {
        let mut baseline = Baseline::default();
        let load =
            Measures { rows: children, first: children, linked: children * 9 / 10, ..Measures::default() };
        assert_eq!(nights(&mut baseline, 1, load), None);
        baseline
    }

    #[test]
    fn a_full_file_whose_record_numbers_are_all_new_is_noticed_however_many_quiet_nights_went_before() {
        for children in [10_000, 30_000, 120_000] {
            for quiet in [1, 2, 5, 30, 365] {
                let mut baseline = loaded(children);
                let night = Measures { rows: children, ..Measures::default() };
                assert_eq!(nights(&mut baseline, quiet, night), None);
                let of = |linked, review| Measures {
                    rows: children,
                    first: children,
                    linked,
                    review,
                    ..Measures::default()
                };
                let mut again = baseline;
                assert_eq!(nights(&mut again, 1, of(0, children * 95 / 100)), Some(Crossed::Review));
                let mut again = baseline;
                assert_eq!(
                    nights(&mut again, 1, of(0, 0)),
                    Some(Crossed::Match),
                    "all taken for new children"
                );
                assert_eq!(
                    nights(&mut baseline, 1, of(children * 9 / 10, 0)),
                    None,
                    "and known, all is well"
                );
            }
        }
    }

    #[test]
    fn the_newcomers_of_a_night_are_noticed_when_most_of_them_are_for_review() {
        let of = |linked, review| Measures { rows: 300, first: 60, linked, review, ..Measures::default() };
        for mut baseline in [loaded(30_000), Baseline::begun_anew()] {
            // Newborns whom nobody knows are no jump beside the first load.
            assert_eq!(nights(&mut baseline, 30, of(3, 2)), None);
            let mut until = (1..=30).filter(|_| nights(&mut baseline, 1, of(0, 58)).is_some());
            assert!(until.next().is_some_and(|night| night <= 5), "within a few nights");
        }
    }

    #[test]
    fn the_newcomers_of_messages_that_come_one_by_one_are_no_mass() {
        let mut baseline = loaded(30_000);
        let one = |first, linked| Measures { rows: 1, first, linked, ..Measures::default() };
        for message in 0..20_000_u64 {
            let first = u64::from(message % 5 == 0);
            assert_eq!(baseline.add(&one(first, 0), &FeedSettings::default(), None), None, "{message}");
        }
    }

    #[test]
    fn few_and_small_differences_of_first_sightings_are_no_jump() {
        let now = |first, linked, review| {
            let group = Measures { rows: first, first, linked, review, ..Measures::default() };
            loaded(2_500).add(&group, &FeedSettings::default(), None)
        };
        assert_eq!(now(199, 0, 199), None, "few");
        assert_eq!(now(200, 160, 40), Some(Crossed::Review));
        assert_eq!(now(200, 40, 2), Some(Crossed::Match));
        assert_eq!(now(200, 170, 10), None, "a little fewer");
    }

    #[test]
    fn a_source_that_was_measured_before_first_sightings_had_sums_of_their_own_goes_on_with_what_it_has() {
        let usual = Measures { rows: 20_000, first: 18_000, linked: 17_000, ..Measures::default() };
        let before = serde_json::json!({ "usual": usual, "now": Measures::default(), "looked_at": false });
        let mut baseline: Baseline = serde_json::from_value(before).unwrap();
        let group = Measures { rows: 250, first: 250, review: 240, ..Measures::default() };
        assert_eq!(baseline.add(&group, &FeedSettings::default(), None), Some(Crossed::Review));
    }

    #[test]
    fn a_slow_machine_is_no_jump_and_a_stuck_one_is() {
        let took = |millis| Measures { rows: 500, millis, ..Measures::default() };
        let now = |millis, limits: FeedSettings| {
            let mut baseline = Baseline::default();
            baseline.add(&took(500), &FeedSettings::default(), None);
            baseline.add(&took(millis), &limits, None)
        };
        assert_eq!(now(20_000, FeedSettings::default()), None, "a twenty-fifth of a second a row");
        assert_eq!(now(95_000, FeedSettings::default()), Some(Crossed::Latency), "a fifth");
        let patient = FeedSettings { quick_enough_millis: 200, ..FeedSettings::default() };
        assert_eq!(now(95_000, patient), None, "as it was set");
        assert_eq!(now(500_000, patient), Some(Crossed::Latency));
    }
}
