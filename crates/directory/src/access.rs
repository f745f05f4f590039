//! Who may enter and do what: reasons, roles, permissions, the conditions of an account, sessions and lock-out.

mod account;
mod capability;
mod lockout;
mod reading;
mod reason;
mod role;
mod session;
mod standing;

pub use account::{AccountFacts, AccountState, Lapse, may_enter};
pub use capability::{Capabilities, Capability};
pub use lockout::LockoutPolicy;
pub use reading::Sight;
pub use reason::Reason;
pub use role::{Permission, Role, allows};
pub use session::{SessionEnd, SessionPolicy};
pub use standing::{HeldRole, OrganisationStanding, may, may_at};
