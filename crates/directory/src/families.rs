//! What families ask of the directory (section 14): to see what is held, to have it put right, to complain. Every fact of
//! it is a code, a number of the authority's own file or a name that was asked under; there is no room for a note (law 1).

mod asker;
mod channel;
mod complaint;
mod dispute;
mod exemption;
mod policy;
mod request;

pub use asker::{Asker, AskerKind, AskerRule, Capacity, IdentityEvidence, IdentityProof};
pub use channel::{ChannelCheck, ChannelCode, ChannelProof, DeliveryChannel};
pub use complaint::{ComplaintOutcome, ComplaintSubject};
pub use dispute::{
    DisputeRaiser, DisputeRule, DisputeSource, DisputedItem, ProposedValue, SourceAnswer, Statement,
    statement_of,
};
pub use exemption::LetterExemption;
pub use policy::FamilyPolicy;
pub use request::{ExtensionReason, FamilyRule, RequestRefusal, RequestState, RequestSteps};
