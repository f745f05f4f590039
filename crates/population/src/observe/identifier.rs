//! The numbers a source has for the child.

use super::View;
use crate::Source;
use crate::family::{Child, Standing};
use crate::identifiers::{birth_registration, child_benefit};
use crate::rates::Cause;

/// What the source says; empty where it has no such column or no such number.
pub(super) struct Identifiers {
    pub(super) reference: String,
    pub(super) nhs_number: String,
    pub(super) upn: String,
}

pub(super) fn observe(view: &mut View<'_>) -> Identifiers {
    let child = view.child;
    let mut identifiers =
        Identifiers { reference: String::new(), nhs_number: String::new(), upn: String::new() };
    match view.source {
        Source::GroBirths => {
            let year = registration_year(child);
            identifiers.reference = one(view, |child| Some(birth_registration(year, child.registration)));
        }
        Source::DwpChildBenefit => {
            identifiers.reference = one(view, |child| Some(child_benefit(child.registration)));
        }
        Source::SchoolsCensus => identifiers.upn = upn(view),
        Source::NhsGp | Source::HealthVisiting => identifiers.nhs_number = nhs(view),
        Source::SocialCare => {
            identifiers.nhs_number = nhs(view);
            identifiers.upn = upn(view);
        }
    }
    identifiers
}

/// The year in the reference: an adopted child's is that of the adoption.
fn registration_year(child: &Child) -> i16 {
    match child.standing {
        Standing::Renewed { since, .. } => since.date().year(),
        _ => child.born.date().year(),
    }
}

fn nhs(view: &mut View<'_>) -> String {
    one(view, |child| Some(child.nhs.to_string()))
}

fn upn(view: &mut View<'_>) -> String {
    one(view, |child| child.upn.map(|upn| upn.to_string()))
}

/// One number: the child's, a brother's or sister's, or none.
fn one(view: &mut View<'_>, number: impl Fn(&Child) -> Option<String>) -> String {
    if view.strikes(Cause::IdentifierMissing) {
        return String::new();
    }
    let sibling = view.child.sibling.and_then(|at| view.world.children.get(at as usize));
    if let Some(other) = sibling.and_then(&number)
        && view.strikes(Cause::IdentifierOther)
    {
        return other;
    }
    number(view.child).unwrap_or_default()
}
