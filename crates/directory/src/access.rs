//! Who may enter and do what: reasons, roles, permissions, the conditions of an account, sessions and lock-out.

mod account;
mod capability;
mod device;
mod lockout;
mod password;
mod reason;
mod role;
mod session;
mod standing;
mod step_up;

pub use account::{AccountFacts, AccountState, Lapse, may_enter};
pub use capability::{Capabilities, Capability};
pub use device::DeviceKind;
pub use lockout::{CountedUnder, LockoutPolicy};
pub use password::{LONGEST_PASSWORD, PasswordFault, SHORTEST_PASSWORD, check_password};
pub use reason::Reason;
pub use role::{Permission, Role, allows};
pub use session::{SessionEnd, SessionPolicy};
pub use standing::{HeldRole, OrganisationStanding, may, may_at};
pub use step_up::Proof;
