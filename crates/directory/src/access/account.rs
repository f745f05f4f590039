//! The conditions under which an account may be used (rules 6.5, 6.6, 6.16).

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

/// The facts on which entry depends. Each date is the last day on which the thing holds; `None` means it never did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// The employer's accreditation.
    pub organisation_accredited_until: Option<Date>,
    /// Whether the person's roles serve to bring an accreditation about. Such a person may enter without it, for nobody
    /// else could renew it; no capability is on then, so they read no child.
    pub serves_accreditation: bool,
    /// The enhanced disclosure check (rule 6.6).
    pub clearance_until: Option<Date>,
    /// The mandatory training.
    pub training_until: Option<Date>,
    /// The state of the account.
    pub state: AccountState,
    /// Whether the person's identity was confirmed.
    pub identity_confirmed: bool,
    /// Whether the end-user agreement was signed, with the operating procedures received.
    pub agreement_signed: bool,
}

coded! {
    /// A condition that does not hold.
    Lapse {
        /// The account is not active.
        AccountNotActive = "account_not_active",
        /// The employer is not accredited.
        OrganisationNotAccredited = "organisation_not_accredited",
        /// There is no clearance, or it has expired.
        ClearanceExpired = "clearance_expired",
        /// The training is not complete, or has expired.
        TrainingExpired = "training_expired",
        /// The identity is not confirmed.
        IdentityNotConfirmed = "identity_not_confirmed",
        /// The agreement is not signed.
        AgreementNotSigned = "agreement_not_signed",
    }
}

/// Whether the account may be used today.
///
/// # Errors
/// Every condition that does not hold, so that all can be put right at once.
pub fn may_enter(facts: &AccountFacts, today: Date) -> Result<(), Vec<Lapse>> {
    let holds = |until: Option<Date>| until.is_some_and(|until| today <= until);
    let lapses: Vec<Lapse> = [
        (Lapse::AccountNotActive, facts.state == AccountState::Active),
        (
            Lapse::OrganisationNotAccredited,
            facts.serves_accreditation || holds(facts.organisation_accredited_until),
        ),
        (Lapse::ClearanceExpired, holds(facts.clearance_until)),
        (Lapse::TrainingExpired, holds(facts.training_until)),
        (Lapse::IdentityNotConfirmed, facts.identity_confirmed),
        (Lapse::AgreementNotSigned, facts.agreement_signed),
    ]
    .into_iter()
    .filter_map(|(lapse, holds)| (!holds).then_some(lapse))
    .collect();
    if lapses.is_empty() { Ok(()) } else { Err(lapses) }
}
