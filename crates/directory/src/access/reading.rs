//! What somebody who reads the trail sees of an entry (rules 9.4, 9.8, 12.4): its header always; of its sealed body, what
//! their role needs. A shield never shows there.

use super::{HeldRole, OrganisationStanding, Permission, Role};

/// How much of an entry's body is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// What was typed, and the numbers of the children it led to. A user manager has no need of either (rule 12.4).
    pub children: bool,
    /// Which protective act it was. For everybody else, and for every seal, a changed record is a changed record.
    pub shields: bool,
}

impl Sight {
    /// What these roles show of entries made for that organisation; nothing of an entry they do not reach.
    #[must_use]
    pub fn of(roles: &[HeldRole], target: &OrganisationStanding) -> Option<Self> {
        let reading: Vec<&HeldRole> =
            roles.iter().filter(|held| held.gives(Permission::ReadAudit) && held.reaches(target)).collect();
        if reading.is_empty() {
            return None;
        }
        let children = reading.iter().any(|held| held.role != Role::UserManager);
        let shields = roles.iter().any(|held| held.gives(Permission::DecideShield) && held.reaches(target));
        Some(Self { children, shields })
    }
}
