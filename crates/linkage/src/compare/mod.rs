//! Comparing two prepared records: for each comparison the level they are at, and what that is worth.

mod dates;
pub mod names;
mod places;
mod values;

use crate::evidence::{Evidence, FieldEvidence};
use crate::model::compile::{Level, MAX_COMPARISONS, MAX_RELATIONS};
use crate::model::file::ComparisonKind;
use crate::model::level::Test;
use crate::model::{Comparison, Compiled};
use crate::prepared::{Prepared, Slot};
use guards::Guard;

/// The level two values are at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Position of the level; [`MISSING`] when either has no value.
    pub level: u8,
    /// Bits for the rarity of the value.
    pub rarity: f32,
}

/// No value on one side or both.
pub const MISSING: u8 = u8::MAX;

impl Hit {
    pub const NONE: Self = Self { level: MISSING, rarity: 0.0 };
}

/// Where the values of a record are found.
pub trait Values {
    /// The values of one comparison.
    fn slot(&self, comparison: usize) -> &Slot;
}

impl Values for Prepared {
    fn slot(&self, comparison: usize) -> &Slot {
        Prepared::slot(self, comparison)
    }
}

/// One hit for each comparison of a model, on the stack.
pub type Hits = [Hit; MAX_COMPARISONS];

/// The levels two records are at.
pub fn hits(model: &Compiled, a: &impl Values, b: &impl Values) -> Hits {
    let mut hits = [Hit::NONE; MAX_COMPARISONS];
    for (position, comparison) in model.comparisons.iter().enumerate() {
        match (comparison.kind, comparison.partner) {
            (ComparisonKind::FamilyName, Some(_)) => {}
            (ComparisonKind::GivenName, Some(partner)) => {
                let Some(family) = model.comparisons.get(partner) else { continue };
                let a = names::FullNames::of(a.slot(position), a.slot(partner));
                let b = names::FullNames::of(b.slot(position), b.slot(partner));
                let (given, family) = names::full(comparison, family, a, b);
                put(&mut hits, position, given);
                put(&mut hits, partner, family);
            }
            _ => put(&mut hits, position, single(comparison, a.slot(position), b.slot(position))),
        }
    }
    hits
}

/// Puts the hit of one comparison into its place.
pub fn put(hits: &mut Hits, position: usize, hit: Hit) {
    if let Some(place) = hits.get_mut(position) {
        *place = hit;
    }
}

/// The hit of a comparison that is not half of a person's name.
pub fn single(comparison: &Comparison, a: &Slot, b: &Slot) -> Hit {
    let levels = comparison.levels.as_slice();
    match (a, b) {
        (Slot::Names(a), Slot::Names(b)) => {
            best(levels, a, b, |x, y| Some(names::hit(levels, comparison.kind, x, y)))
        }
        (Slot::Dates(a), Slot::Dates(b)) => best(levels, a, b, |x, y| dates::hit(levels, x, y)),
        (Slot::Places(a), Slot::Places(b)) => {
            best(levels, a, b, |x, y| places::hit(levels, comparison.kind, x, y))
        }
        (Slot::Identifiers(a), Slot::Identifiers(b)) => {
            best(levels, a, b, |x, y| values::identifiers(levels, x, y))
        }
        (Slot::Texts(a), Slot::Texts(b)) => best(levels, a, b, |x, y| Some(values::texts(levels, x, y))),
        _ => Hit::NONE,
    }
}

/// The heaviest hit of any value against any; none when no two can be compared.
fn best<T>(levels: &[Level], a: &[T], b: &[T], mut compare: impl FnMut(&T, &T) -> Option<Hit>) -> Hit {
    let mut best: Option<(f64, Hit)> = None;
    for x in a {
        for y in b {
            let Some(hit) = compare(x, y) else { continue };
            let weight = weight(levels, hit);
            if best.is_none_or(|(heaviest, _)| weight > heaviest) {
                best = Some((weight, hit));
            }
        }
    }
    best.map_or(Hit::NONE, |(_, hit)| hit)
}

/// The first level whose test holds. Of the tests of a comparison the last always does.
fn first_level(levels: &[Level], mut holds: impl FnMut(Test) -> bool) -> Option<(u8, &Level)> {
    levels
        .iter()
        .enumerate()
        .find(|(_, level)| holds(level.test))
        .map(|(position, level)| (position as u8, level))
}

/// A hit without regard to how rare the value is.
fn plain(found: Option<(u8, &Level)>) -> Hit {
    found.map_or(Hit::NONE, |(level, _)| Hit { level, rarity: 0.0 })
}

