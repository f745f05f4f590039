//! The life of an account (rule 6.16): requested, verified, trained, active, suspended, closed.

use super::account::{AccountFacts, AccountState, Lapse, missing};
use crate::text_value::coded;
use jiff::civil::Date;

coded! {
    /// Why an account is suspended.
    SuspensionReason {
        /// A clearance or training ran out. A renewal lifts it, and nothing else.
        Expired = "expired",
        /// Away for long: leave, illness, secondment.
        Absence = "absence",
        /// The employer asked.
        EmployerRequest = "employer_request",
        /// Keys or device may be in other hands.
        SecurityConcern = "security_concern",
        /// Suspected misuse (rule 6.14).
        Misuse = "misuse",
    }
}

impl SuspensionReason {
    /// What a user manager may give; expiry is found by the clock, and misuse has an act of its own.
    pub const BY_HAND: &'static [Self] = &[Self::Absence, Self::EmployerRequest, Self::SecurityConcern];

    /// Whether it may take the place of `earlier`: misuse of every reason, a reason given by hand of expiry.
    #[must_use]
    pub fn outweighs(self, earlier: Self) -> bool {
        match (self, earlier) {
            (_, Self::Misuse) => false,
            (Self::Misuse, _) => true,
            (Self::Expired, _) => false,
            (_, Self::Expired) => true,
            _ => false,
        }
    }
}

coded! {
    /// Why an account is closed.
    ClosingReason {
        /// The person left the organisation.
        Left = "left",
        /// The work no longer needs the directory.
        NoNeed = "no_need",
        /// Misuse was found.
        MisuseFound = "misuse_found",
        /// It was asked for in error.
        AskedInError = "asked_in_error",
        /// The person died.
        Died = "died",
    }
}

/// A step in the life of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Facts were recorded: the account goes as far as they carry it, and an expiry that they end is lifted.
    FactsRecorded,
    /// A user manager puts it in use.
    Activate,
    /// It is suspended.
    Suspend(SuspensionReason),
    /// A user manager lifts a suspension, whatever its reason only when no investigation about the person is open.
    Lift {
        /// Whether an investigation about the person is still open.
        under_investigation: bool,
    },
    /// It is closed, for ever.
    Close,
}

/// Where a step leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: AccountState,
    /// Why it is suspended, when it is.
    pub suspension: Option<SuspensionReason>,
}

/// Why a step is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepRefused {
    /// Nothing follows on closing.
    #[error("the account is closed, and a closed account is never opened again")]
    Closed,
    /// Facts are missing; all of them are named.
    #[error("conditions of access are missing")]
    Lacks(Vec<Lapse>),
    /// The account is not where the step begins.
    #[error("the account is not in a state in which this can be done")]
    NotFromHere,
    /// What ran out is renewed, not lifted.
    #[error("the suspension ends when what ran out is renewed")]
    RenewFirst,
    /// The investigation comes first.
    #[error("an investigation about this person is open; close it first")]
    UnderInvestigation,
}

/// Where a step leads from here.
///
/// # Errors
/// [`StepRefused`]. For every state and step, closed is left by none.
pub fn step(now: Standing, step: Step, facts: &AccountFacts, today: Date) -> Result<Standing, StepRefused> {
    use AccountState as S;
    let state = |state| Ok(Standing { state, suspension: None });
    let lacks = || {
        let lapses = missing(facts, today);
        if lapses.is_empty() { Ok(()) } else { Err(StepRefused::Lacks(lapses)) }
    };
    match (now.state, step) {
        (S::Closed, _) => Err(StepRefused::Closed),
        (_, Step::Close) => state(S::Closed),
        (S::Requested | S::Verified | S::Trained, Step::FactsRecorded) => state(reached(facts, today)),
        (S::Suspended, Step::FactsRecorded)
            if now.suspension == Some(SuspensionReason::Expired) && lacks().is_ok() =>
        {
            state(S::Active)
        }
        (_, Step::FactsRecorded) => Ok(now),
        (S::Trained, Step::Activate) => lacks().and_then(|()| state(S::Active)),
        // What is missing is told before anything else: a user manager asks what it takes.
        (S::Requested | S::Verified, Step::Activate) => lacks().and(Err(StepRefused::NotFromHere)),
        (_, Step::Activate) => Err(StepRefused::NotFromHere),
        (S::Suspended, Step::Suspend(reason)) => {
            if now.suspension.is_none_or(|earlier| reason.outweighs(earlier)) {
                Ok(Standing { state: S::Suspended, suspension: Some(reason) })
            } else {
                Err(StepRefused::NotFromHere)
            }
        }
        // Suspected misuse suspends wherever the account stands; the rest is for accounts in use.
        (S::Active, Step::Suspend(reason)) | (_, Step::Suspend(reason @ SuspensionReason::Misuse)) => {
            Ok(Standing { state: S::Suspended, suspension: Some(reason) })
        }
        (_, Step::Suspend(_)) => Err(StepRefused::NotFromHere),
        (S::Suspended, Step::Lift { under_investigation }) => match now.suspension {
            Some(SuspensionReason::Expired) => Err(StepRefused::RenewFirst),
            _ if under_investigation => Err(StepRefused::UnderInvestigation),
            _ => lacks().and_then(|()| state(S::Active)),
        },
        (_, Step::Lift { .. }) => Err(StepRefused::NotFromHere),
    }
}

/// How far the facts alone carry an account that is not in use yet.
fn reached(facts: &AccountFacts, today: Date) -> AccountState {
    let missing = missing(facts, today);
    let lacks = |lapses: &[Lapse]| lapses.iter().any(|lapse| missing.contains(lapse));
    if lacks(&[Lapse::IdentityNotConfirmed, Lapse::NeedNotConfirmed, Lapse::ClearanceExpired]) {
        AccountState::Requested
    } else if lacks(&[Lapse::TrainingExpired, Lapse::LevelOneTrainingMissing, Lapse::ProceduresNotGiven]) {
        AccountState::Verified
    } else {
        AccountState::Trained
    }
}
