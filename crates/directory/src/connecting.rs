//! Who may feed (rules 10.6, 11.1): a product is accredited as a type, an installation of it as an instance, and nothing is
//! loaded without both. Each refusal says which step is missing.

mod installation;
mod missing;
mod policy;
mod product;
mod terms;
mod who;

pub use installation::{
    Credential, Installation, InstallationAct, MeasuredFile, Pilot, Rehearsal, RehearsalOutcome,
};
pub use missing::{Missing, missing};
pub use policy::ConnectingPolicy;
pub use product::{Product, ProductAct, Tried, TypeTest};
pub use terms::{CredentialKind, NotDone, ProductState, RefusedType, StoppedBecause, WayIn};
pub use who::{may_decide_products, may_keep, may_see_outcome};

#[cfg(test)]
mod tests;
