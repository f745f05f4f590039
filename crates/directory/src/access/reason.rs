//! Why someone looks (law 6, rules 6.13, 7.9), and who may state which reason.

use super::Role;
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

/// Of those who work with children. The management of the directory is not their work.
const WITH_CHILDREN: &[Reason] = &[
    Reason::WhoElseIsInvolved,
    Reason::ChildPresents,
    Reason::SafeguardingConcern,
    Reason::Referral,
    Reason::EarlyHelpAssessment,
    Reason::MissingEducation,
    Reason::MissingChild,
    Reason::Transfer,
    Reason::KeepRecord,
];

/// Of a manager: the desk's own reason first. A concern or a child who is missing comes to a manager too.
const OF_A_MANAGER: &[Reason] = &[
    Reason::Management,
    Reason::SafeguardingConcern,
    Reason::MissingChild,
    Reason::WhoElseIsInvolved,
    Reason::ChildPresents,
    Reason::Referral,
    Reason::EarlyHelpAssessment,
    Reason::MissingEducation,
    Reason::Transfer,
    Reason::KeepRecord,
];

/// Of a data administrator: that the record is right, before all else.
const OF_DATA: &[Reason] = &[
    Reason::KeepRecord,
    Reason::Management,
    Reason::Transfer,
    Reason::WhoElseIsInvolved,
    Reason::ChildPresents,
    Reason::SafeguardingConcern,
    Reason::Referral,
    Reason::EarlyHelpAssessment,
    Reason::MissingEducation,
    Reason::MissingChild,
];

impl Role {
    /// The reasons for which the role looks for a child, those of its own work first; none of a role that sees no child.
    #[must_use]
    pub const fn reasons(self) -> &'static [Reason] {
        match self {
            Self::Practitioner => WITH_CHILDREN,
            Self::Manager => OF_A_MANAGER,
            Self::DataAdministrator => OF_DATA,
            // An override has reasons of its own and comes beside a practitioner's role, the shield desk beside a manager's.
            Self::OverrideHolder
            | Self::ShieldDesk
            | Self::UserManager
            | Self::Trainer
            | Self::Helpdesk
            | Self::Auditor
            | Self::CentralTeam
            | Self::OrganisationLead
            | Self::SupplierOperator => &[],
        }
    }
}

impl Reason {
    /// The reasons that somebody who holds these roles may state, in the order in which they are offered.
    #[must_use]
    pub fn of(roles: impl IntoIterator<Item = Role>) -> Vec<Self> {
        let mut reasons = Vec::new();
        for &reason in roles.into_iter().flat_map(Role::reasons) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Reason, Role};
    use crate::access::{Permission, allows};

    #[test]
    fn whoever_looks_for_children_has_reasons_and_nobody_else() {
        for &role in Role::ALL {
            let looks = allows(&[role], Permission::SearchChildren);
            assert_eq!(!role.reasons().is_empty(), looks, "{}", role.code());
            let once: BTreeSet<_> = role.reasons().iter().map(|reason| reason.code()).collect();
            assert_eq!(once.len(), role.reasons().len(), "{}: each once", role.code());
        }
    }

    #[test]
    fn a_practitioner_does_not_manage_the_directory_and_a_manager_is_asked_that_first() {
        assert!(!Reason::of([Role::Practitioner, Role::OverrideHolder]).contains(&Reason::Management));
        assert_eq!(Reason::of([Role::Manager]).first(), Some(&Reason::Management));
        assert_eq!(Reason::of([Role::DataAdministrator]).first(), Some(&Reason::KeepRecord));
    }

    #[test]
    fn of_several_roles_each_reason_is_offered_once() {
        let both = Reason::of([Role::Practitioner, Role::Manager]);
        assert_eq!(both.len(), Reason::ALL.len());
        assert_eq!(both.last(), Some(&Reason::Management));
    }
}
