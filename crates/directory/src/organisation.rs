//! Organisations that take part: their kinds, their sectors, who stands under whom, whom to reach there.

use crate::access::accreditation::accredits;
use crate::access::{HeldRole, OrganisationStanding, Permission};
use crate::text_value::coded;
use crate::{EmailAddress, Line, Telephone};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

coded! {
    /// What an organisation is to the directory.
    OrganisationKind {
        /// A local authority: accredits its partners and itself (rule 11.8).
        Authority = "authority",
        /// A national partner: accredits itself, for its own employees only (rules 6.3, 6.4).
        NationalPartner = "national_partner",
        /// An organisation under an authority.
        Partner = "partner",
        /// A national body that feeds (rule 10.3); nobody of it signs in.
        NationalSource = "national_source",
        /// The centre (rule 12.9): sees all organisations, accredits none.
        Centre = "centre",
    }
}

coded! {
    /// What an organisation works in (rule 6.2). Schools and GP practices have criteria of their own (rule 11.6).
    Sector {
        /// Education other than a school.
        Education = "education",
        /// A school or college.
        School = "school",
        /// Health other than a GP practice.
        Health = "health",
        /// A GP practice.
        GeneralPractice = "general_practice",
        /// Children's social care.
        SocialCare = "social_care",
        /// Youth justice.
        YouthJustice = "youth_justice",
        /// Youth and careers support (in 2009: Connexions).
        YouthSupport = "youth_support",
        /// Early years.
        EarlyYears = "early_years",
        /// Housing.
        Housing = "housing",
        /// Police.
        Police = "police",
        /// Probation.
        Probation = "probation",
        /// A voluntary body.
        Voluntary = "voluntary",
        /// None of them, or not said yet.
        Other = "other",
    }
}

coded! {
    /// What a contact of an organisation answers for.
    ContactDuty {
        /// The security of its use.
        Security = "security",
        /// Its accounts: who joins, who leaves.
        Accounts = "accounts",
        /// Complaints and questions of families.
        Complaints = "complaints",
    }
}

coded! {
    /// Where an organisation stands today.
    OrganisationStands {
        /// Accredited.
        InForce = "in_force",
        /// Accredited, and its renewal is open.
        EndsSoon = "ends_soon",
        /// Its accreditation has run out.
        Ended = "ended",
        /// It was never accredited.
        Never = "never",
        /// Its accreditation is suspended.
        Suspended = "suspended",
        /// It left for good.
        Withdrawn = "withdrawn",
    }
}

/// A person to reach at an organisation. Of staff, and sealed where it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationContact {
    /// What they answer for.
    pub duty: ContactDuty,
    /// Their name.
    pub name: Line,
    /// Their post.
    pub post: Line,
    /// Their telephone number.
    pub telephone: Telephone,
    /// Their e-mail address.
    pub email: EmailAddress,
}

/// How many organisations may stand one under another.
pub const DEEPEST: usize = 5;

/// An organisation, as far as the structure asks about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Which.
    pub id: Uuid,
    /// What it is.
    pub kind: OrganisationKind,
    /// The code of its authority.
    pub authority: Option<String>,
    /// Whether it left for good.
    pub withdrawn: bool,
}

/// Why an organisation cannot stand under another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StructureError {
    /// It would be its own parent.
    #[error("an organisation cannot be a part of itself")]
    Itself,
    /// The parent stands under it already.
    #[error("that organisation is itself a part of this one")]
    Cycle,
    /// Another authority's, or of another kind.
    #[error("an organisation can only be a part of another partner of the same authority")]
    Foreign,
    /// The parent left.
    #[error("that organisation has been withdrawn")]
    Withdrawn,
    /// Too many levels.
    #[error("at most {DEEPEST} organisations can stand one under another")]
    TooDeep,
}

/// Whether `child` may be a part of `parent`, whose own parents are `above`, the nearest first, and which would bring
/// `below` levels of its own parts along.
///
/// # Errors
/// The first reason why not.
pub fn may_be_part_of(
    child: &Placed,
    parent: &Placed,
    above: &[Uuid],
    below: usize,
) -> Result<(), StructureError> {
    if child.id == parent.id {
        return Err(StructureError::Itself);
    }
    if above.contains(&child.id) {
        return Err(StructureError::Cycle);
    }
    if parent.withdrawn {
        return Err(StructureError::Withdrawn);
    }
    let partners = child.kind == OrganisationKind::Partner && parent.kind == OrganisationKind::Partner;
    if !partners || child.authority.is_none() || child.authority != parent.authority {
        return Err(StructureError::Foreign);
    }
    // The parent, those above it, the child, and those below.
    if above.len() + 2 + below > DEEPEST { Err(StructureError::TooDeep) } else { Ok(()) }
}

/// Why an organisation cannot be registered as it was described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// An authority or partner without the code of its authority.
    #[error("an authority and its partners have the code of the authority")]
    NeedsAuthority,
    /// A national body with one.
    #[error("a national organisation belongs to no authority")]
    HasNoAuthority,
    /// There is one centre, which the installation declares.
    #[error("the centre is declared by the installation")]
    Centre,
}

/// Whether an organisation of this kind may be registered with or without an authority.
///
/// # Errors
/// [`KindError`].
pub fn may_be_registered(kind: OrganisationKind, has_authority: bool) -> Result<(), KindError> {
    match (kind, has_authority) {
        (OrganisationKind::Centre, _) => Err(KindError::Centre),
        (OrganisationKind::Authority | OrganisationKind::Partner, false) => Err(KindError::NeedsAuthority),
        (OrganisationKind::NationalPartner | OrganisationKind::NationalSource, true) => {
            Err(KindError::HasNoAuthority)
        }
        _ => Ok(()),
    }
}

/// Whether one of the roles lets its holder change what an organisation is: the centre any, an accrediting body its own. Not
/// the organisation itself: its sector selects the criteria it is accredited by.
#[must_use]
pub fn may_manage(roles: &[HeldRole], target: &OrganisationStanding) -> bool {
    roles.iter().any(|held| {
        held.gives(Permission::ManageOrganisations)
            && (held.at.kind == "centre" || accredits(&held.at, target))
    })
}

/// Whether one of the roles lets its holder register an organisation: the centre registers authorities and national bodies,
/// an authority its partners (rule 6.4).
#[must_use]
pub fn may_register(roles: &[HeldRole], kind: OrganisationKind, target: &OrganisationStanding) -> bool {
    roles.iter().filter(|held| held.gives(Permission::ManageOrganisations)).any(|held| match kind {
        OrganisationKind::Centre => false,
        OrganisationKind::Partner => accredits(&held.at, target),
        _ => held.at.kind == "centre",
    })
}

/// Whether one of the roles lets its holder say whom to reach at an organisation: who may change it, and its own lead and
/// managers.
#[must_use]
pub fn may_keep_contacts(roles: &[HeldRole], target: &OrganisationStanding) -> bool {
    may_manage(roles, target)
        || roles.iter().any(|held| held.gives(Permission::ApplyForAccreditation) && held.at.id == target.id)
}
