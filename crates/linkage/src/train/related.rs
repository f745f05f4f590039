//! Who is alike without being one person, in a model built from columns: a household, twins, namesakes. Training learns the numbers.

use std::collections::BTreeMap;

use super::columns::{tells_place, tells_sex};
use crate::model::file::{ComparisonEntry, ComparisonKind, RelationEntry};
use crate::model::level::Test;

use ComparisonKind as K;

/// Share of pairs of a household that have one telephone number or e-mail address.
const ONE_CONTACT: f64 = 0.5;
/// Share of two of a household that have one family name, to begin with.
const ONE_FAMILY_NAME: f64 = 0.7;
/// Share of namesakes that agree on a name fully, to begin with.
const ONE_NAME: f64 = 0.3;
/// Two thirds of twins are of one sex.
const ONE_SEX: f64 = 0.66;
/// Twins to a person: 1.5 % of births are of twins (Office for National Statistics, Birth characteristics, England and Wales).
const TWINS: f64 = 0.03;

/// The relations that the comparisons can tell. `contacts` are those of telephone numbers and the like.
pub fn relations(comparisons: &[ComparisonEntry], contacts: &[String]) -> Vec<RelationEntry> {
    let mut relations = Vec::new();
    let is_place = |c: &&ComparisonEntry| {
        matches!(c.kind, K::Home | K::Postcode | K::Address) || (c.kind == K::Text && tells_place(&c.name))
    };
    let places: Vec<String> = comparisons.iter().filter(is_place).map(|c| c.name.clone()).collect();
    let named = comparisons.iter().any(|c| matches!(c.kind, K::GivenName | K::FamilyName));
    if named && !(places.is_empty() && contacts.is_empty()) {
        relations.push(household(comparisons, &places, contacts));
        relations.extend(twin(comparisons, &places, contacts));
    }
    relations.extend(namesake(comparisons));
    relations
}

type Tables = BTreeMap<String, BTreeMap<String, f64>>;

/// A table that says how often the first level is seen; the rest is as among strangers.
fn table(comparison: &ComparisonEntry, share: Option<f64>) -> Option<(String, BTreeMap<String, f64>)> {
    let level = comparison.levels.first()?;
    Some((comparison.name.clone(), BTreeMap::from([(Test::label(level), share.or(level.u)?)])))
}

fn of_contacts<'a>(
    comparisons: &'a [ComparisonEntry],
    contacts: &'a [String],
) -> impl Iterator<Item = (String, BTreeMap<String, f64>)> + 'a {
    let shared = comparisons.iter().filter(|c| contacts.contains(&c.name));
    shared.filter_map(|c| table(c, Some(ONE_CONTACT)))
}

/// Two of a household have one home and mostly one family name, and are otherwise as strangers until more is learnt.
fn household(comparisons: &[ComparisonEntry], places: &[String], contacts: &[String]) -> RelationEntry {
    let own = comparisons.iter().filter_map(|c| match c.kind {
        K::FamilyName => table(c, Some(ONE_FAMILY_NAME)),
        K::GivenName | K::Date => table(c, None),
        _ => None,
    });
    let u: Tables = own.chain(of_contacts(comparisons, contacts)).collect();
    RelationEntry { name: "household".into(), others: 1.0, same_as_match: places.to_vec(), u }
}

/// Twins differ by their given names only; where there is no birth date nothing tells them from others of the household.
fn twin(comparisons: &[ComparisonEntry], places: &[String], contacts: &[String]) -> Option<RelationEntry> {
    comparisons.iter().find(|c| c.kind == K::Date)?;
    let family = comparisons.iter().filter(|c| matches!(c.kind, K::FamilyName | K::Date));
    let own = comparisons.iter().filter_map(|c| match c.kind {
        K::GivenName => table(c, None),
        K::Code if tells_sex(&c.name) => table(c, Some(ONE_SEX)),
        _ => None,
    });
    Some(RelationEntry {
        name: "twin".into(),
        others: TWINS,
        same_as_match: family.map(|c| c.name.clone()).chain(places.to_vec()).collect(),
        u: own.chain(of_contacts(comparisons, contacts)).collect(),
    })
}

/// Names go together: people of one origin share given and family names more often than each name by itself says. Where enough
/// else is known to tell them from matches, namesakes are a relation of their own.
fn namesake(comparisons: &[ComparisonEntry]) -> Option<RelationEntry> {
    let is_name = |c: &&ComparisonEntry| matches!(c.kind, K::GivenName | K::FamilyName);
    let names = comparisons.iter().filter(is_name);
    let others = comparisons.iter().filter(|c| !is_name(c) && c.kind != K::Code).count();
    let u: Tables = names.filter_map(|c| table(c, Some(ONE_NAME))).collect();
    let tells = u.len() == 2 && others >= 2;
    tells.then(|| RelationEntry { name: "namesake".into(), others: 0.5, same_as_match: Vec::new(), u })
}
