//! The decision about one incoming record: link it, ask a person, or begin a new cluster.

use serde::{Deserialize, Serialize};

use crate::normalise::identifier::Identifier;
use crate::prepared::Slot;
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
    /// At least half of the cluster's records speak strongly against it, though one speaks for it.
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

/// Bits a member must speak against a link for it to be a contradiction: a thousand to one.
const MEMBER_CONTRADICTS: f64 = -10.0;

/// Decides about `incoming` against whole clusters.
///
/// `may_join` is the barrier (do-not-link, sealed, refused): a cluster for which it says no is never linked and never
/// asked about. The decision does not depend on the order of `clusters` or of their members.
///
/// A cluster's weight is that of its best member. Its probability weighs it against all the other clusters and against
/// being somebody new, so that two equally good clusters become a question, not a toss. Whatever the probability, a
/// contradiction with any member turns a link into a question.
pub fn resolve<C: Copy + Ord, S: Copy + Eq>(
    model: &Model,
    incoming: Incoming<'_, S>,
    clusters: &[ClusterCandidate<'_, C, S>],
    may_join: &dyn Fn(C) -> bool,
    source_rule: &dyn Fn(S) -> SourceRule,
) -> Resolution<C> {
    let mut open = Vec::new();
    let mut barred = Vec::new();
    for candidate in clusters {
        let Some(standing) = Standing::of(model, &incoming, candidate) else { continue };
        if may_join(candidate.cluster) {
            open.push(standing);
        } else {
            barred.push(standing);
        }
    }
    for standings in [&mut open, &mut barred] {
        standings.sort_by(|a, b| {
            b.weight.total_cmp(&a.weight).then(a.candidate.cluster.cmp(&b.candidate.cluster))
        });
        standings.dedup_by(|later, first| later.candidate.cluster == first.candidate.cluster);
    }
    let near = |standings: &[Standing<'_, '_, C, S>]| {
        let all = standings.iter().map(|standing| Near {
            cluster: standing.candidate.cluster,
            weight: standing.weight,
            probability: model.probability(standing.weight),
        });
        all.filter(|near| near.probability >= model.hold_threshold()).collect::<Vec<_>>()
    };
    let (near, barred) = (near(&open), near(&barred));
    Resolution { outcome: decide(model, &incoming, &open, source_rule), near, barred }
}

/// A cluster and its best member.
struct Standing<'c, 'r, C, S> {
    candidate: &'c ClusterCandidate<'r, C, S>,
    member: usize,
    weight: f64,
}

impl<'c, 'r, C: Copy + Ord, S: Copy + Eq> Standing<'c, 'r, C, S> {
    /// None for a cluster without members.
    fn of(
        model: &Model,
        incoming: &Incoming<'_, S>,
        candidate: &'c ClusterCandidate<'r, C, S>,
    ) -> Option<Self> {
        let weights = candidate.members.iter().map(|member| model.score(incoming.record, member.record));
        let (member, weight) =
            weights.enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best })?;
        Some(Self { candidate, member, weight })
    }

    fn question(
        &self,
        model: &Model,
        incoming: &Incoming<'_, S>,
        probability: f64,
        source_rule: &dyn Fn(S) -> SourceRule,
    ) -> Option<Question<C>> {
        let best = self.candidate.members.get(self.member)?;
        Some(Question {
            cluster: self.candidate.cluster,
            member: self.member,
            weight: self.weight,
            probability,
            evidence: model.compare(incoming.record, best.record),
            contradictions: contradictions(model, incoming, self.candidate, source_rule),
        })
    }
}

fn decide<C: Copy + Ord, S: Copy + Eq>(
    model: &Model,
    incoming: &Incoming<'_, S>,
    open: &[Standing<'_, '_, C, S>],
    source_rule: &dyn Fn(S) -> SourceRule,
) -> Outcome<C> {
    // The odds of each cluster against being somebody new, summed heaviest first: one order, one sum.
    let odds: Vec<f64> =
        open.iter().map(|standing| (standing.weight + model.prior_log_odds()).exp2()).collect();
    let total = 1.0 + odds.iter().sum::<f64>();
    let mut questions = Vec::new();
    for (standing, odds) in open.iter().zip(&odds) {
        // Alone it may be likely and beside a rival not: both are worth a question.
        let alone = model.probability(standing.weight);
        if alone < model.review_threshold() {
            break;
        }
        let probability = if odds.is_finite() { odds / total } else { alone };
        questions.extend(standing.question(model, incoming, probability, source_rule));
    }
    match questions.first() {
        None => Outcome::New,
        Some(first) if first.probability >= model.link_threshold() && first.contradictions.is_empty() => {
            Outcome::Link(questions.swap_remove(0))
        }
        Some(_) => Outcome::Review(questions),
    }
}

/// What in the cluster, not only in its best member, forbids linking without asking.
fn contradictions<C: Copy, S: Copy + Eq>(
    model: &Model,
    incoming: &Incoming<'_, S>,
    candidate: &ClusterCandidate<'_, C, S>,
    source_rule: &dyn Fn(S) -> SourceRule,
) -> Vec<Contradiction> {
    let mut found = Vec::new();
    let bound = source_rule(incoming.source) == SourceRule::OneRecordPerChild;
    if bound && candidate.members.iter().any(|member| member.source == incoming.source) {
        found.push(Contradiction::SameSource);
    }
    let records = || candidate.members.iter().map(|member| member.record);
    for (position, name) in model.identifiers() {
        let differs = records().any(|record| identifier_contradicts(incoming.record, record, position));
        let agrees = records().any(|record| identifier_agrees(incoming.record, record, position));
        if differs && !agrees {
            found.push(Contradiction::Identifier { field: name.to_owned() });
        }
    }
    // Somebody who moved or changed a name has old records that fit badly: only half the cluster contradicts.
    let weights = || records().map(|record| model.score(incoming.record, record));
    let against = weights().filter(|weight| *weight < MEMBER_CONTRADICTS).count();
    if against > 0 && 2 * against >= candidate.members.len() {
        found.push(Contradiction::Member);
    }
    found.sort();
    found.dedup();
    found
}

fn identifiers_of(record: &Prepared, position: usize) -> &[Identifier] {
    match record.slot(position) {
        Slot::Identifiers(identifiers) => identifiers,
        _ => &[],
    }
}

fn identifier_agrees(a: &Prepared, b: &Prepared, position: usize) -> bool {
    identifiers_of(a, position).iter().any(|x| identifiers_of(b, position).iter().any(|y| x.value == y.value))
}

/// Both have a valid one and no two are equal.
fn identifier_contradicts(a: &Prepared, b: &Prepared, position: usize) -> bool {
    let valid = |record| identifiers_of(record, position).iter().any(|identifier| identifier.valid);
    valid(a) && valid(b) && !identifier_agrees(a, b, position)
}
