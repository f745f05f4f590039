//! Where a role is held, and how far it reaches (rules 6.4, 9.4, 12.2).

use super::{Capabilities, Permission, Role};
use uuid::Uuid;

/// An organisation, as far as access asks about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationStanding {
    /// Which.
    pub id: Uuid,
    /// `authority`, `national_partner`, `partner`, `national_source` or `centre`.
    pub kind: String,
    /// The code of its authority.
    pub authority: Option<String>,
    /// What its accreditation lets its people do now; none when it is not accredited.
    pub capabilities: Capabilities,
}

/// A role held at an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// The role.
    pub role: Role,
    /// Where.
    pub at: OrganisationStanding,
}

impl HeldRole {
    /// Whether the role gives the permission at all: it carries it, it counts at such an organisation, and the organisation
    /// is accredited for it.
    #[must_use]
    pub fn gives(&self, permission: Permission) -> bool {
        self.role.permissions().contains(&permission)
            && permission.counts_at(&self.at.kind)
            && permission.needs().is_none_or(|capability| self.at.capabilities.has(capability))
    }

    /// Whether the role reaches an organisation: its own; those of its authority, for a role that reaches below, held at
    /// the authority itself; every one, for the centre.
    #[must_use]
    pub fn reaches(&self, target: &OrganisationStanding) -> bool {
        if self.at.id == target.id {
            return true;
        }
        if !self.role.reaches_below() {
            return false;
        }
        match self.at.kind.as_str() {
            "centre" => true,
            "authority" => {
                target.kind != "national_partner"
                    && self.at.authority.is_some()
                    && self.at.authority == target.authority
            }
            _ => false,
        }
    }
}

/// Of a person's roles those that count: what counts beside another role alone is none without it at that
/// organisation, nor where it cannot be held.
#[must_use]
pub fn that_count(roles: Vec<HeldRole>) -> Vec<HeldRole> {
    let held: Vec<(Role, Uuid)> = roles.iter().map(|held| (held.role, held.at.id)).collect();
    let counts = |one: &HeldRole| match one.role.counts_beside() {
        None => true,
        Some(other) => one.role.may_be_held_at(&one.at.kind) && held.contains(&(other, one.at.id)),
    };
    roles.into_iter().filter(counts).collect()
}

/// Whether one of the roles gives the permission anywhere.
#[must_use]
pub fn may(roles: &[HeldRole], permission: Permission) -> bool {
    roles.iter().any(|held| held.gives(permission))
}

/// Whether one of the roles gives the permission over that organisation.
#[must_use]
pub fn may_at(roles: &[HeldRole], permission: Permission, target: &OrganisationStanding) -> bool {
    roles.iter().any(|held| held.gives(permission) && held.reaches(target))
}
