//! Roles and what each may do: one table (rules 12.1 to 12.13).

use crate::text_value::coded;

coded! {
    /// A role; one person may hold several (rule 12.2).
    Role {
        /// Practitioner (rule 12.8).
        Practitioner = "practitioner",
        /// Manager (rule 12.3).
        Manager = "manager",
        /// User manager (rule 12.4).
        UserManager = "user_manager",
        /// Data administrator (rule 12.5).
        DataAdministrator = "data_administrator",
        /// Trainer (rule 12.6).
        Trainer = "trainer",
        /// Helpdesk (rule 12.7).
        Helpdesk = "helpdesk",
        /// Central team (rule 12.9).
        CentralTeam = "central_team",
        /// Supplier's operator (rule 12.10).
        SupplierOperator = "supplier_operator",
        /// Auditor (rules 9.4, 9.8).
        Auditor = "auditor",
    }
}

coded! {
    /// Something that an account may be permitted to do.
    Permission {
        /// Search for a child.
        SearchChildren = "search_children",
        /// Open a child's record.
        ViewRecord = "view_record",
        /// Load a feed.
        LoadFeed = "load_feed",
        /// Pause and resume a source.
        PauseSource = "pause_source",
        /// Decide on a shield; two people decide.
        DecideShield = "decide_shield",
        /// Propose to seal an identity.
        ProposeSeal = "propose_seal",
        /// Approve the seal that another has proposed.
        ApproveSeal = "approve_seal",
        /// Decide matches that the matcher left open.
        ReviewMatches = "review_matches",
        /// See the trail of one's own use.
        ViewOwnAudit = "view_own_audit",
        /// Review the trail of others (rule 9.4).
        ReviewAudit = "review_audit",
        /// Create, suspend and close accounts.
        ManageUsers = "manage_users",
        /// Record that training is complete.
        RecordTraining = "record_training",
        /// See the authority's own counts.
        ViewAuthorityFigures = "view_authority_figures",
    }
}

/// The table. What is not in it is not permitted.
const fn permissions(role: Role) -> &'static [Permission] {
    use Permission as P;
    match role {
        Role::Practitioner => &[P::SearchChildren, P::ViewRecord, P::ViewOwnAudit],
        Role::Manager => &[
            P::SearchChildren,
            P::ViewRecord,
            P::PauseSource,
            P::DecideShield,
            P::ProposeSeal,
            P::ApproveSeal,
            P::ViewOwnAudit,
            P::ReviewAudit,
            P::ViewAuthorityFigures,
        ],
        Role::UserManager => &[P::ManageUsers, P::ReviewAudit, P::ViewOwnAudit],
        Role::DataAdministrator => &[
            P::SearchChildren,
            P::ViewRecord,
            P::LoadFeed,
            P::PauseSource,
            P::ProposeSeal,
            P::ReviewMatches,
            P::ViewOwnAudit,
            P::ViewAuthorityFigures,
        ],
        Role::Trainer => &[P::RecordTraining, P::ViewOwnAudit],
        Role::Helpdesk | Role::SupplierOperator => &[P::ViewOwnAudit],
        Role::CentralTeam => &[P::LoadFeed, P::PauseSource, P::ReviewAudit, P::ViewOwnAudit],
        // The auditor reads the trail and can change no record (rule 9.8).
        Role::Auditor => &[P::ReviewAudit, P::ViewOwnAudit],
    }
}

/// Whether one of the roles carries the permission.
#[must_use]
pub fn allows(roles: &[Role], permission: Permission) -> bool {
    roles.iter().any(|role| permissions(*role).contains(&permission))
}

impl Role {
    /// What the role may do.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        permissions(self)
    }
}
