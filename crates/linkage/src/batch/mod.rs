//! Whole files at once, in memory, on all cores. The result does not depend on the number of threads.

mod assignment;
mod blocks;
mod calibration;
mod cluster;
mod coding;
mod components;
mod constraints;
mod contradiction;
mod counts;
mod curve;
mod deciding;
mod evaluate;
mod fairness;
mod keys;
mod left_over;
mod link;
mod obstacle;
mod parameters;
mod parts;
mod records;
mod scoring;
mod standing;
mod statistics;
mod table;
mod truth;

pub(crate) use blocks::Blocks;
pub use blocks::{Blocking, RuleCost};
pub use calibration::{Reliability, ReliabilityBin, reliability};
pub use cluster::Clusters;
pub use constraints::{Apart, Constraints};
pub use counts::{Count, Counting, WeightCounts};
pub use curve::{CurvePoint, USEFUL_THRESHOLDS, assign, curve, curve_at_thresholds};
pub use evaluate::{Quality, evaluate};
pub use fairness::{COMPARABLE_PAIRS, Fairness, GroupRecall, Groups, fairness, wilson};
pub use link::{Link, LinkOptions, Linkage, PairOutcome, link_blocked, link_files};
pub use obstacle::Obstacle;
pub use parameters::{ComparisonLevels, LevelWeight};
pub(crate) use records::Row;
pub use records::{Records, Scope};
pub(crate) use scoring::Scorer;
pub use standing::{Arrival, Moved, Standing};
pub use statistics::{DuplicateRate, LeftOver, SourceStatistics};
pub use table::{RowIds, Table, prepare_table};
pub use truth::true_pairs;

fn pairs_within(count: usize) -> f64 {
    let count = count as f64;
    count * (count - 1.0).max(0.0) / 2.0
}
