//! Every compared pair counted by its weight, those too far below review to be kept among them: what histogram, curve
//! and calibration are computed from.

use super::link::Link;
use super::truth::same_person;
use crate::Model;

/// Bins in a bit.
const BINS_A_BIT: f64 = 4.0;
/// Probabilities are added up as whole numbers of this many to 1: sums do not depend on the order of the threads.
const UNIT: f64 = (1u64 << 30) as f64;

/// How the pairs of a run are counted.
#[derive(Debug, Clone)]
pub struct Counting {
    person: Vec<Option<u32>>,
    /// Probabilities at which something is to be told exactly, rising.
    cuts: Vec<f64>,
}

impl Counting {
    /// Counts by weight; with a truth (for each record the person it is about) also which pairs are true. `thresholds`
    /// are the probabilities the curve is to be exact at; the tenths of the calibration are always among them.
    #[must_use]
    pub fn new(person: Vec<Option<u32>>, thresholds: &[f64]) -> Self {
        let mut cuts: Vec<f64> =
            (1..10).map(|tenth| f64::from(tenth) / 10.0).chain(thresholds.to_vec()).collect();
        cuts.sort_unstable_by(f64::total_cmp);
        cuts.dedup();
        Self { person, cuts }
    }

    /// Nothing counted yet.
    #[must_use]
    pub fn empty(&self) -> WeightCounts {
        let from = std::iter::once(0.0).chain(self.cuts.iter().copied());
        let intervals = from.map(|from| Interval { from, count: Count::default(), probability: 0 }).collect();
        WeightCounts { first: 0, bins: Vec::new(), intervals }
    }
}

/// Pairs of a bin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub pairs: u64,
    /// Those of which the truth knows both records.
    pub known: u64,
    /// Those of them that are one person.
    pub same: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.known += other.known;
        self.same += other.same;
    }
}

/// The pairs of an interval of probability: from this one up to the next one's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    pub from: f64,
    pub count: Count,
    /// The sum of the probabilities of the pairs the truth knows, in [`UNIT`]s.
    probability: u64,
}

fn units(probability: f64) -> u64 {
    (probability * UNIT).round() as u64
}

impl Interval {
    /// Counts a pair the truth knows.
    fn put(&mut self, probability: f64, same: bool) {
        self.count.add(Count { pairs: 1, known: 1, same: u64::from(same) });
        self.probability += units(probability);
    }

    /// Takes back a pair the truth knows.
    fn take(&mut self, probability: f64, same: bool) {
        let Count { pairs, known, same: of_one } = &mut self.count;
        *pairs = pairs.saturating_sub(1);
        *known = known.saturating_sub(1);
        *of_one = of_one.saturating_sub(u64::from(same));
        self.probability = self.probability.saturating_sub(units(probability));
    }

    /// The sum of the probabilities of the pairs the truth knows.
    pub fn probability(&self) -> f64 {
        self.probability as f64 / UNIT
    }
}

/// Compared pairs by weight, in bins of a quarter of a bit, and by intervals of probability.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightCounts {
    /// Number of the first bin: its weight in quarters of a bit.
    first: i32,
    bins: Vec<Count>,
    pub(super) intervals: Vec<Interval>,
}

impl WeightCounts {
    /// Counts a pair.
    #[inline]
    pub(super) fn add(&mut self, counting: &Counting, pair: (u32, u32), weight: f64, probability: f64) {
        let same = same_person(&counting.person, pair.0, pair.1);
        let count = Count { pairs: 1, known: u64::from(same.is_some()), same: u64::from(same == Some(true)) };
        self.bin((weight * BINS_A_BIT).floor() as i32, count);
        self.interval(probability, |interval| {
            interval.count.add(count);
            interval.probability += count.known * units(probability);
        });
    }

    /// The same by the probabilities the run states in the end: for one-to-one they can differ from those of the weights.
    /// `considered` are the pairs the run decided about.
    #[must_use]
    pub fn restated(&self, considered: &[Link], model: &Model, person: &[Option<u32>]) -> Self {
        let mut restated = self.clone();
        for link in considered {
            let by_weight = model.probability(link.weight);
            if let (true, Some(same)) =
                (by_weight != link.probability, same_person(person, link.left, link.right))
            {
                restated.interval(by_weight, |interval| interval.take(by_weight, same));
                restated.interval(link.probability, |interval| interval.put(link.probability, same));
            }
        }
        restated
    }

    /// The interval a probability lies in.
    fn interval(&mut self, probability: f64, change: impl FnOnce(&mut Interval)) {
        let after = self.intervals.partition_point(|interval| interval.from <= probability);
        if let Some(interval) = after.checked_sub(1).and_then(|position| self.intervals.get_mut(position)) {
            change(interval);
        }
    }

