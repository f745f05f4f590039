//! Roles and what each may do: one table (rules 12.1 to 12.13), printed as docs/permissions.md.

use super::Capability;
use crate::text_value::coded;

coded! {
    /// A role; one person may hold several (rule 12.2), each at an organisation.
    Role {
        /// Practitioner (rule 12.8).
        Practitioner = "practitioner",
        /// Manager (rule 12.3).
        Manager = "manager",
        /// User manager (rule 12.4).
        UserManager = "user_manager",
        /// Data administrator (rule 12.5); a national partner has none (rule 5.8).
        DataAdministrator = "data_administrator",
        /// Trainer (rule 12.6).
        Trainer = "trainer",
        /// Helpdesk (rule 12.7).
        Helpdesk = "helpdesk",
        /// Auditor (rules 9.4, 9.8).
        Auditor = "auditor",
        /// Central team (rule 12.9).
        CentralTeam = "central_team",
        /// Lead of an organisation: applies for its accreditation and its accounts, and reads no child (rule 6.16).
        OrganisationLead = "organisation_lead",
        /// Supplier's operator (rule 12.10).
        SupplierOperator = "supplier_operator",
        /// Holder of the override: granted by two people to a named person beside their own access to child data, and part of
        /// no other role (rules 2.9, 12.8).
        OverrideHolder = "override_holder",
        /// Of the shield desk: a manager whom two people named to decide about everything that is shielded or sealed (rules 2.17,
        /// 12.3). It gives nothing to who is no manager there.
        ShieldDesk = "shield_desk",
    }
}

