//! The register of disclosures outside the access rules (rule 2.19): on which basis, to whom, what, and who decided. It
//! holds the decision and the names of the items that left, never the items.

use crate::text_value::{coded, display_as_stored, text_value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

coded! {
    /// The basis on which an authority may disclose outside the access rules (rule 2.19).
    LegalBasis {
        /// An order of a court.
        CourtOrder = "court_order",
        /// A law that requires it.
        RequiredByLaw = "required_by_law",
        /// The prevention or detection of crime.
        CrimePrevention = "crime_prevention",
        /// The prosecution of offenders.
        Prosecution = "prosecution",
        /// An enquiry under section 47 of the Children Act 1989.
        Section47Enquiry = "section_47_enquiry",
        /// A safeguarding partnership's practice review.
        PracticeReview = "practice_review",
        /// An investigation of a child's death.
        ChildDeathInvestigation = "child_death_investigation",
    }
}

impl LegalBasis {
    /// Whether a record may be retrieved on it from the archive once its first year is over: for an enquiry under section 47, a
    /// review of a serious case and an investigation of a child's death, and for nothing else (rule 4.3).
    #[must_use]
    pub const fn opens_the_late_archive(self) -> bool {
        match self {
            Self::Section47Enquiry | Self::PracticeReview | Self::ChildDeathInvestigation => true,
            Self::CourtOrder | Self::RequiredByLaw | Self::CrimePrevention | Self::Prosecution => false,
        }
    }
}

coded! {
    /// What kind of body asks. The security services have no accounts and no line of their own here (rule 2.19).
    RequesterKind {
        /// A court.
        Court = "court",
        /// A police force.
        Police = "police",
        /// The prosecution service.
        ProsecutionService = "prosecution_service",
        /// A local authority.
        LocalAuthority = "local_authority",
        /// A safeguarding partnership.
        SafeguardingPartnership = "safeguarding_partnership",
        /// A coroner.
        Coroner = "coroner",
        /// Another body that a law names.
        OtherBody = "other_body",
    }
}

coded! {
    /// The role in which a person of that body asks.
    RequesterRole {
        /// A judge or an officer of the court.
        CourtOfficer = "court_officer",
        /// An officer who investigates.
        InvestigatingOfficer = "investigating_officer",
        /// A prosecutor.
        Prosecutor = "prosecutor",
        /// A social worker.
        SocialWorker = "social_worker",
        /// Who leads a review.
        Reviewer = "reviewer",
        /// A lawyer of the body.
        Lawyer = "lawyer",
        /// An officer of the body whom a law names.
        NamedOfficer = "named_officer",
    }
}

coded! {
    /// An item of a child's record that a disclosure may hold, by name.
    ReleasedItem {
        /// The name.
        Name = "name",
        /// Former and other names.
        OtherNames = "other_names",
        /// The date of birth.
        DateOfBirth = "date_of_birth",
        /// The gender.
        Gender = "gender",
        /// The address or whereabouts.
        Whereabouts = "whereabouts",
        /// Parents and carers, with their contacts.
        Carers = "carers",
        /// The school or other setting.
        Education = "education",
        /// The practice.
        Practice = "practice",
        /// Services that work with the child, with their contacts.
        Involvements = "involvements",
        /// The lead professional.
        LeadProfessional = "lead_professional",
        /// That an early-help assessment exists.
        AssessmentIndicator = "assessment_indicator",
        /// Sensitive services.
        SensitiveServices = "sensitive_services",
        /// Archived items (rule 4.5).
        ArchivedItems = "archived_items",
        /// Who looked at the record.
        AccessHistory = "access_history",
    }
}

coded! {
    /// Why a disclosure was refused.
    RefusalReason {
        /// The basis does not carry it.
        NoLawfulBasis = "no_lawful_basis",
        /// More is asked for than the purpose needs.
        Disproportionate = "disproportionate",
        /// Who asks is not shown to be who they say.
        RequesterNotConfirmed = "requester_not_confirmed",
        /// Another way is open, such as an account or the practitioner.
        AnotherWay = "another_way",
        /// Evidence is missing.
        EvidenceMissing = "evidence_missing",
    }
}

coded! {
    /// Where an entry of the register stands.
    RegisterState {
        /// One manager proposed it.
        Proposed = "proposed",
        /// Another approved it; nothing has left yet.
        Approved = "approved",
        /// Another refused it.
        Refused = "refused",
        /// It left; what left and when is on record.
        Released = "released",
    }
}

/// The number under which the evidence is kept: of an order, a crime, a file. 3 to 40 letters, digits, `/`, `-` and `.`,
/// with a digit among them: prose has no place in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

/// The text is not a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a reference has 3 to 40 letters, digits, slashes, hyphens and full stops, at least one digit, and no spaces, such as FD26P00417"
)]
pub struct ReferenceError;

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let text = text.trim();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.');
        let shaped = (3..=40).contains(&text.len()) && text.bytes().all(allowed);
        if shaped && text.bytes().any(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ReferenceError)
        }
    }
}

