//! Record linkage: normalise, compare, block, weigh, train, cluster, explain.
//!
//! A [`Model`] says which fields there are, how two values of a field are compared, and what each degree of
//! agreement is worth. Everything else follows from it: [`Model::prepare`] brings a record into the form that is
//! compared, [`Model::blocking_keys`] says under which keys it is found again, [`Model::compare`] weighs two
//! records and explains the weight, [`resolve`] decides about one incoming record against known clusters, and
//! `batch` links whole files with the same model.
//!
//! The theory is Fellegi and Sunter (1969), "A theory for record linkage": a match weight is the base-2 logarithm of
//! how much more often a pattern of agreement is seen in pairs of the same person (m) than in pairs of different
//! persons (u).
//!
//! No I/O, no clock, no chance: a seed is an argument.

pub mod batch;
mod blocking;
mod compare;
pub mod distance;
mod evidence;
mod few;
mod frequency;
mod model;
mod nickname;
mod normalise;
mod prepare;
mod prepared;
mod record;
mod resolve;
mod train;
mod word;

pub use blocking::BlockingKey;
pub use evidence::{Evidence, FieldEvidence};
pub use model::{Model, ModelError};
pub use prepared::Prepared;
pub use record::RawRecord;
pub use resolve::{
    ClusterCandidate, Contradiction, Incoming, Member, Near, Outcome, Question, Resolution, SourceRule,
    resolve,
};
pub use train::{
    BlockingForecast, Decision, Fitted, InferError, PassReport, Refined, RefinementReport, RuleForecast,
    TrainOptions, Training, TrainingReport, learn_frequencies,
};
