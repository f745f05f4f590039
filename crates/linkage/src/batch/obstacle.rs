//! What stood in the way of a link.

use serde::Serialize;

/// Why a pair is for review and not linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Obstacle {
    /// It does not reach the threshold.
    Probability,
    /// The two clusters would bring together what must be kept apart.
    Constraint,
    /// The two clusters hold records of one source, and the pair is not likely enough for a child with two records there.
    SecondRecord {
        /// The source, counted from 0.
        source: u16,
    },
    /// One to one: a record of the two has another partner, which is better for all together.
    BetterPartner,
    /// A comparison speaks strongly against: different valid identifiers of one kind, or another gender where all else is
    /// what twins share.
    Contradiction {
        /// The comparison's position in the model.
        comparison: u8,
    },
    /// The two records fit, and the other members of their clusters do not fit one another.
    Members,
}
