//! The directory's rules: children, disclosure, shields, retention, access, search criteria. Pure.
//!
//! No input or output, no clock, no chance: days, instants and random bytes are arguments. Rules are cited by their
//! number in the rule book ("rule 2.8"), laws and decisions by their number in the architecture.

pub mod access;
pub mod accountable_authority;
pub mod address;
pub mod age;
pub mod authority_code;
pub mod brokering;
pub mod child_number;
pub mod child_profile;
pub mod child_record;
pub mod connecting;
pub mod counting;
pub mod death;
pub mod disclosure;
pub mod email_address;
pub mod families;
pub mod feeding;
pub mod gender;
pub mod hold;
pub mod household;
pub mod identities;
pub mod involvement;
pub mod joined;
pub mod letter;
pub mod line;
pub mod local_time;
pub mod month;
pub mod names;
pub mod nhs_number;
pub mod organisation;
pub mod organisation_name;
pub mod partial_date;
pub mod parts;
pub mod person_name;
pub mod postcode;
pub mod register;
pub mod relationship;
pub mod retention;
mod said_at;
pub mod search;
pub mod service_type;
pub mod shield;
pub mod somebody_else;
pub mod source_record;
pub mod telephone;
mod text_value;
pub mod transfer;
pub mod upn;
pub mod vocabulary;
pub mod watching;
mod withdrawn_consent;

pub use address::{Address, LeftEngland, Whereabouts};
pub use age::Age;
pub use authority_code::AuthorityCode;
pub use child_number::ChildNumber;
pub use child_profile::{ChildProfile, Participation, Seal};
pub use child_record::{ChildRecord, Contribution, SourceView, Sourced};
pub use death::DeathEntry;
pub use disclosure::{
    ArchiveView, Disclosure, ListRow, ManagementView, OverrideView, Purpose, RecordView, Requester,
    ShieldedView, SpecialView, SubjectView, Viewer, disclose, disclose_to_both,
};
pub use email_address::EmailAddress;
pub use gender::Gender;
pub use identities::{CutOver, SealKind, Side};
pub use involvement::{
    Basis, BasisKind, BasisLacks, Consent, Contact, Involvement, InvolvementDetails, MissingBasis,
};
pub use joined::{Joined, MatchBasis, Stood};
pub use line::Line;
pub use month::Month;
pub use nhs_number::NhsNumber;
pub use organisation::{ContactDuty, OrganisationContact, OrganisationKind, OrganisationStands, Sector};
pub use partial_date::PartialDate;
pub use person_name::{NameUse, PersonName};
pub use postcode::Postcode;
pub use relationship::{Relationship, Responsibility};
pub use said_at::SaidAt;
pub use service_type::{OpenService, ServiceCategory, ServiceType};
pub use shield::{Shield, ShieldClass, ShieldGrounds, ShieldReason, ShieldRequester};
pub use source_record::{CafIndicator, Carer, Content, Education, Identifier, Practice, Setting};
pub use telephone::Telephone;
pub use upn::Upn;
pub use withdrawn_consent::{WithdrawnConsent, WithdrawnConsents};
