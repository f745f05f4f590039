//! What the pages of accreditation say alike: why something was not done, and how a judgement reads.

use directory::access::accreditation::{Finding, NotDone, Verdict};
use jiff::civil::Date;
use service::OrganisationError;

use crate::dates;
use crate::error::WebError;
use crate::form::Faults;
use crate::pages::organisations::broken;
use crate::state::AppState;

/// Adds what a refusal says to the faults of a form, at `field`; what no form can mend is an error page.
pub(crate) fn said(
    state: &AppState,
    error: OrganisationError,
    field: &'static str,
    faults: &mut Faults,
) -> Result<(), WebError> {
    let text = match error {
        OrganisationError::NotDone(reason) => refusal(state, &reason),
        OrganisationError::Changed => {
            "Somebody else has changed this meanwhile. Look at it again, then decide".to_owned()
        }
        OrganisationError::Withdrawn => "This organisation has been withdrawn".to_owned(),
        other => return Err(broken(other)),
    };
    faults.add(field, text);
    Ok(())
}

fn refusal(state: &AppState, reason: &NotDone) -> String {
    let words = state.words().vocabulary();
    match reason {
        NotDone::NotNow => "This is not its turn. Look at where the application stands".to_owned(),
        NotDone::OwnApplication => {
            "You took part in this application. Somebody who did not must do this".to_owned()
        }
        NotDone::OwnAssessment => {
            "You took part in the assessment. Somebody who did not must do this".to_owned()
        }
        NotDone::OwnSuspension => "You switched this off. Somebody else must switch it on again".to_owned(),
        NotDone::NotInUse => "The ninth question is not in use".to_owned(),
        NotDone::Unanswered(open) => {
            let open: Vec<&str> = open.iter().map(|&capability| words.capability(capability)).collect();
            format!("Answer these questions first: {}", open.join("; "))
        }
        NotDone::NothingAsked => "Answer at least one question with yes".to_owned(),
        NotDone::NoEvidence(codes) => format!("Give evidence for these criteria first: {}", codes.join(", ")),
        NotDone::DoesNotApply => "This criterion does not apply".to_owned(),
        NotDone::NotJudged(codes) => format!("Judge these criteria first: {}", codes.join(", ")),
        NotDone::DateOutOfRange => "Select a shorter time for the condition".to_owned(),
        NotDone::NotCarried => "Select at least one, and only what the assessment supports".to_owned(),
        NotDone::RenewalNotOpen(day) => format!("Renewal opens on {}", dates::long_day(*day)),
        NotDone::RunOut => "It has ended. Apply again".to_owned(),
    }
}

/// A judgement in words.
pub(crate) fn judgement(state: &AppState, verdict: Option<Verdict>) -> String {
    let words = state.words().vocabulary();
    match verdict {
        None => "Not judged".to_owned(),
        Some(Verdict::Met) => words.accreditation_finding(Finding::Met).to_owned(),
        Some(Verdict::NotMet) => words.accreditation_finding(Finding::NotMet).to_owned(),
        Some(Verdict::MetWithCondition { lacking, due }) => {
            format!("{}, due by {}", words.accreditation_lacking(lacking), day(due))
        }
    }
}

fn day(date: Date) -> String {
    dates::long_day(date)
}

/// The version a form was made from; a text that is none is no version that ever was.
pub(crate) fn version(text: &str) -> Option<i64> {
    Some(text.parse().unwrap_or(-1))
}