/// A hit that counts how rare the value is, by log2 of its frequency.
fn rare(found: Option<(u8, &Level)>, log_frequency: f32) -> Hit {
    found.map_or(Hit::NONE, |(position, level)| Hit {
        level: position,
        rarity: if level.tf > 0.0 { level.tf * (level.log_u - log_frequency) } else { 0.0 },
    })
}

/// What a hit is worth, relations apart.
pub fn weight(levels: &[Level], hit: Hit) -> f64 {
    levels.get(usize::from(hit.level)).map_or(0.0, |level| level.weight + f64::from(hit.rarity))
}

/// The weight of a pattern: the sum of its fields, lowered by the relations that could explain it as well.
pub fn weigh(model: &Compiled, hits: &Hits) -> f64 {
    let fields: f64 =
        model.comparisons.iter().zip(hits).map(|(comparison, hit)| weight(&comparison.levels, *hit)).sum();
    let fields = fields + changed(model, hits);
    if model.relations.is_empty() { fields } else { fields - related(&likeness(model, hits)) }
}

/// log2 of how much likelier the pattern is among records of one person once those are counted who changed several things
/// at once: P(pattern | one person) = P(usual) + share × P(the changed comparisons as among strangers, the rest usual).
fn changed(model: &Compiled, hits: &Hits) -> f64 {
    let Some(new) = &model.new_identity else { return 0.0 };
    let of = |position: &usize| {
        let (comparison, hit) = (model.comparisons.get(*position)?, hits.get(*position)?);
        Some(weight(&comparison.levels, *hit))
    };
    let bits = new.log_share - new.comparisons.iter().filter_map(of).sum::<f64>();
    if bits < -12.0 { 0.0 } else { (1.0 + bits.exp2()).log2() }
}

/// For each relation, log2 of (share of random pairs so related × how much likelier the pattern is among them).
fn likeness(model: &Compiled, hits: &Hits) -> [f64; MAX_RELATIONS] {
    let mut likeness = [f64::NEG_INFINITY; MAX_RELATIONS];
    for (position, (relation, sum)) in model.relations.iter().zip(&mut likeness).enumerate() {
        *sum = relation.log_share;
        for (comparison, hit) in model.comparisons.iter().zip(hits) {
            let Some(level) = comparison.levels.get(usize::from(hit.level)) else { continue };
            if let Some(Some(ratio)) = level.relations.get(position) {
                *sum += f64::from(*ratio) + if relation.is_family { f64::from(hit.rarity) } else { 0.0 };
            }
        }
    }
    likeness
}

/// log2 of how much likelier the pattern is among different persons once relations are counted: strangers and
/// relations are one mixture, P(pattern | different) = P(strangers) (1 + sum of 2^likeness).
fn related(likeness: &[f64; MAX_RELATIONS]) -> f64 {
    // Below 2^-12 the term is less than a thousandth of a bit.
    if likeness.iter().all(|bits| *bits < -12.0) {
        return 0.0;
    }
    (1.0 + likeness.iter().map(|bits| bits.exp2()).sum::<f64>()).log2()
}

/// The pattern in words and numbers.
pub fn explain(model: &Compiled, hits: &Hits) -> Evidence {
    let mut fields: Vec<FieldEvidence> =
        model.comparisons.iter().zip(hits).map(|(comparison, hit)| field(comparison, *hit)).collect();
    let raised = changed(model, hits);
    if raised > 0.0 {
        fields.push(FieldEvidence {
            field: "new identity".into(),
            level: "changed together".into(),
            m: raised.exp2(),
            u: 1.0,
            term_frequency: 0.0,
            weight: raised,
        });
    }
    let likeness = likeness(model, hits);
    let lowered = related(&likeness);
    let nearest = model.relations.iter().zip(likeness).max_by(|a, b| a.1.total_cmp(&b.1));
    if let (true, Some((relation, _))) = (lowered > 0.0, nearest) {
        fields.push(FieldEvidence {
            field: "relation".into(),
            level: relation.name.clone(),
            m: 1.0,
            u: lowered.exp2(),
            term_frequency: 0.0,
            weight: -lowered,
        });
    }
    if !Guard::Evidence.stands() {
        fields.clear();
    }
    Evidence { weight: weigh(model, hits), fields }
}

fn field(comparison: &Comparison, hit: Hit) -> FieldEvidence {
    let (label, m, u) = match comparison.levels.get(usize::from(hit.level)) {
        Some(level) => (level.label.as_str(), level.m, level.u),
        None => ("missing", 1.0, 1.0),
    };
    FieldEvidence {
        field: comparison.name.clone(),
        level: label.to_owned(),
        m,
        u,
        term_frequency: f64::from(hit.rarity),
        weight: weight(&comparison.levels, hit),
    }
}
