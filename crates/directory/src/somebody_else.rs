//! Whether a record that is known begins to speak of somebody else: of an adopted child's new identity, which nobody declared
//! (rule 10.12), or of another child, where a number was used again.

use std::collections::BTreeSet;

use crate::names::{surname_parts, words};
use crate::person_name::PersonName;
use crate::source_record::Content;

/// Whether a statement and the one before it, of one record, can hardly be of one identity: another surname, and of forename,
/// home, carers, number and birth at least two others, one of them what a family that moves or marries keeps (a carer, a number, a
/// birth). What either leaves out says nothing.
#[must_use]
pub fn speaks_of_somebody_else(before: &Content, now: &Content) -> bool {
    if !are_apart(&surnames(before), &surnames(now)) {
        return false;
    }
    let forenames = |content: &Content| parts(content, |name| words(name.forenames()));
    let carers = |content: &Content| -> BTreeSet<String> {
        content.carers.iter().flat_map(|carer| words(carer.name.forenames())).collect()
    };
    let home = |content: &Content| {
        let address = content.whereabouts.as_ref()?.address()?;
        address.postcode.clone()
    };
    let moved = home(before).zip(home(now)).is_some_and(|(before, now)| before != now);
    let numbered = before.identifiers.iter().any(|one| {
        let same_kind = || now.identifiers.iter().filter(|other| other.kind() == one.kind());
        same_kind().next().is_some() && same_kind().all(|other| other != one)
    });
    let born =
        before.date_of_birth.zip(now.date_of_birth).is_some_and(|(before, now)| !before.may_equal(now));
    let cared_for = are_apart(&carers(before), &carers(now));
    let kept_by_families = [cared_for, numbered, born];
    let others = [are_apart(&forenames(before), &forenames(now)), moved];
    let changed = |facts: &[bool]| facts.iter().filter(|changed| **changed).count();
    changed(&kept_by_families) >= 1 && changed(&kept_by_families) + changed(&others) >= 2
}

/// Whether a record begins to speak of somebody else than it did, or than the other records of its child do. In the light of the
/// others a change is seen that comes in steps: a child lives with new carers first, who look like foster carers, and takes their
/// name months later. What it said already is no change; and where another record has the new surname, it is one child.
#[must_use]
pub fn begins_to_speak_of_somebody_else<'c>(
    before: &'c Content,
    now: &Content,
    others: impl Iterator<Item = &'c Content> + Clone,
) -> bool {
    let begins = |one: &Content| speaks_of_somebody_else(one, now) && !speaks_of_somebody_else(one, before);
    !others.clone().any(|other| shares_a_surname(other, now))
        && std::iter::once(before).chain(others).any(begins)
}

/// Whether two statements have a surname, or a part of one, in common.
fn shares_a_surname(one: &Content, other: &Content) -> bool {
    !surnames(one).is_disjoint(&surnames(other))
}

fn surnames(content: &Content) -> BTreeSet<String> {
    parts(content, |name| surname_parts(name.surname()))
}

fn parts(content: &Content, of: impl Fn(&PersonName) -> Vec<String>) -> BTreeSet<String> {
    content.names.iter().flat_map(of).collect()
}

fn are_apart(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    !one.is_empty() && !other.is_empty() && one.is_disjoint(other)
}
