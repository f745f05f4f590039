//! Who decides about a shield: two people, neither of whom asked for it (rules 2.12, 12.13).

use uuid::Uuid;

/// Why a step towards a decision about a shield is not this person's to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShieldRule {
    /// Whoever asked for it does not decide it.
    #[error("whoever handed in the request does not decide it; two others do")]
    OnesOwnRequest,
    /// The first person would be the second too.
    #[error("another person than the one who proposed it must decide")]
    SamePersonTwice,
}

/// Whether somebody may propose what is decided about a request that `requester` handed in.
///
/// # Errors
/// [`ShieldRule::OnesOwnRequest`].
pub fn may_propose_shield(requester: Uuid, first: Uuid) -> Result<(), ShieldRule> {
    if requester == first { Err(ShieldRule::OnesOwnRequest) } else { Ok(()) }
}

/// Whether somebody may decide what `first` has proposed about it.
///
/// # Errors
/// [`ShieldRule`].
pub fn may_decide_shield(requester: Uuid, first: Uuid, second: Uuid) -> Result<(), ShieldRule> {
    may_propose_shield(requester, second)?;
    if first == second { Err(ShieldRule::SamePersonTwice) } else { Ok(()) }
}