    fn bin(&mut self, number: i32, count: Count) {
        if self.bins.is_empty() {
            self.first = number;
        }
        if number < self.first {
            let more = std::iter::repeat_n(Count::default(), (self.first - number) as usize);
            self.bins.splice(..0, more);
            self.first = number;
        }
        let position = (number - self.first) as usize;
        if position >= self.bins.len() {
            self.bins.resize(position + 1, Count::default());
        }
        if let Some(bin) = self.bins.get_mut(position) {
            bin.add(count);
        }
    }

    /// Adds what another part of the run counted.
    pub(super) fn merge(&mut self, other: &Self) {
        for (number, bin) in (other.first..).zip(&other.bins) {
            self.bin(number, *bin);
        }
        for (interval, other) in self.intervals.iter_mut().zip(&other.intervals) {
            interval.count.add(other.count);
            interval.probability += other.probability;
        }
    }

    /// The bins that lie between the lightest and the heaviest pair, rising: the least weight of each, in bits, and
    /// its pairs. A bin ends where the next begins, a quarter of a bit above.
    pub fn bins(&self) -> impl DoubleEndedIterator<Item = (f64, Count)> {
        let numbers = self.first..self.first.saturating_add(self.bins.len() as i32);
        numbers.zip(self.bins.iter().copied()).map(|(number, count)| (f64::from(number) / BINS_A_BIT, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::PairOutcome;

    /// Records 0 and 1 are one person, 2 another, 3 nobody knows.
    fn counting() -> Counting {
        Counting::new(vec![Some(7), Some(7), Some(8), None], &[0.95])
    }

    #[test]
    fn a_pair_is_counted_in_the_quarter_of_a_bit_that_holds_its_weight() {
        let (counting, mut counts) = (counting(), counting().empty());
        for (pair, weight) in [((0, 1), 3.3), ((0, 2), -1.3), ((0, 3), 3.25)] {
            counts.add(&counting, pair, weight, 0.5);
        }
        let bins: Vec<_> = counts.bins().filter(|(_, count)| count.pairs > 0).collect();
        let (one, two) = (Count { pairs: 1, known: 1, same: 0 }, Count { pairs: 2, known: 1, same: 1 });
        assert_eq!(bins, [(-1.5, one), (3.25, two)]);
        assert_eq!(counts.bins().count(), 20, "every bin between them is there");
    }

    #[test]
    fn a_probability_on_a_cut_belongs_above_it() {
        let (counting, mut counts) = (counting(), counting().empty());
        counts.add(&counting, (0, 1), 0.0, 0.95);
        counts.add(&counting, (0, 2), 0.0, 0.949);
        counts.add(&counting, (0, 2), 0.0, 1.0);
        let found: Vec<_> = counts.intervals.iter().map(|i| (i.from, i.count.pairs)).skip(9).collect();
        assert_eq!(found, [(0.9, 1), (0.95, 2)]);
    }

    #[test]
    fn a_pair_that_is_given_another_probability_moves_to_it() {
        let model = Model::children();
        let (counting, mut counts) = (counting(), counting().empty());
        let weight = model.weight_for(0.62);
        let by_weight = model.probability(weight);
        counts.add(&counting, (0, 1), weight, by_weight);
        let link = Link { outcome: PairOutcome::Link, ..Link::found(0, 1, weight, 0.97) };
        let held = |counts: &WeightCounts| -> Vec<_> {
            let held = counts.intervals.iter().filter(|interval| interval.count.pairs > 0);
            held.map(|interval| (interval.from, interval.count.same, interval.probability())).collect()
        };
        assert_eq!(held(&counts)[0].0, 0.6);
        let restated = held(&counts.restated(&[link], &model, &[Some(7), Some(7)]));
        assert!(matches!(restated[..], [(0.95, 1, p)] if (p - 0.97).abs() < 1e-8), "{restated:?}");
    }

    #[test]
    fn parts_of_a_run_add_up_in_any_order() {
        let counting = counting();
        let part = |weights: &[f64]| {
            let mut counts = counting.empty();
            weights.iter().for_each(|weight| counts.add(&counting, (0, 1), *weight, 0.3));
            counts
        };
        let (light, heavy) = (part(&[-7.0, -2.0]), part(&[12.0]));
        let merged = |parts: [&WeightCounts; 2]| {
            let mut all = counting.empty();
            parts.iter().for_each(|part| all.merge(part));
            all
        };
        assert_eq!(merged([&light, &heavy]), part(&[-7.0, -2.0, 12.0]));
        assert_eq!(merged([&heavy, &light]), merged([&light, &heavy]));
    }
}
