//! The conditions under which an account may be used (rules 6.5, 6.6, 6.16).

use super::fact::{FactKind, HeldFacts};
use crate::text_value::coded;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

coded! {
    /// The life of an account (rule 6.16).
    AccountState {
        /// Asked for.
        Requested = "requested",
        /// Identity and clearance seen.
        Verified = "verified",
        /// Training complete.
        Trained = "trained",
        /// In use.
        Active = "active",
        /// Suspended.
        Suspended = "suspended",
        /// Closed for good; never deleted or reused.
        Closed = "closed",
    }
}

/// The facts on which entry depends: the same for practitioners, management, operators and the central team (rule 6.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// The state of the account.
    pub state: AccountState,
    /// The last day of the employer's accreditation; `None` when it has none.
    pub organisation_accredited_until: Option<Date>,
    /// Whether the person's roles serve to bring an accreditation about. Such a person may enter without it, for nobody
    /// else could renew it; no capability is on then, so they read no child.
    pub serves_accreditation: bool,
    /// Whether the person's roles ask for training of level 1 (rule 12.11).
    pub needs_level_one: bool,
    /// What was recorded about the person.
    pub held: HeldFacts,
}

coded! {
    /// A condition that does not hold.
    Lapse {
        /// The account is not active.
        AccountNotActive = "account_not_active",
        /// The employer is not accredited.
        OrganisationNotAccredited = "organisation_not_accredited",
        /// The need for the job is not confirmed, or has ended.
        NeedNotConfirmed = "need_not_confirmed",
        /// There is no clearance, or it has expired.
        ClearanceExpired = "clearance_expired",
        /// The identity is not confirmed.
        IdentityNotConfirmed = "identity_not_confirmed",
        /// The training is not complete, or has expired.
        TrainingExpired = "training_expired",
        /// The roles ask for training of level 1, and there is level 2 only.
        LevelOneTrainingMissing = "level_one_training_missing",
        /// The security operating procedures were not given.
        ProceduresNotGiven = "procedures_not_given",
        /// The agreement is not signed.
        AgreementNotSigned = "agreement_not_signed",
    }
}

impl Lapse {
    /// Whether time alone brings it about and a renewal ends it.
    #[must_use]
    pub const fn is_expiry(self) -> bool {
        matches!(self, Self::ClearanceExpired | Self::TrainingExpired | Self::LevelOneTrainingMissing)
    }
}

/// Whether the account may be used today.
///
/// # Errors
/// Every condition that does not hold, so that all can be put right at once.
pub fn may_enter(facts: &AccountFacts, today: Date) -> Result<(), Vec<Lapse>> {
    let inactive = (facts.state != AccountState::Active).then_some(Lapse::AccountNotActive);
    let lapses: Vec<Lapse> = inactive.into_iter().chain(missing(facts, today)).collect();
    if lapses.is_empty() { Ok(()) } else { Err(lapses) }
}

/// What is missing for use of the account, whatever its state (rule 6.5): empty when all holds.
#[must_use]
pub fn missing(facts: &AccountFacts, today: Date) -> Vec<Lapse> {
    let holds = |kind| facts.held.hold_on(kind, today);
    let accredited =
        facts.serves_accreditation || facts.organisation_accredited_until.is_some_and(|until| today <= until);
    let (one, two) = (holds(FactKind::TrainingLevelOne), holds(FactKind::TrainingLevelTwo));
    [
        (Lapse::OrganisationNotAccredited, accredited),
        (Lapse::NeedNotConfirmed, holds(FactKind::NeedForJob)),
        (Lapse::ClearanceExpired, holds(FactKind::Clearance)),
        (Lapse::IdentityNotConfirmed, holds(FactKind::IdentityConfirmed)),
        (Lapse::TrainingExpired, one || two),
        (Lapse::LevelOneTrainingMissing, one || !two || !facts.needs_level_one),
        (Lapse::ProceduresNotGiven, holds(FactKind::ProceduresGiven)),
        (Lapse::AgreementNotSigned, holds(FactKind::AgreementSigned)),
    ]
    .into_iter()
    .filter_map(|(lapse, holds)| (!holds).then_some(lapse))
    .collect()
}
