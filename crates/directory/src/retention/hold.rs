//! Legal holds: on which basis a record is kept from everybody and from its destruction.

use crate::text_value::coded;

coded! {
    /// On which basis a record is held.
    HoldBasis {
        /// A court has ordered it.
        CourtOrder = "court_order",
        /// Proceedings are pending or expected.
        Litigation = "litigation",
        /// A serious case review (rule 4.3).
        SeriousCaseReview = "serious_case_review",
        /// A child-death investigation (rule 4.3).
        ChildDeathInvestigation = "child_death_investigation",
        /// A statutory inquiry.
        StatutoryInquiry = "statutory_inquiry",
    }
}
