//! Who may enter and do what: reasons, roles, permissions, the conditions of an account, sessions and lock-out.

mod account;
pub mod accreditation;
mod archive_reason;
mod capability;
mod device;
mod fact;
mod lifecycle;
mod lockout;
mod mediation;
mod password;
mod reading;
mod reason;
mod recovery;
mod role;
mod session;
mod shield_override;
mod standing;
mod step_up;

pub use account::{AccountFacts, AccountState, Lapse, may_enter, missing};
pub use archive_reason::ArchiveReason;
pub use capability::{Capabilities, Capability};
pub use device::DeviceKind;
pub use fact::{
    EvidenceError, EvidenceReference, FactFault, FactKind, FactPolicy, HeldFact, HeldFacts, day_after,
    needs_level_one,
};
pub use lifecycle::{ClosingReason, Standing, Step, StepRefused, SuspensionReason, step};
pub use lockout::{CountedUnder, LockoutPolicy};
pub use mediation::{MediationPolicy, NoMediation, Party, may_mediate};
pub use password::{LONGEST_PASSWORD, PasswordFault, SHORTEST_PASSWORD, check_password};
pub use reading::Sight;
pub use reason::Reason;
pub use recovery::{
    DocumentNumber, DocumentNumberError, EnrolmentPolicy, IdentityDocument, NoRenewal, SeenInPerson,
    may_be_given_keys, may_decide_recovery, may_propose_recovery,
};
pub use role::{Permission, Role, allows};
pub use session::{SessionEnd, SessionPolicy};
pub use shield_override::{
    NotAcknowledged, OverrideParty, OverridePolicy, OverrideReason, OverrideStatement, QuotaUsed, may_second,
};
pub use standing::{HeldRole, OrganisationStanding, may, may_at, that_count};
pub use step_up::{DangerousAct, Proof};
