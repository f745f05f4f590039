//! The words of the pages about two identities, and what their forms share.

use directory::identities::{CutOver, SealKind, Side};
use service::{CandidateKind, HeldChoice, HeldError, HeldTo, SealError, SealStage};

use crate::dates;
use crate::error::WebError;
use crate::words::Choice;

pub(super) fn kind(kind: SealKind) -> &'static str {
    match kind {
        SealKind::Adoption => "Adoption",
        SealKind::ProtectedIdentity => "Protected new identity",
        SealKind::GenderRecognition => "Gender recognition",
    }
}

pub(super) fn kinds() -> Vec<Choice> {
    SealKind::ALL.iter().map(|one| Choice { code: one.code(), words: kind(*one).to_owned() }).collect()
}

pub(super) fn stage(stage: SealStage) -> &'static str {
    match stage {
        SealStage::ToDecide => "Waits for a second person",
        SealStage::Sealed => "Kept apart",
        SealStage::Declined => "Not done",
    }
}

pub(super) fn cut_over(cut: CutOver) -> String {
    match cut {
        CutOver::All(Side::Former) => "the former identity".to_owned(),
        CutOver::All(Side::Current) => "the present identity".to_owned(),
        CutOver::From(day) => {
            format!("the former identity before {0}, the present one after it", dates::long_day(day))
        }
    }
}

pub(super) fn candidate(kind: CandidateKind) -> &'static str {
    match kind {
        CandidateKind::Present => "The present identity of a child who has two",
        CandidateKind::Sealed => "The former identity of a child who has two",
        CandidateKind::Shielded => "A shielded child",
        CandidateKind::Held => "Another record that is held",
        CandidateKind::Other => "A child that is neither shielded nor sealed",
    }
}

/// What a choice at the sealed desk says, as it is offered and as it is proposed.
pub(super) fn choice(choice: HeldChoice, candidates: &[CandidateKind]) -> String {
    let whose = match choice.to() {
        HeldTo::Candidate(at) => candidates.get(at).map_or("Another child", |kind| candidate(*kind)),
        HeldTo::Different if candidates.is_empty() => "A child of its own",
        HeldTo::Different => "None of these: a different child",
    };
    match choice {
        HeldChoice::Candidate(_) | HeldChoice::Different => whose.to_owned(),
        HeldChoice::Shielded(_) => format!("{whose}, shielded with the protected home"),
        HeldChoice::InTheOpen(_) => {
            format!("{whose}, not shielded: whoever finds the child sees where the home is")
        }
    }
}

/// What agreement to it does.
pub(super) fn agreement(choice: HeldChoice) -> &'static str {
    match choice {
        HeldChoice::Candidate(_) | HeldChoice::Different => "Yes: the record counts there from this moment",
        HeldChoice::Shielded(_) => {
            "Yes: the record counts there, and the child is shielded, from this moment"
        }
        HeldChoice::InTheOpen(_) => "Yes: the record counts there without a shield from this moment",
    }
}

/// What a step that was not taken says beside the form; the error itself when a page of its own says it.
pub(super) fn beside_the_form(error: SealError) -> Result<String, WebError> {
    match error {
        SealError::Forbidden => Err(WebError::Forbidden),
        SealError::NotFound => Err(WebError::NotFound),
        SealError::StepUpFirst(first) => Err(first.into()),
        SealError::Service(fault) => Err(fault.into()),
        SealError::OnePerson => Ok("Another person than who proposed this decides it".to_owned()),
        SealError::NoSuchChild { position } => Ok(format!(
            "There is no child with the {} number. Check it on the child’s record",
            if position == 1 { "first" } else { "second" }
        )),
        SealError::Sides => Ok("Give at least one record to each identity".to_owned()),
        SealError::VeryDay { position } => Ok(format!(
            "What record {position} says took effect on the very day you gave. Give the whole record to one identity"
        )),
        SealError::Unassigned { .. } | SealError::UnknownRecord { .. } | SealError::RecordsChanged => {
            Ok("The records of these children have changed. Begin again with their numbers".to_owned())
        }
        SealError::ProposerMayNot(_) => Ok("Who proposed this may not any more. Propose it anew".to_owned()),
        SealError::Moment | SealError::Changed => {
            Ok("Somebody else has decided this meanwhile. Look at it again".to_owned())
        }
    }
}

/// As [`beside_the_form`], at the sealed desk.
pub(super) fn beside_the_case(error: HeldError) -> Result<String, WebError> {
    match error {
        HeldError::Forbidden => Err(WebError::Forbidden),
        HeldError::NotFound => Err(WebError::NotFound),
        HeldError::StepUpFirst(first) => Err(first.into()),
        HeldError::Service(fault) => Err(fault.into()),
        HeldError::OnePerson => Ok("Another person than who proposed this decides it".to_owned()),
        HeldError::NoSuchCandidate => Ok("Select to whom the record belongs".to_owned()),
        HeldError::AtProtectedHome => {
            Ok("This record lies at a protected home. Say whether the child is shielded too".to_owned())
        }
        HeldError::AtNoProtectedHome => {
            Ok("No protected home would show by this any more. Look at the case again".to_owned())
        }
        HeldError::SaysTheOther => Ok(
            "The name or address in this record belongs to the other identity. Ask its source to correct it, or select the \
             other identity"
                .to_owned(),
        ),
        HeldError::ProposerMayNot(_) => {
            Ok("Who proposed this may not any more. Propose it anew".to_owned())
        }
        HeldError::Moment | HeldError::Changed => {
            Ok("Somebody else has gone on with this meanwhile. Look at it again".to_owned())
        }
    }
}

/// An error that no field of a form can show.
pub(super) fn refused(error: SealError) -> WebError {
    beside_the_form(error).err().unwrap_or(WebError::FormTooOld)
}

/// As [`refused`], at the sealed desk.
pub(super) fn refused_case(error: HeldError) -> WebError {
    beside_the_case(error).err().unwrap_or(WebError::FormTooOld)
}