coded! {
    /// Something that an account may be permitted to do.
    Permission {
        /// Search for a child.
        SearchChildren = "search_children",
        /// Open a child's record.
        ViewRecord = "view_record",
        /// Open a record as management: behind a shield, where the authority answers for it (rules 2.3, 2.10).
        OpenForManagement = "open_for_management",
        /// Look up for a colleague who asks and approves (rule 6.12).
        MediateAccess = "mediate_access",
        /// Have a colleague look up (rule 6.12).
        AskForMediation = "ask_for_mediation",
        /// Load a feed.
        LoadFeed = "load_feed",
        /// Pause and resume a source.
        PauseSource = "pause_source",
        /// Hand in a request for a shield (rule 2.12).
        RequestShield = "request_shield",
        /// Work at the shield desk: propose what is decided on a shield, and decide what another proposed (rule 12.3).
        DecideShield = "decide_shield",
        /// Propose to seal an identity.
        ProposeSeal = "propose_seal",
        /// Approve the seal that another has proposed.
        ApproveSeal = "approve_seal",
        /// Decide which records are one child: what the matcher left open, and what it got wrong (rules 10.10, 12.5). About
        /// protected records the protected desk decides.
        ReviewMatches = "review_matches",
        /// See the trail of one's own use.
        ViewOwnAudit = "view_own_audit",
        /// See one's own account, its keys and its sessions, and end them.
        ManageOwnAccount = "manage_own_account",
        /// Search the trail of others and read its entries (rule 9.4).
        ReadAudit = "read_audit",
        /// See alerts, investigations and samples.
        ViewAlerts = "view_alerts",
        /// Take an alert on and decide what came of it (rules 9.3, 9.4).
        HandleAlerts = "handle_alerts",
        /// Open, escalate and close an investigation (rule 6.14).
        Investigate = "investigate",
        /// Take the monthly evidence pack.
        ViewEvidencePack = "view_evidence_pack",
        /// Register and change organisations and their contacts.
        ManageOrganisations = "manage_organisations",
        /// See organisations and where their accreditation stands.
        ViewOrganisations = "view_organisations",
        /// Answer an accreditation's questions and hand in its evidence.
        ApplyForAccreditation = "apply_for_accreditation",
        /// Assess an application (rule 11.8).
        AssessAccreditation = "assess_accreditation",
        /// Decide an assessed application as the second person, suspend and renew (rule 12.13).
        DecideAccreditation = "decide_accreditation",
        /// See accounts and what they lack; no child.
        ViewAccounts = "view_accounts",
        /// Ask for an account.
        RequestAccount = "request_account",
        /// Record facts, give roles, activate, suspend and close accounts (rule 12.4).
        ManageAccounts = "manage_accounts",
        /// Help a person who lost their keys, as one of two (rule 12.4).
        RecoverAccount = "recover_account",
        /// Record that training is complete.
        RecordTraining = "record_training",
        /// See the register of disclosures outside the access rules (rule 2.19).
        ViewDisclosureRegister = "view_disclosure_register",
        /// Propose a disclosure, or decide one that another proposed (rule 2.19).
        KeepDisclosureRegister = "keep_disclosure_register",
        /// See the authority's own counts.
        ViewAuthorityFigures = "view_authority_figures",
        /// Record a young person's own consent to stay, and its withdrawal (rules 3.8, 3.9).
        RecordParticipation = "record_participation",
        /// Record that a child has died (rule 4.6).
        RecordDeath = "record_death",
        /// See what will happen to a record of the authority, and when (section 4).
        ViewRetention = "view_retention",
        /// Put a record under a legal hold, and release it; two people decide.
        HoldRecords = "hold_records",
        /// Override the shield of one record, or agree as the second person where nobody may alone (rule 2.9).
        OverrideShield = "override_shield",
        /// Open a record in the archive's first year (rules 4.3, 12.5).
        OpenFromArchive = "open_from_archive",
        /// Retrieve a record from the archive's later years for who asked, on an authorised request (rules 4.3, 12.10). It shows
        /// no child.
        RetrieveFromArchive = "retrieve_from_archive",
        /// Record that a consent to a sensitive service was withdrawn (rule 3.3).
        WithdrawConsent = "withdraw_consent",
        /// Ask the responsible authority to be put in touch with who works with a child (rules 8.10, 8.11).
        RequestBrokering = "request_brokering",
        /// Handle such requests about the authority's children whom no shield protects (rule 12.3); those about protected
        /// children are the shield desk's.
        HandleBrokering = "handle_brokering",
        /// Take in and answer what families ask: to see, to put right, complaints (rules 12.3, 14.1).
        AnswerFamilies = "answer_families",
        /// Say at a record that an item of it is wrong (rule 14.3).
        RaiseDispute = "raise_dispute",
        /// Answer for a source what it was asked about a row of its own (rule 14.3).
        AnswerForSource = "answer_for_source",
        /// Prepare a source for feeding: its product, its credentials, its pilot file, its rehearsal (rule 11.1).
        PrepareFeed = "prepare_feed",
        /// Sign a source off, as one of two, confirm its credentials, let a stopped one go on (rules 10.6, 12.13).
        SignOffFeed = "sign_off_feed",
        /// Hand in test reports of products, and accredit, refuse and withdraw products (rule 11.1).
        AccreditProducts = "accredit_products",
    }
}