text_value!(Reference, ReferenceError);
display_as_stored!(Reference);

/// The name of the body that asks: 3 to 80 letters, spaces and the marks of names. Digits have no place in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BodyName(String);

/// The text is not the name of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("give the body’s name in 3 to 80 letters, such as West Yorkshire Police")]
pub struct BodyNameError;

impl BodyName {
    /// Reads a name.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(text: &str) -> Result<Self, BodyNameError> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let allowed = |letter: char| letter.is_alphabetic() || " '’&,.-()".contains(letter);
        let shaped = (3..=80).contains(&text.chars().count()) && text.chars().all(allowed);
        if shaped && text.chars().any(char::is_alphabetic) { Ok(Self(text)) } else { Err(BodyNameError) }
    }
}

text_value!(BodyName, BodyNameError);
display_as_stored!(BodyName);

/// What the register knows of one disclosure's decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Where it stands.
    pub state: RegisterState,
    /// Who proposed it.
    pub proposed_by: Uuid,
    /// What was proposed.
    pub items: BTreeSet<ReleasedItem>,
}

/// Why a step was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegisterRule {
    /// Nothing is to be disclosed.
    #[error("select at least one item")]
    NoItems,
    /// Nobody approves their own (rule 12.13).
    #[error("another manager must decide what you proposed")]
    OwnProposal,
    /// It was decided before.
    #[error("this disclosure has been decided already")]
    NotOpen,
    /// It was not approved, or has left before.
    #[error("only an approved disclosure can be released, and only once")]
    NotApproved,
    /// An item was not approved.
    #[error("only items that were approved can be released")]
    ItemNotApproved,
    /// It does not ask for the archive, or on no basis that opens it.
    #[error(
        "only an approved disclosure of archived items, on a basis for which the late archive opens, is retrieved"
    )]
    NotForArchive,
    /// It was opened before.
    #[error("the record was opened before, and is opened once; propose the disclosure anew")]
    OpenedBefore,
    /// Nothing was retrieved, or its time is over.
    #[error("the supplier’s operator has not retrieved the record, or the time to open it is over")]
    NotRetrieved,
    /// Only who proposed it opens what was retrieved.
    #[error("the manager who proposed the disclosure opens what was retrieved")]
    NotTheAsker,
}

impl Decision {
    /// What one manager proposes.
    ///
    /// # Errors
    /// [`RegisterRule::NoItems`].
    pub fn propose(proposed_by: Uuid, items: BTreeSet<ReleasedItem>) -> Result<Self, RegisterRule> {
        if items.is_empty() {
            return Err(RegisterRule::NoItems);
        }
        Ok(Self { state: RegisterState::Proposed, proposed_by, items })
    }

    /// The other manager's decision.
    ///
    /// # Errors
    /// [`RegisterRule::NotOpen`], [`RegisterRule::OwnProposal`].
    pub fn decide(&self, decider: Uuid, approve: bool) -> Result<RegisterState, RegisterRule> {
        if self.state != RegisterState::Proposed {
            return Err(RegisterRule::NotOpen);
        }
        if decider == self.proposed_by {
            return Err(RegisterRule::OwnProposal);
        }
        Ok(if approve { RegisterState::Approved } else { RegisterState::Refused })
    }

    /// That the supplier's operator may retrieve the record: neither of the two who decided does.
    ///
    /// # Errors
    /// [`RegisterRule::NotForArchive`], [`RegisterRule::OwnProposal`].
    pub fn retrieve(
        &self,
        basis: LegalBasis,
        operator: Uuid,
        decided_by: Option<Uuid>,
    ) -> Result<(), RegisterRule> {
        let asks = self.items.contains(&ReleasedItem::ArchivedItems) && basis.opens_the_late_archive();
        if self.state != RegisterState::Approved || !asks {
            return Err(RegisterRule::NotForArchive);
        }
        if operator == self.proposed_by || decided_by == Some(operator) {
            return Err(RegisterRule::OwnProposal);
        }
        Ok(())
    }

    /// That what was approved, or a part of it, has left.
    ///
    /// # Errors
    /// [`RegisterRule::NotApproved`], [`RegisterRule::NoItems`], [`RegisterRule::ItemNotApproved`].
    pub fn release(&self, items: &BTreeSet<ReleasedItem>) -> Result<RegisterState, RegisterRule> {
        if self.state != RegisterState::Approved {
            return Err(RegisterRule::NotApproved);
        }
        if items.is_empty() {
            return Err(RegisterRule::NoItems);
        }
        if !items.is_subset(&self.items) {
            return Err(RegisterRule::ItemNotApproved);
        }
        Ok(RegisterState::Released)
    }
}
