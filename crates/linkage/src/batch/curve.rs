//! Threshold against precision and recall.

use serde::Serialize;

use super::Records;
use super::cluster::cluster;
use super::counts::WeightCounts;
use super::evaluate::{Quality, quality};
use super::link::{Link, LinkOptions, PairOutcome};
use crate::Model;

/// Thresholds worth telling, besides the run's own.
pub const USEFUL_THRESHOLDS: [f64; 10] = [0.01, 0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999];

/// The quality of a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Pairs of this probability and more are taken for links.
    pub threshold: f64,
    /// The match weight (bits) that has this probability.
    pub weight: f64,
    /// What is found that way. Every pair is decided by itself, without regard to other pairs and to constraints.
    #[serde(flatten)]
    pub quality: Quality,
    /// What is found when pairs are decided about together, as the run does; none below the least probability that pairs are
    /// kept at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned: Option<Quality>,
}

/// The curve at every quarter of a bit, thresholds rising. `true_pairs` is how many pairs of one person there are,
/// compared or not.
#[must_use]
pub fn curve(counts: &WeightCounts, model: &Model, true_pairs: u64) -> Vec<CurvePoint> {
    let mut found = Found::default();
    let mut points: Vec<CurvePoint> = counts
        .bins()
        .rev()
        .map(|(weight, count)| {
            let quality = found.with(count.known, count.same, true_pairs);
            CurvePoint { threshold: model.probability(weight), weight, quality, assigned: None }
        })
        .collect();
    points.reverse();
    points
}

/// The curve at the thresholds the run was asked to count at, and at the tenths.
#[must_use]
pub fn curve_at_thresholds(counts: &WeightCounts, model: &Model, true_pairs: u64) -> Vec<CurvePoint> {
    let mut found = Found::default();
    let mut points: Vec<CurvePoint> = counts
        .intervals
        .iter()
        .rev()
        .map(|interval| {
            let quality = found.with(interval.count.known, interval.count.same, true_pairs);
            let weight = model.weight_for(interval.from);
            CurvePoint { threshold: interval.from, weight, quality, assigned: None }
        })
        .collect();
    points.reverse();
    points.retain(|point| point.threshold > 0.0);
    points
}

/// Pairs at and above a threshold that sinks.
#[derive(Default)]
struct Found {
    true_links: u64,
    false_links: u64,
}

impl Found {
    fn with(&mut self, known: u64, same: u64, true_pairs: u64) -> Quality {
        self.true_links += same;
        self.false_links += known - same;
        Quality::of(self.true_links, self.false_links, true_pairs)
    }
}

