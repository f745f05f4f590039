//! The words on the pages, from one file: today's by default, another country's or year's by configuration.

use crate::access::accreditation::{
    self, AccreditationState, CriterionArea, Finding, Lacking, Purpose, SentBack, StepKind,
};
use crate::access::{
    AccountState, ArchiveReason, Capability, ClosingReason, DangerousAct, FactKind, IdentityDocument, Lapse,
    OverrideReason, Permission, Reason, Role, SuspensionReason,
};
use crate::address::LeftEngland;
use crate::brokering::BrokerReason;
use crate::families::{
    AskerKind, Capacity, ChannelCheck, ComplaintOutcome, ComplaintSubject, DeliveryChannel, DisputeRaiser,
    DisputedItem, ExtensionReason, IdentityEvidence, LetterExemption, RequestRefusal, RequestState,
    SourceAnswer,
};
use crate::gender::Gender;
use crate::involvement::{BasisKind, Consent};
use crate::organisation::{ContactDuty, OrganisationKind, OrganisationStands, Sector};
use crate::register::{LegalBasis, RefusalReason, RegisterState, ReleasedItem, RequesterKind, RequesterRole};
use crate::relationship::{Relationship, Responsibility};
use crate::service_type::ServiceType;
use crate::shield::{EvidenceKind, IdentitySeen, RequesterReach, ShieldClass, ShieldReason, ShieldRequester};
use crate::transfer::{TransferReason, TransferRefusal};
use serde::Deserialize;
use std::collections::BTreeMap;

const SHIPPED: &str = include_str!("../vocabulary/en-2026.toml");

/// Terms that stand anywhere in a page, by their key in the `[term]` table.
pub const TERMS: [&str; 8] = [
    "product",
    "early_help_assessment",
    "early_help_assessment_short",
    "clearance_check",
    "department",
    "lead_professional",
    "local_authority",
    "absence_proves_nothing",
];

/// The labels of every coded list and the terms of a place and time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// Which words these are: language and year.
    edition: String,
    term: BTreeMap<String, String>,
    reason: BTreeMap<String, String>,
    service: BTreeMap<String, String>,
    service_basis: BTreeMap<String, String>,
    consent: BTreeMap<String, String>,
    broker_reason: BTreeMap<String, String>,
    relationship: BTreeMap<String, String>,
    responsibility: BTreeMap<String, String>,
    gender: BTreeMap<String, String>,
    identity_document: BTreeMap<String, String>,
    left_england: BTreeMap<String, String>,
    role: BTreeMap<String, String>,
    lapse: BTreeMap<String, String>,
    remedy: BTreeMap<String, String>,
    fact: BTreeMap<String, String>,
    account_state: BTreeMap<String, String>,
    suspension: BTreeMap<String, String>,
    closing: BTreeMap<String, String>,
    capability: BTreeMap<String, String>,
    permission: BTreeMap<String, String>,
    dangerous_act: BTreeMap<String, String>,
    override_reason: BTreeMap<String, String>,
    archive_reason: BTreeMap<String, String>,
    shield_reason: BTreeMap<String, String>,
    shield_requester: BTreeMap<String, String>,
    shield_class: BTreeMap<String, String>,
    evidence_kind: BTreeMap<String, String>,
    identity_seen: BTreeMap<String, String>,
    requester_reach: BTreeMap<String, String>,
    transfer_reason: BTreeMap<String, String>,
    transfer_refusal: BTreeMap<String, String>,
    organisation_kind: BTreeMap<String, String>,
    organisation_stands: BTreeMap<String, String>,
    sector: BTreeMap<String, String>,
    contact_duty: BTreeMap<String, String>,
    criterion_area: BTreeMap<String, String>,
    accreditation_state: BTreeMap<String, String>,
    accreditation_purpose: BTreeMap<String, String>,
    accreditation_finding: BTreeMap<String, String>,
    accreditation_lacking: BTreeMap<String, String>,
    accreditation_sent_back: BTreeMap<String, String>,
    accreditation_refusal: BTreeMap<String, String>,
    accreditation_suspension: BTreeMap<String, String>,
    accreditation_step: BTreeMap<String, String>,
    legal_basis: BTreeMap<String, String>,
    requester_kind: BTreeMap<String, String>,
    requester_role: BTreeMap<String, String>,
    released_item: BTreeMap<String, String>,
    refusal_reason: BTreeMap<String, String>,
    register_state: BTreeMap<String, String>,
    asker_kind: BTreeMap<String, String>,
    identity_evidence: BTreeMap<String, String>,
    capacity: BTreeMap<String, String>,
    delivery_channel: BTreeMap<String, String>,
    channel_check: BTreeMap<String, String>,
    request_state: BTreeMap<String, String>,
    request_refusal: BTreeMap<String, String>,
    letter_exemption: BTreeMap<String, String>,
    extension_reason: BTreeMap<String, String>,
    disputed_item: BTreeMap<String, String>,
    dispute_raiser: BTreeMap<String, String>,
    source_answer: BTreeMap<String, String>,
    complaint_subject: BTreeMap<String, String>,
    complaint_outcome: BTreeMap<String, String>,
}

