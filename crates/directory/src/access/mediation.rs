//! Looking up for a colleague: between whom it may happen at all (rules 6.11, 6.12).

use super::{HeldRole, OrganisationStanding, Permission};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why one person may not look up for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoMediation {
    /// Both are the same person: who may look up does so in their own name.
    #[error("nobody looks up for themselves")]
    OnesOwn,
    /// The mediator's roles do not allow it, or their organisation is not accredited for it.
    #[error("the mediator may not look up for a colleague")]
    NotAMediator,
    /// The asker's roles do not allow it, or their organisation is not accredited for it.
    #[error("the asker may not have a colleague look up")]
    NotAnAsker,
    /// No organisation of the one stands with one of the other.
    #[error("the two do not answer to the same authority")]
    OutOfReach,
}

/// One of the two people: their account and the roles they hold now.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// The account.
    pub account: Uuid,
    /// The roles it holds, and where.
    pub roles: &'a [HeldRole],
}

/// Whether `mediator` may look up for `asker`. Each needs the permission at an organisation that is accredited for
/// mediated access, and the two organisations must be watched by the same people (rule 9.4): they are one organisation,
/// or both belong to one authority. A national partner's staff are watched by itself, so that it mediates within itself.
///
/// # Errors
/// [`NoMediation`], the first that applies in the order of its list.
pub fn may_mediate(mediator: Party<'_>, asker: Party<'_>) -> Result<(), NoMediation> {
    if mediator.account == asker.account {
        return Err(NoMediation::OnesOwn);
    }
    let mediating: Vec<_> = places(mediator.roles, Permission::MediateAccess).collect();
    if mediating.is_empty() {
        return Err(NoMediation::NotAMediator);
    }
    let asking: Vec<_> = places(asker.roles, Permission::AskForMediation).collect();
    if asking.is_empty() {
        return Err(NoMediation::NotAnAsker);
    }
    let together = mediating.iter().any(|one| asking.iter().any(|other| watched_together(one, other)));
    if together { Ok(()) } else { Err(NoMediation::OutOfReach) }
}

fn places(roles: &[HeldRole], permission: Permission) -> impl Iterator<Item = &OrganisationStanding> {
    roles.iter().filter(move |held| held.gives(permission)).map(|held| &held.at)
}

fn watched_together(one: &OrganisationStanding, other: &OrganisationStanding) -> bool {
    let under_an_authority = |at: &OrganisationStanding| {
        matches!(at.kind.as_str(), "authority" | "partner") && at.authority.is_some()
    };
    one.id == other.id
        || (under_an_authority(one) && under_an_authority(other) && one.authority == other.authority)
}

/// For how long an act of two people may be decided and used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MediationPolicy {
    /// Minutes from asking until the record must have been shown (rule 6.12); 10 by default.
    pub minutes: u16,
    /// How many requests may wait for one asker, so that nobody is worn down with them; 5 by default.
    pub open_for_one_asker: u16,
}

impl Default for MediationPolicy {
    fn default() -> Self {
        Self { minutes: 10, open_for_one_asker: 5 }
    }
}
