//! Who looks, and by which office or right (rules 2.1, 2.3, 2.9, 4.3, 14.4).

use crate::authority_code::AuthorityCode;
use crate::child_record::ChildRecord;
use crate::names::same_name;
use crate::person_name::PersonName;
use crate::relationship::Relationship;
use crate::source_record::Carer;

/// Who looks. A person with an office looks through it only where they say so: at a list, and at a record opened in the
/// ordinary way, a manager is a practitioner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// A practitioner whom a local authority let in.
    AuthorityPractitioner,
    /// A practitioner whom a national partner let in.
    PartnerPractitioner,
    /// Management of a local authority, for the authority's duties: a manager or a data administrator (rules 2.3, 2.10).
    AuthorityManagement {
        /// The authority it works for.
        authority: AuthorityCode,
    },
    /// Management of a national partner: a practitioner of the partner and no more, for the rule that hides items from
    /// the partner's users makes no exception for its management (rule 2.3).
    PartnerManagement,
    /// A practitioner of either kind who overrides the shield of this one record (rule 2.9).
    Override,
    /// The same, with a second holder of another organisation who agreed to it live: what nobody may do alone (rule 2.9).
    OverrideByTwo,
    /// A data manager of a local authority, at the archive's first year (rule 4.3).
    ArchiveManager {
        /// The authority they work for.
        authority: AuthorityCode,
    },
    /// The authority that answered for a record, to whom the supplier's operator retrieved it from the archive's later years on
    /// a decision of the disclosure register (rule 4.3).
    ArchiveRetrieval {
        /// The authority.
        authority: AuthorityCode,
    },
    /// A person who asks what is held, whose identity and right have been verified (rule 14.4).
    Subject(Requester),
    /// An auditor: reads the trail and never a child (rule 9.8).
    Auditor,
}

/// Whose right a subject access request rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requester {
    /// The child or young person, of sufficient understanding to ask.
    YoungPerson,
    /// A parent or carer on the child's behalf, as verified: by name and by what they are to the child, because a father
    /// and a son may share a name.
    Carer {
        /// Their name.
        name: PersonName,
        /// What they are to the child.
        relationship: Relationship,
    },
    /// Somebody with a right to ask who is no entry of the record, or who speaks for another: told what a carer is told
    /// who is not the only one, and of no contact at all.
    Unnamed,
}

impl Viewer {
    /// The same person without what their office adds. An auditor and a family have no ordinary view to fall back on and
    /// stay what they are.
    #[must_use]
    pub fn as_ordinary(&self) -> Self {
        match self {
            Self::AuthorityPractitioner
            | Self::AuthorityManagement { .. }
            | Self::ArchiveManager { .. }
            | Self::ArchiveRetrieval { .. } => Self::AuthorityPractitioner,
            // An override does not say which kind of practitioner it is of: the more restricted one.
            Self::PartnerPractitioner | Self::PartnerManagement | Self::Override | Self::OverrideByTwo => {
                Self::PartnerPractitioner
            }
            Self::Subject(_) | Self::Auditor => self.clone(),
        }
    }
}

impl Requester {
    /// Whether that entry of a record is the requester.
    pub(super) fn is(&self, carer: &Carer) -> bool {
        match self {
            Self::YoungPerson | Self::Unnamed => false,
            Self::Carer { name, relationship } => {
                *relationship == carer.relationship && same_name(name, &carer.name)
            }
        }
    }
}

impl ChildRecord {
    /// Whether that authority answers for the record. Of a record nobody answers for yet, none does.
    #[must_use]
    pub fn is_answered_for_by(&self, authority: &AuthorityCode) -> bool {
        self.accountable_authority() == Some(authority)
    }
}