/// Why a vocabulary cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VocabularyError {
    /// Not TOML, or not a vocabulary.
    #[error("the vocabulary cannot be read: {0}")]
    Form(String),
    /// A code has no label.
    #[error("the vocabulary has no label for {table}.{code}; add it")]
    Missing {
        /// The table.
        table: &'static str,
        /// The code.
        code: &'static str,
    },
    /// A label for a code that does not exist.
    #[error("the vocabulary has a label for {table}.{code}, which is no code; remove it")]
    Unknown {
        /// The table.
        table: &'static str,
        /// The code.
        code: String,
    },
}

macro_rules! labels {
    ($($(#[$meta:meta])* $table:ident: $type:ty,)+) => {
        impl Vocabulary {
            $($(#[$meta])* #[must_use]
            pub fn $table(&self, code: $type) -> &str {
                self.$table.get(code.code()).map_or(code.code(), String::as_str)
            })+

            fn check(&self) -> Result<(), VocabularyError> {
                check_table("term", &self.term, &TERMS)?;
                $(let codes: Vec<&'static str> = <$type>::ALL.iter().map(|value| value.code()).collect();
                check_table(stringify!($table), &self.$table, &codes)?;)+
                Ok(())
            }
        }
    };
}

labels! {
    /// The label of a reason.
    reason: Reason,
    /// The label of a service.
    service: ServiceType,
    /// The label of a basis on which a sensitive service is known.
    service_basis: BasisKind,
    /// The label of a consent: by whom, and on what capacity.
    consent: Consent,
    /// Why somebody asks to be put in touch.
    broker_reason: BrokerReason,
    /// The label of a relationship.
    relationship: Relationship,
    /// The label of parental responsibility.
    responsibility: Responsibility,
    /// The label of a gender.
    gender: Gender,
    /// The label of a document that shows who a person is.
    identity_document: IdentityDocument,
    /// The label of a statement that the child left.
    left_england: LeftEngland,
    /// The label of a role.
    role: Role,
    /// The label of an accredited capability.
    capability: Capability,
    /// What a permission lets a person do.
    permission: Permission,
    /// What a dangerous act is.
    dangerous_act: DangerousAct,
    /// Why a shield is overridden.
    override_reason: OverrideReason,
    /// Why the archive is opened.
    archive_reason: ArchiveReason,
    /// What a person is told about a condition that does not hold.
    lapse: Lapse,
    /// What a user manager does about a condition that does not hold.
    remedy: Lapse,
    /// The label of a fact about an account.
    fact: FactKind,
    /// The label of an account's state.
    account_state: AccountState,
    /// Why an account is suspended.
    suspension: SuspensionReason,
    /// Why an account is closed.
    closing: ClosingReason,
    /// The label of a criterion for a shield.
    shield_reason: ShieldReason,
    /// The label of who asked for a shield.
    shield_requester: ShieldRequester,
    /// The label of a class of shields.
    shield_class: ShieldClass,
    /// The label of a kind of evidence.
    evidence_kind: EvidenceKind,
    /// How it was seen who asks for a shield, and that this is the child.
    identity_seen: IdentitySeen,
    /// How whoever asked for a shield is reached.
    requester_reach: RequesterReach,
    /// Why a protected child is offered to another authority.
    transfer_reason: TransferReason,
    /// Why such an offer is refused.
    transfer_refusal: TransferRefusal,
    /// The label of a kind of organisation.
    organisation_kind: OrganisationKind,
    /// Where an organisation stands.
    organisation_stands: OrganisationStands,
    /// The label of a sector.
    sector: Sector,
    /// What a contact answers for.
    contact_duty: ContactDuty,
    /// What a criterion is about.
    criterion_area: CriterionArea,
    /// Where an accreditation stands.
    accreditation_state: AccreditationState,
    /// What an accreditation is for.
    accreditation_purpose: Purpose,
    /// What was found about a criterion.
    accreditation_finding: Finding,
    /// What is lacking under a condition.
    accreditation_lacking: Lacking,
    /// Why an application was sent back.
    accreditation_sent_back: SentBack,
    /// Why an application was refused.
    accreditation_refusal: accreditation::RefusalReason,
    /// Why an accreditation was suspended.
    accreditation_suspension: accreditation::SuspensionReason,
    /// A step of an accreditation's history.
    accreditation_step: StepKind,
    /// The label of a legal basis of the disclosure register.
    legal_basis: LegalBasis,
    /// The label of a body that asks for a disclosure.
    requester_kind: RequesterKind,
    /// The label of the role in which it is asked.
    requester_role: RequesterRole,
    /// The label of an item of a disclosure.
    released_item: ReleasedItem,
    /// The label of why a disclosure was refused.
    refusal_reason: RefusalReason,
    /// The label of where a disclosure stands.
    register_state: RegisterState,
    /// In which right somebody asks what is held.
    asker_kind: AskerKind,
    /// By what somebody showed who they are.
    identity_evidence: IdentityEvidence,
    /// How it was judged whether a child understands.
    capacity: Capacity,
    /// How an answer reaches a family.
    delivery_channel: DeliveryChannel,
    /// How such a channel was verified.
    channel_check: ChannelCheck,
    /// Where a request to see what is held stands.
    request_state: RequestState,
    /// Why such a request was refused.
    request_refusal: RequestRefusal,
    /// Why a letter leaves out more than it must.
    letter_exemption: LetterExemption,
    /// Why the time for an answer was extended.
    extension_reason: ExtensionReason,
    /// The label of an item that may be disputed.
    disputed_item: DisputedItem,
    /// Who says that an item is wrong.
    dispute_raiser: DisputeRaiser,
    /// What a source answered.
    source_answer: SourceAnswer,
    /// What a complaint is about.
    complaint_subject: ComplaintSubject,
    /// What came of a complaint.
    complaint_outcome: ComplaintOutcome,
}

impl Vocabulary {
    /// The words shipped with the product.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the file is part of the program and a test parses it")]
    pub fn shipped() -> Self {
        Self::from_toml(SHIPPED).expect("the shipped vocabulary is complete")
    }

    /// Reads a whole vocabulary.
    ///
    /// # Errors
    /// When it is not one, lacks a label, or has a label for an unknown code.
    pub fn from_toml(text: &str) -> Result<Self, VocabularyError> {
        let vocabulary: Self =
            toml::from_str(text).map_err(|error| VocabularyError::Form(error.to_string()))?;
        vocabulary.check()?;
        Ok(vocabulary)
    }

    /// The shipped words with those of `text` in their place; `text` needs only what differs.
    ///
    /// # Errors
    /// As [`from_toml`](Self::from_toml).
    pub fn shipped_with(text: &str) -> Result<Self, VocabularyError> {
        let form = |error: toml::de::Error| VocabularyError::Form(error.to_string());
        let mut words: toml::Table = toml::from_str(SHIPPED).map_err(form)?;
        let changes: toml::Table = toml::from_str(text).map_err(form)?;
        for (key, change) in changes {
            match (words.get_mut(&key), change) {
                (Some(toml::Value::Table(table)), toml::Value::Table(change)) => table.extend(change),
                (_, change) => {
                    words.insert(key, change);
                }
            }
        }
        let vocabulary: Self = words.try_into().map_err(form)?;
        vocabulary.check()?;
        Ok(vocabulary)
    }

    /// A term by its key in [`TERMS`]; a key that is none of them is its own word.
    #[must_use]
    pub fn term<'a>(&'a self, key: &'a str) -> &'a str {
        self.term.get(key).map_or(key, String::as_str)
    }

    /// Language and year.
    #[must_use]
    pub fn edition(&self) -> &str {
        &self.edition
    }
}

fn check_table(
    table: &'static str,
    labels: &BTreeMap<String, String>,
    codes: &[&'static str],
) -> Result<(), VocabularyError> {
    if let Some(code) = codes.iter().find(|code| !labels.contains_key(**code)) {
        return Err(VocabularyError::Missing { table, code });
    }
    match labels.keys().find(|label| !codes.contains(&label.as_str())) {
        Some(code) => Err(VocabularyError::Unknown { table, code: code.clone() }),
        None => Ok(()),
    }
}
