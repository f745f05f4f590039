//! Why someone looks (law 6, rules 6.13, 7.9).

use crate::text_value::coded;

coded! {
    /// A reason for looking, stated before the first search. The list is closed: there is no free text. Its labels are
    /// in the vocabulary.
    Reason {
        /// To find out who else is working with the child.
        WhoElseIsInvolved = "who_else_is_involved",
        /// The child presents to a service and the people working with them must be reached.
        ChildPresents = "child_presents",
        /// A concern for the child's safety or welfare.
        SafeguardingConcern = "safeguarding_concern",
        /// A referral has been received or is being made.
        Referral = "referral",
        /// An assessment of the need for early help.
        EarlyHelpAssessment = "early_help_assessment",
        /// The child is missing education or not attending.
        MissingEducation = "missing_education",
        /// The child is missing from home or care.
        MissingChild = "missing_child",
        /// The child moves between services, schools or areas.
        Transfer = "transfer",
        /// To keep the record right: own involvement, corrections.
        KeepRecord = "keep_record",
        /// Management of the directory: matching, shielding, complaints.
        Management = "management",
    }
}