/// Adds to each point what is left of it when pairs are decided about together, under the run's constraints: they are decided
/// about again at every threshold. `considered` are the pairs the run decided about.
pub fn assign(
    points: &mut [CurvePoint],
    considered: &[Link],
    records: &Records,
    person: &[Option<u32>],
    model: &Model,
    options: &LinkOptions,
) {
    let kept_from = options.review.min(options.threshold);
    for point in points.iter_mut().filter(|point| point.threshold >= kept_from) {
        let options = LinkOptions { threshold: point.threshold, counting: None, ..options.clone() };
        // As they were before the run decided about them.
        let open = |link: &Link| Link {
            contradiction: link.contradiction,
            ..Link::found(link.left, link.right, link.weight, model.probability(link.weight))
        };
        let mut joined: Vec<Link> = considered.iter().map(open).collect();
        cluster(model, records, &mut joined, &options);
        let linked = joined.iter().filter(|link| link.outcome == PairOutcome::Link);
        point.assigned = Some(quality(linked, point.quality.true_links + point.quality.missed, person));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Counting, Scope};

    /// Two records of each of two persons, in two files.
    const PERSON: [Option<u32>; 4] = [Some(1), Some(2), Some(1), Some(2)];

    /// Of even odds before anything is compared, so that the weight 0 is the probability 0.5.
    fn model() -> Model {
        let text = r#"
            format = 1
            version = "even"
            prior = { probability = 0.5 }
            thresholds = { link = 0.9, review = 0.5, hold = 0.1 }
            field = [{ name = "name", type = "text" }]
            blocking = [{ name = "name", parts = ["name.full"] }]
            [[comparison]]
            name = "name"
            kind = "text"
            fields = ["name"]
            level = [{ when = "exact", m = 0.9, u = 0.1 }, { when = "else", m = 0.1, u = 0.9 }]
        "#;
        Model::from_toml(text).unwrap()
    }

    /// Three pairs compared: a true one at +3 bits (8/9), a false one at +1 (2/3), a true one at −1 (1/3).
    fn counts(model: &Model, person: &[Option<u32>]) -> WeightCounts {
        let counting = Counting::new(person.to_vec(), &[0.75]);
        let mut counts = counting.empty();
        for (pair, weight) in [((0, 2), 3.0), ((0, 3), 1.0), ((1, 3), -1.0)] {
            counts.add(&counting, pair, weight, model.probability(weight));
        }
        counts
    }

    #[test]
    fn a_sinking_threshold_finds_more_and_errs_more() {
        let model = model();
        // A third true pair was never compared.
        let points = curve(&counts(&model, &PERSON), &model, 3);
        let at = |weight: f64| {
            let point = points.iter().find(|point| point.weight == weight).unwrap();
            (point.quality.true_links, point.quality.false_links, point.quality.missed)
        };
        assert_eq!(at(3.0), (1, 0, 2));
        assert_eq!(at(1.0), (1, 1, 2));
        assert_eq!(at(-1.0), (2, 1, 1));
        let last = points.first().unwrap().quality;
        assert!((last.precision - 2.0 / 3.0).abs() < 1e-12 && (last.recall - 2.0 / 3.0).abs() < 1e-12);
        let thresholds: Vec<f64> = points.iter().map(|point| point.threshold).collect();
        assert!(thresholds.is_sorted() && (thresholds[0] - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_thresholds_asked_for_are_exact() {
        let model = model();
        let points = curve_at_thresholds(&counts(&model, &PERSON), &model, 3);
        let at = |threshold: f64| {
            let point = points.iter().find(|point| point.threshold == threshold).unwrap();
            (point.quality.true_links, point.quality.false_links)
        };
        assert_eq!((at(0.75), at(0.6), at(0.3)), ((1, 0), (1, 1), (2, 1)));
    }

    #[test]
    fn pairs_nobody_knows_about_count_neither_way() {
        let model = model();
        let points = curve(&counts(&model, &[Some(1), None, Some(1), None]), &model, 1);
        let quality = points.first().unwrap().quality;
        assert_eq!((quality.true_links, quality.false_links, quality.recall), (1, 0, 1.0));
    }

    #[test]
    fn one_to_one_takes_the_heavier_of_two() {
        let model = model();
        let nobody = || model.prepare(&crate::RawRecord::new());
        let records =
            Records::with_scope(vec![vec![nobody(), nobody()], vec![nobody(), nobody()]], Scope::Across);
        let link = |left, right, weight| Link::found(left, right, weight, model.probability(weight));
        let links = [link(0, 2, 3.0), link(0, 3, 1.0)];
        let mut points = curve_at_thresholds(&counts(&model, &PERSON), &model, 2);
        let options = LinkOptions { one_to_one: true, ..LinkOptions::default() };
        assign(&mut points, &links, &records, &PERSON, &model, &options);
        let at = |threshold: f64| points.iter().find(|point| point.threshold == threshold).unwrap();
        let assigned = at(0.5).assigned.unwrap();
        assert_eq!((assigned.true_links, assigned.false_links), (1, 0));
        assert_eq!(at(0.5).quality.false_links, 1, "by weight alone the false one is linked too");
        assert!(at(0.3).assigned.is_none(), "pairs below review are not kept");
    }
}
