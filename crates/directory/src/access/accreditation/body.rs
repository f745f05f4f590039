//! Who accredits whom (rule 11.8): an authority its partners and itself, a national partner itself, the centre nobody.

use crate::access::{HeldRole, OrganisationStanding, Permission};

/// Whether `body` is the one that accredits `target`.
#[must_use]
pub fn accredits(body: &OrganisationStanding, target: &OrganisationStanding) -> bool {
    match target.kind.as_str() {
        "authority" | "partner" => {
            body.kind == "authority" && body.authority.is_some() && body.authority == target.authority
        }
        "national_partner" => body.id == target.id,
        // A national source and the centre are declared by the installation, and accredited by nobody here.
        _ => false,
    }
}

/// Whether one of the roles lets its holder assess or decide for `target`: held at its accrediting body, and nowhere else.
#[must_use]
pub fn may_accredit(roles: &[HeldRole], permission: Permission, target: &OrganisationStanding) -> bool {
    roles.iter().any(|held| held.gives(permission) && accredits(&held.at, target))
}

/// Whether one of the roles lets its holder apply for `target`: held there, or at its accrediting body, which may fill the
/// form in for a small partner. Whoever does is an applicant, and neither assesses nor decides.
#[must_use]
pub fn may_apply(roles: &[HeldRole], target: &OrganisationStanding) -> bool {
    let accredited_here = matches!(target.kind.as_str(), "authority" | "partner" | "national_partner");
    accredited_here
        && roles.iter().any(|held| {
            held.gives(Permission::ApplyForAccreditation)
                && (held.at.id == target.id || accredits(&held.at, target))
        })
}
