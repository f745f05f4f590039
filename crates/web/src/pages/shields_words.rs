//! The words of the shield desk's pages, and what its forms share.

use directory::shield::ShieldPolicy;
use service::{HouseholdTie, ShieldError, ShieldStage, ShieldStepKind};

use crate::error::WebError;
use crate::words::Choice;

pub(super) fn stage(stage: ShieldStage) -> &'static str {
    match stage {
        ShieldStage::ToPropose => "Waits for a proposal",
        ShieldStage::ToDecide => "Waits for a second person",
        ShieldStage::InForce => "In force",
        ShieldStage::Lifted => "Lifted",
        ShieldStage::Declined => "Declined",
    }
}

pub(super) fn step(kind: ShieldStepKind) -> &'static str {
    match kind {
        ShieldStepKind::Requested => "Asked for",
        ShieldStepKind::Shield => "Shielded",
        ShieldStepKind::Decline => "Declined",
        ShieldStepKind::Keep => "Reviewed and kept",
        ShieldStepKind::Lift => "Lifted",
        ShieldStepKind::SentBack => "Sent back to the desk",
        ShieldStepKind::ProposalVoid => "Proposal void: who made it may not any more",
        ShieldStepKind::HouseholdChanged => "Household had changed",
    }
}

/// After how long a shield is reviewed, beside "in".
pub(super) fn review_time(policy: ShieldPolicy) -> String {
    match policy.review_after_months {
        1 => "a month".to_owned(),
        months => format!("{months} months"),
    }
}

/// What would be done, as a second person reads it.
pub(super) fn proposed(kind: ShieldStepKind, policy: ShieldPolicy) -> String {
    let what = match kind {
        ShieldStepKind::Shield => "To shield this child, and the others marked, if any",
        ShieldStepKind::Decline => "Not to shield this child",
        ShieldStepKind::Keep => {
            return format!("To keep the shield, and to review it again in {}", review_time(policy));
        }
        ShieldStepKind::Lift => "To lift the shield",
        ShieldStepKind::Requested
        | ShieldStepKind::SentBack
        | ShieldStepKind::ProposalVoid
        | ShieldStepKind::HouseholdChanged => "Nothing",
    };
    what.to_owned()
}

pub(super) fn tie(tie: HouseholdTie) -> &'static str {
    match tie {
        HouseholdTie::MaybeTheSame => "may be the same child",
        HouseholdTie::Carer => "shares a carer",
        HouseholdTie::Address => "shares the address",
    }
}

pub(super) fn choices<'a, T: Copy>(all: &[T], of: impl Fn(T) -> (&'static str, &'a str)) -> Vec<Choice> {
    all.iter()
        .map(|&value| {
            let (code, words) = of(value);
            Choice { code, words: words.to_owned() }
        })
        .collect()
}

pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An error that no field of a form can show.
pub(super) fn refused(error: ShieldError) -> WebError {
    match error {
        ShieldError::Forbidden => WebError::Forbidden,
        ShieldError::NotFound | ShieldError::NoSuchChild => WebError::NotFound,
        ShieldError::StepUpFirst(first) => first.into(),
        ShieldError::Service(fault) => fault.into(),
        // The pages show these beside the form; here they cannot come.
        _ => WebError::FormTooOld,
    }
}

/// What a step that was not taken says beside the form; the error itself when a page of its own says it.
pub(super) fn beside_the_form(error: ShieldError) -> Result<String, WebError> {
    match error {
        ShieldError::Rule(_)
        | ShieldError::Shield(_)
        | ShieldError::Moment
        | ShieldError::HouseholdChanged
        | ShieldError::HouseholdTooLong
        | ShieldError::ProposerMayNot(_)
        | ShieldError::Changed => Ok(capitalised(&error.to_string())),
        _ => Err(refused(error)),
    }
}