/// The table. What is not in it is not permitted.
const fn permissions(role: Role) -> &'static [Permission] {
    use Permission as P;
    match role {
        Role::Practitioner => &[
            P::SearchChildren,
            P::ViewRecord,
            P::MediateAccess,
            P::AskForMediation,
            P::RequestShield,
            P::RecordParticipation,
            P::ViewOwnAudit,
            P::ManageOwnAccount,
            P::WithdrawConsent,
            P::RequestBrokering,
            P::RaiseDispute,
        ],
        Role::Manager => &[
            P::SearchChildren,
            P::ViewRecord,
            P::OpenForManagement,
            P::MediateAccess,
            P::AskForMediation,
            P::PauseSource,
            P::RequestShield,
            P::ProposeSeal,
            P::ViewOwnAudit,
            P::ManageOwnAccount,
            P::ReadAudit,
            P::ViewAlerts,
            P::HandleAlerts,
            P::Investigate,
            P::ViewEvidencePack,
            P::ManageOrganisations,
            P::ViewOrganisations,
            P::ApplyForAccreditation,
            P::AssessAccreditation,
            P::DecideAccreditation,
            P::ViewAccounts,
            P::ViewDisclosureRegister,
            P::KeepDisclosureRegister,
            P::ViewAuthorityFigures,
            P::RecordDeath,
            P::ViewRetention,
            P::HoldRecords,
            P::WithdrawConsent,
            P::RequestBrokering,
            P::HandleBrokering,
            P::AnswerFamilies,
            P::RaiseDispute,
            P::PrepareFeed,
            P::SignOffFeed,
            P::AccreditProducts,
        ],
        // No need to read a child's record (rule 12.4).
        Role::UserManager => &[
            P::ViewOwnAudit,
            P::ManageOwnAccount,
            P::ReadAudit,
            P::ViewAlerts,
            P::HandleAlerts,
            P::ViewOrganisations,
            P::ViewAccounts,
            P::RequestAccount,
            P::ManageAccounts,
            P::RecoverAccount,
        ],
        // Administrators of data cannot touch the audit (rule 9.8). They see hidden items (rule 12.5).
        Role::DataAdministrator => &[
            P::SearchChildren,
            P::ViewRecord,
            P::OpenForManagement,
            P::LoadFeed,
            P::PauseSource,
            P::ProposeSeal,
            P::ReviewMatches,
            P::ViewOwnAudit,
            P::ManageOwnAccount,
            P::ViewAuthorityFigures,
            P::RecordDeath,
            P::ViewRetention,
            P::OpenFromArchive,
            P::RaiseDispute,
            P::AnswerForSource,
            P::PrepareFeed,
        ],
        Role::Trainer => &[P::ViewOwnAudit, P::ManageOwnAccount, P::ViewAccounts, P::RecordTraining],
        // A helpdesk role alone sees no child (rule 12.7).
        Role::Helpdesk => &[P::ViewOwnAudit, P::ManageOwnAccount, P::ViewOrganisations, P::ViewAccounts],
        // Carries a retrieval out and reads no child: who asked reads it (rule 12.10).
        Role::SupplierOperator => &[P::ViewOwnAudit, P::ManageOwnAccount, P::RetrieveFromArchive],
        Role::CentralTeam => &[
            P::LoadFeed,
            P::PauseSource,
            P::ViewOwnAudit,
            P::ManageOwnAccount,
            P::ReadAudit,
            P::ViewAlerts,
            P::HandleAlerts,
            P::Investigate,
            P::ViewEvidencePack,
            P::ManageOrganisations,
            P::ViewOrganisations,
            P::ViewAccounts,
            P::ViewDisclosureRegister,
            P::AnswerForSource,
            P::PrepareFeed,
            P::SignOffFeed,
            P::AccreditProducts,
        ],
        // The auditor reads everything of the trail and changes nothing (rule 9.8).
        Role::Auditor => &[
            P::ViewOwnAudit,
            P::ManageOwnAccount,
            P::ReadAudit,
            P::ViewAlerts,
            P::ViewEvidencePack,
            P::ViewOrganisations,
            P::ViewAccounts,
            P::ViewDisclosureRegister,
        ],
        Role::OrganisationLead => &[
            P::ViewOwnAudit,
            P::ManageOwnAccount,
            P::ViewOrganisations,
            P::ApplyForAccreditation,
            P::ViewAccounts,
            P::RequestAccount,
            P::AnswerForSource,
            P::PrepareFeed,
        ],
        // No child data of its own: it comes beside a practitioner's role.
        Role::OverrideHolder => &[P::OverrideShield, P::ViewOwnAudit, P::ManageOwnAccount],
        // What is shielded or sealed is on no other desk; everything else of a manager's work comes from that role.
        Role::ShieldDesk => &[P::DecideShield, P::ApproveSeal, P::ViewOwnAudit, P::ManageOwnAccount],
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

    /// Whether an organisation of this kind may have it: a national partner has no data administrator (rule 5.8), and
    /// only the centre has a central team.
    #[must_use]
    pub fn may_be_held_at(self, kind: &str) -> bool {
        match self {
            Self::DataAdministrator => kind != "national_partner",
            Self::CentralTeam => kind == "centre",
            // Each use is investigated from outside the user's organisation, and nobody stands outside the centre; and of what
            // nobody answers for every authority's desk decides (rule 5.7).
            Self::OverrideHolder | Self::ShieldDesk => {
                matches!(kind, "authority" | "partner" | "national_partner")
            }
            _ => true,
        }
    }

    /// Whether a second person must agree before it is given: the roles that carry power over accounts, over the trail
    /// or over what others see (rule 12.13).
    #[must_use]
    pub const fn needs_second_person(self) -> bool {
        matches!(
            self,
            Self::Manager
                | Self::UserManager
                | Self::DataAdministrator
                | Self::Auditor
                | Self::CentralTeam
                | Self::OverrideHolder
                | Self::ShieldDesk
        )
    }

    /// The role beside which alone it counts, at the same organisation: a manager decides about shields, and not everyone who
    /// is named (rule 12.3).
    #[must_use]
    pub const fn counts_beside(self) -> Option<Self> {
        match self {
            Self::ShieldDesk => Some(Self::Manager),
            _ => None,
        }
    }

    /// Whether what the role carries reaches the organisations under its own (an authority's partners), or its own only.
    #[must_use]
    pub const fn reaches_below(self) -> bool {
        !matches!(self, Self::Practitioner | Self::OrganisationLead | Self::OverrideHolder)
    }
}

