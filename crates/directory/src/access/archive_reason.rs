//! Why a record is opened from the archive's first year (rules 4.3 to 4.5).

use super::Reason;
use crate::text_value::coded;

coded! {
    /// Why the archive is opened. The list is closed: what is archived is nobody's to browse.
    ArchiveReason {
        /// Somebody asked what is held about them (section 14).
        SubjectAccess = "subject_access",
        /// An enquiry under section 47 of the Children Act 1989.
        SectionFortySevenEnquiry = "section_47_enquiry",
        /// A review of a serious case.
        SeriousCaseReview = "serious_case_review",
        /// A review of a child's death.
        ChildDeathReview = "child_death_review",
        /// A legal claim, for which the archive is kept (rule 4.2).
        LegalClaim = "legal_claim",
    }
}

impl ArchiveReason {
    /// The reason of the ordinary list under which the entry stands in the clear; the true one is in the sealed body.
    #[must_use]
    pub const fn in_the_clear(self) -> Reason {
        match self {
            Self::SubjectAccess
            | Self::SectionFortySevenEnquiry
            | Self::SeriousCaseReview
            | Self::ChildDeathReview
            | Self::LegalClaim => Reason::Management,
        }
    }
}
