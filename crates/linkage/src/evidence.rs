//! What a weight is made of, field by field: the explanation kept with every decision (law 12).

use serde::{Deserialize, Serialize};

/// The evidence for and against two records being the same person. Holds names of fields and levels and numbers,
/// never a value, so that it can be stored and shown to whoever may see the decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The match weight: log2 of the Bayes factor, the sum of the fields' weights. The prior is not in it;
    /// [`Model::probability`](crate::Model::probability) adds it.
    pub weight: f64,
    /// One entry for each comparison of the model, in the model's order, one for a change of identity that raised the
    /// weight and one for the relation that lowered it.
    pub fields: Vec<FieldEvidence>,
}

/// The part of one comparison in a weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldEvidence {
    /// The comparison's name in the model.
    pub field: String,
    /// The level's name in the model; `missing` when either record has no value (weight 0).
    pub level: String,
    /// The share of pairs of one person that are at this level, 0..1.
    pub m: f64,
    /// The share of pairs of different persons that are at this level, 0..1.
    pub u: f64,
    /// Bits added because the agreeing value is rarer than usual, or taken away because it is commoner.
    pub term_frequency: f64,
    /// This comparison's part of the weight: log2(m/u) + `term_frequency`, in bits.
    pub weight: f64,
}
