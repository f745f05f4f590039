//! Who keeps a source and who decides on it (rules 11.8, 12.13): its own organisation and the body that accredits that one; a
//! national source, which nobody here accredits, is the centre's.

use crate::access::accreditation::accredits;
use crate::access::{HeldRole, OrganisationStanding, Permission};

/// Whether one of the roles gives the permission over a source of `target`.
#[must_use]
pub fn may_keep(roles: &[HeldRole], permission: Permission, target: &OrganisationStanding) -> bool {
    roles.iter().any(|held| {
        let at = &held.at;
        let nearest = match target.kind.as_str() {
            "national_source" => at.kind == "centre",
            // Nobody signs for themselves below the body that answers for them.
            _ if permission == Permission::SignOffFeed => accredits(at, target),
            _ => at.id == target.id || accredits(at, target),
        };
        held.gives(permission) && nearest
    })
}

/// Whether one of the roles lets its holder decide on products kept at `target`.
#[must_use]
pub fn may_decide_products(roles: &[HeldRole], target: &OrganisationStanding) -> bool {
    roles.iter().any(|held| {
        let keeps = matches!(held.at.kind.as_str(), "authority" | "national_partner" | "centre");
        held.gives(Permission::AccreditProducts) && keeps && held.at.id == target.id
    })
}

/// Whether one of the roles lets its holder see what the matcher made of a source's rows: those of the body that answers for the
/// source, never the source's own people (law 7).
#[must_use]
pub fn may_see_outcome(roles: &[HeldRole], target: &OrganisationStanding) -> bool {
    roles.iter().any(|held| {
        let answers = match target.kind.as_str() {
            "national_source" => held.at.kind == "centre",
            _ => accredits(&held.at, target),
        };
        (held.gives(Permission::PrepareFeed) || held.gives(Permission::SignOffFeed)) && answers
    })
}
