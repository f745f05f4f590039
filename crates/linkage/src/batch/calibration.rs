//! Whether pairs that are said to be one person with some probability are one person that often.

use serde::Serialize;

use super::counts::WeightCounts;

/// Pairs by the probability stated, in tenths, with how many of them are true. Of the pairs compared, those of which
/// the truth knows both records.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// Ten bins, rising.
    pub bins: Vec<ReliabilityBin>,
    /// The mean over all pairs of how far the share of true ones in a bin is from the mean probability stated there.
    pub expected_calibration_error: f64,
    /// The same without the first bin, whose pairs are mostly obviously different.
    pub expected_calibration_error_from_0_1: f64,
}

/// The pairs of one tenth: `from` ≤ probability < `to`, the last with 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// The least probability.
    pub from: f64,
    /// The probability it ends below.
    pub to: f64,
    /// How many pairs.
    pub pairs: u64,
    /// How many of them are one person.
    pub true_pairs: u64,
    /// The mean of the probabilities stated; none without pairs.
    pub mean_probability: Option<f64>,
    /// The share that is one person; none without pairs.
    pub share_true: Option<f64>,
}

/// Computes the table and the error.
#[must_use]
pub fn reliability(counts: &WeightCounts) -> Reliability {
    let tenth = |number: u32| f64::from(number) / 10.0;
    let bins: Vec<ReliabilityBin> = (0..10)
        .map(|number| {
            let (from, to) = (tenth(number), tenth(number + 1));
            let parts = counts.intervals.iter().filter(|part| from <= part.from && part.from < to);
            let (pairs, same, sum) = parts.fold((0, 0, 0.0), |(pairs, same, sum), part| {
                (pairs + part.count.known, same + part.count.same, sum + part.probability())
            });
            let mean = |value: f64| (pairs > 0).then(|| value / pairs as f64);
            ReliabilityBin {
                from,
                to,
                pairs,
                true_pairs: same,
                mean_probability: mean(sum),
                share_true: mean(same as f64),
            }
        })
        .collect();
    Reliability {
        expected_calibration_error: error(&bins),
        expected_calibration_error_from_0_1: error(bins.get(1..).unwrap_or(&[])),
        bins,
    }
}

/// 0 without pairs.
fn error(bins: &[ReliabilityBin]) -> f64 {
    let pairs: u64 = bins.iter().map(|bin| bin.pairs).sum();
    let gap = |bin: &ReliabilityBin| {
        let (stated, found) = bin.mean_probability.zip(bin.share_true).unwrap_or_default();
        bin.pairs as f64 * (stated - found).abs()
    };
    if pairs == 0 { 0.0 } else { bins.iter().map(gap).sum::<f64>() / pairs as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Counting;

    #[test]
    fn ten_pairs_said_to_be_likely_of_which_six_are_true() {
        // Records 0 and 1 are one person, 2 is another.
        let counting = Counting::new(vec![Some(1), Some(1), Some(2)], &[0.75, 0.95]);
        let mut counts = counting.empty();
        let mut add = |times: usize, pair: (u32, u32), probability: f64| {
            (0..times).for_each(|_| counts.add(&counting, pair, 0.0, probability));
        };
        add(3, (0, 1), 0.72);
        add(3, (0, 1), 0.78);
        add(4, (0, 2), 0.75);
        add(10, (0, 2), 0.01);
        let found = reliability(&counts);
        let bin = found.bins[7];
        assert_eq!((bin.pairs, bin.true_pairs, bin.share_true), (10, 6, Some(0.6)));
        // (3 × 0.72 + 3 × 0.78 + 4 × 0.75) / 10 = 0.75; 0.75 is a cut within the bin.
        assert!((bin.mean_probability.unwrap() - 0.75).abs() < 1e-8, "{bin:?}");
        assert_eq!((found.bins[0].pairs, found.bins[0].share_true), (10, Some(0.0)));
        assert_eq!((found.bins[9].pairs, found.bins[9].mean_probability), (0, None));
        // (10 × |0.75 − 0.6| + 10 × |0.01 − 0|) / 20 = 0.08; without the first bin 0.15.
        assert!((found.expected_calibration_error - 0.08).abs() < 1e-8);
        assert!((found.expected_calibration_error_from_0_1 - 0.15).abs() < 1e-8);
    }

    #[test]
    fn without_pairs_nothing_is_wrong() {
        let found = reliability(&Counting::new(Vec::new(), &[]).empty());
        assert_eq!((found.bins.len(), found.expected_calibration_error), (10, 0.0));
    }
}
