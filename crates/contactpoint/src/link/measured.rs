//! The run measured against the truth.

use linkage::Model;
use linkage::batch::{
    CurvePoint, Fairness, LinkOptions, Linkage, Quality, Records, Reliability, USEFUL_THRESHOLDS, assign,
    curve, curve_at_thresholds, evaluate, fairness, reliability, true_pairs,
};
use serde::Serialize;

use super::truth::Truth;

/// What `quality` holds in the JSON, and the report's chapter on quality.
#[derive(Serialize)]
pub struct Measured {
    /// Of the links made.
    #[serde(flatten)]
    pub quality: Quality,
    /// Pairs of one person that no blocking rule brought together: no threshold finds them.
    pub never_compared: u64,
    /// At useful thresholds and the run's own, rising.
    pub curve: Vec<CurvePoint>,
    /// Whether the probabilities hold.
    pub reliability: Reliability,
    /// Recall by naming pattern, when the truth tells it.
    pub fairness: Option<Fairness>,
    /// The curve in steps of a quarter of a bit, for the chart.
    #[serde(skip)]
    pub steps: Vec<CurvePoint>,
}

impl Measured {
    /// None when the run did not count its pairs.
    pub fn new(
        linkage: &Linkage,
        records: &Records,
        model: &Model,
        options: &LinkOptions,
        truth: &Truth,
    ) -> Option<Self> {
        let counts = linkage.counts.as_ref()?;
        let all = true_pairs(records, &truth.person).count() as u64;
        let compared: u64 = counts.bins().map(|(_, count)| count.same).sum();
        let mut points = curve_at_thresholds(counts, model, all);
        points.retain(|point| {
            USEFUL_THRESHOLDS.contains(&point.threshold) || point.threshold == options.threshold
        });
        assign(&mut points, &linkage.considered, records, &truth.person, model, options);
        let patterns = truth.naming_patterns.as_ref();
        Some(Self {
            quality: evaluate(&linkage.links, records, &truth.person),
            never_compared: all.saturating_sub(compared),
            curve: points,
            reliability: reliability(&counts.restated(&linkage.considered, model, &truth.person)),
            fairness: patterns.map(|groups| fairness(&linkage.links, records, &truth.person, groups)),
            steps: curve(counts, model, all),
        })
    }

    /// In short, on standard error.
    pub fn tell(&self) {
        let Quality { precision, recall, f1, .. } = self.quality;
        eprintln!("against the truth: precision {precision:.5}, recall {recall:.5}, F1 {f1:.5}");
        let (all, above) = (
            self.reliability.expected_calibration_error,
            self.reliability.expected_calibration_error_from_0_1,
        );
        eprintln!(
            "probabilities against the truth (expected calibration error {all:.5}; from 0.1 up {above:.5}):"
        );
        eprintln!("  stated        pairs    mean    true");
        let share =
            |value: Option<f64>| value.map_or_else(|| "      –".to_owned(), |value| format!("{value:7.4}"));
        for bin in &self.reliability.bins {
            let (mean, found) = (share(bin.mean_probability), share(bin.share_true));
            eprintln!("  {:.1}-{:.1} {:>10} {mean} {found}", bin.from, bin.to, bin.pairs);
        }
        let Some(fairness) = &self.fairness else { return };
        match fairness.largest_difference_points {
            Some(points) => eprintln!("recall by naming pattern (largest difference {points:.1} points):"),
            None => eprintln!("recall by naming pattern (too few pairs to set one against another):"),
        }
        for group in &fairness.groups {
            let few = if group.comparable { "" } else { " (few)" };
            let (name, linked, pairs) = (&group.group, group.linked, group.true_pairs);
            eprintln!("  {name:<20} {:.4} ({linked} of {pairs}){few}", group.recall);
        }
    }
}
