//! The decision about one incoming record: link it, ask a person, or begin a new cluster.

use serde::{Deserialize, Serialize};

use crate::{Evidence, Model, Prepared};

/// What a source promises about its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SourceRule {
    /// One record a child: a second record of the source in a cluster contradicts it.
    OneRecordPerChild,
    /// No promise.
    Unrestricted,
}

/// The record to be decided about.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a, S> {
    /// The record.
    pub record: &'a Prepared,
    /// The source system it came from.
    pub source: S,
}

/// One record of a cluster.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a, S> {
    /// The record.
    pub record: &'a Prepared,
    /// The source system it came from.
    pub source: S,
}

/// A cluster the incoming record may belong to, with ALL its records, not only those found by a key. The incoming
/// record's own earlier version must not be among them.
#[derive(Debug, Clone)]
pub struct ClusterCandidate<'a, C, S> {
    /// The cluster (a child id).
    pub cluster: C,
    /// Its records.
    pub members: Vec<Member<'a, S>>,
}

/// Something that speaks strongly against a link, whatever the weight.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Contradiction {
    /// Both have a valid identifier of one kind and they differ.
    Identifier {
        /// The comparison's name.
        field: String,
    },
    /// The cluster has another record of the same one-record-a-child source.
    SameSource,
    /// A record of the cluster speaks strongly against it.
    Member,
}

/// One cluster as an answer or as a question for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question<C> {
    /// The cluster.
    pub cluster: C,
    /// The position, in the candidate's `members`, of the record that fits best.
    pub member: usize,
    /// The match weight with that record, in bits, before the prior.
    pub weight: f64,
    /// The probability that the incoming record belongs here, the other candidates considered.
    pub probability: f64,
    /// Why, field by field, against the best member.
    pub evidence: Evidence,
    /// What forbids linking without asking; sorted, without duplicates.
    pub contradictions: Vec<Contradiction>,
}

/// A candidate that is near, whatever was decided.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Near<C> {
    /// The cluster.
    pub cluster: C,
    /// The weight of its best member, in bits.
    pub weight: f64,
    /// The probability of that weight taken alone.
    pub probability: f64,
}

/// What to do with the incoming record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome<C> {
    /// Link it to this cluster.
    Link(Question<C>),
    /// Ask a person: one question a cluster, most probable first. Until then it is a cluster of its own.
    Review(Vec<Question<C>>),
    /// Nothing known is likely enough: a new cluster.
    New,
}

/// The decision and what else was near.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolution<C> {
    /// The decision.
    pub outcome: Outcome<C>,
    /// Clusters it may join that reach the hold threshold (the linked one too), nearest first.
    pub near: Vec<Near<C>>,
    /// Clusters behind the barrier that reach the hold threshold, nearest first. For the sealed desk only: never for
    /// an ordinary queue, count or log.
    pub barred: Vec<Near<C>>,
}

/// Decides about `incoming` against whole clusters.
///
/// `may_join` is the barrier (do-not-link, sealed, refused): a cluster for which it says no is never linked and never
/// asked about. The decision does not depend on the order of `clusters` or of their members.
pub fn resolve<C: Copy + Ord, S: Copy + Eq>(
    model: &Model,
    incoming: Incoming<'_, S>,
    clusters: &[ClusterCandidate<'_, C, S>],
    may_join: &dyn Fn(C) -> bool,
    source_rule: &dyn Fn(S) -> SourceRule,
) -> Resolution<C> {
    let _ = (model, incoming, clusters, may_join, source_rule);
    Resolution { outcome: Outcome::New, near: Vec::new(), barred: Vec::new() }
}