impl Permission {
    /// Whether a role held at an organisation of this kind gives it: management's view and the archive are an authority's
    /// alone, neither a partner's under it nor a national partner's (rules 2.3, 4.3), and so are the answer to a family (rules
    /// 5.8, 14.1) and the decision which records are one child, that two identities are kept apart, to whom a held record
    /// belongs (rule 5.8), and that a record is put under a legal hold. What records matched, and whether a feed that stopped by
    /// itself goes on, is for the authority and the centre: never for the source's own people (law 7).
    #[must_use]
    pub fn counts_at(self, kind: &str) -> bool {
        match self {
            Self::OpenForManagement
            | Self::OpenFromArchive
            | Self::HandleBrokering
            | Self::AnswerFamilies
            | Self::ReviewMatches
            | Self::ProposeSeal
            | Self::ApproveSeal
            | Self::HoldRecords => kind == "authority",
            Self::LoadFeed | Self::PauseSource | Self::ViewAuthorityFigures => {
                matches!(kind, "authority" | "centre")
            }
            _ => true,
        }
    }

    /// The capability the organisation must be accredited for (rule 11.4).
    #[must_use]
    pub const fn needs(self) -> Option<Capability> {
        match self {
            Self::SearchChildren
            | Self::ViewRecord
            | Self::OpenForManagement
            | Self::OpenFromArchive
            | Self::RequestBrokering
            | Self::HandleBrokering
            | Self::RaiseDispute => Some(Capability::StaffQuery),
            Self::MediateAccess | Self::AskForMediation => Some(Capability::MediatedAccess),
            Self::LoadFeed | Self::PauseSource => Some(Capability::FeedData),
            // Any agency may hand in a request (rule 2.12): to ask for protection needs no accreditation.
            Self::DecideShield | Self::ProposeSeal | Self::ApproveSeal => Some(Capability::Shielding),
            Self::RecordParticipation => Some(Capability::OverEighteenConsent),
            Self::RecordDeath => Some(Capability::ChildDeathReporting),
            Self::OverrideShield => Some(Capability::EmergencyOverride),
            _ => None,
        }
    }
}
