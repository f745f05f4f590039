//! What the pages about accounts say in words: changes, faults, states.

use directory::access::{AccountState, ClosingReason, FactKind, Role, StepRefused, SuspensionReason};
use service::{AccountActError, AccountSheet};
use uuid::Uuid;

use crate::dates;
use crate::error::WebError;
use crate::form::Faults;
use crate::state::AppState;
use crate::words::Choice;

/// The account an address names.
pub(crate) fn account_id(text: &str) -> Result<Uuid, WebError> {
    Uuid::parse_str(text).map_err(|_| WebError::NotFound)
}

/// What keeps a form from being carried out, at this field; what is no fault of the form ends the page.
pub(crate) fn fault(
    state: &AppState,
    faults: &mut Faults,
    field: &'static str,
    error: AccountActError,
) -> Result<(), WebError> {
    match error {
        AccountActError::NotFound => return Err(WebError::NotFound),
        AccountActError::Forbidden => return Err(WebError::Forbidden),
        AccountActError::StepUpFirst(first) => return Err(first.into()),
        AccountActError::Service(error) => return Err(error.into()),
        AccountActError::Step(StepRefused::Lacks(lapses)) => {
            for lapse in lapses {
                faults.add(field, state.words().remedy(lapse));
            }
        }
        other => faults.add(field, sentence(&other.to_string())),
    }
    Ok(())
}

/// An error that a page without a form has no place for.
pub(crate) fn web_error(error: AccountActError) -> WebError {
    match error {
        AccountActError::NotFound => WebError::NotFound,
        AccountActError::StepUpFirst(first) => first.into(),
        AccountActError::Service(error) => error.into(),
        _ => WebError::Forbidden,
    }
}

/// A capital at the beginning.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The colour of a state's tag; the words say the same.
pub(crate) fn tag(state: AccountState) -> &'static str {
    match state {
        AccountState::Active => "govuk-tag--green",
        AccountState::Suspended => "govuk-tag--red",
        AccountState::Closed => "govuk-tag--grey",
        _ => "govuk-tag--yellow",
    }
}

/// The state, and why.
pub(crate) fn standing(state: &AppState, sheet: &AccountSheet) -> String {
    let words = state.words();
    match (sheet.suspension, sheet.closing) {
        (Some(reason), _) => words.suspension(reason).to_owned(),
        (_, Some(reason)) => words.closing(reason).to_owned(),
        _ => String::new(),
    }
}

/// A change of the trail, in words.
pub(crate) fn change(state: &AppState, code: &str) -> String {
    let words = state.words();
    let (what, about) = code.split_once(':').unwrap_or((code, ""));
    let role = || Role::from_code(about).map_or(about, |role| words.role(role));
    match what {
        "account_created" => "Account made with its facts on paper".to_owned(),
        "account_requested" => "Account requested".to_owned(),
        "fact_recorded" => {
            let fact = FactKind::from_code(about).map_or(about, |kind| words.fact(kind));
            format!("Recorded: {fact}")
        }
        "role_given" => format!("Role given: {}", role()),
        "role_taken" => format!("Role taken away: {}", role()),
        "role_proposed" => format!("Role proposed: {}", role()),
        "role_refused" => format!("Proposed role refused: {}", role()),
        "suspended" => {
            let reason = about.split(':').next().and_then(SuspensionReason::from_code);
            format!("Suspended: {}", reason.map_or(about, |reason| words.suspension(reason)))
        }
        "closed" => {
            let reason = ClosingReason::from_code(about).map_or(about, |reason| words.closing(reason));
            format!("Closed: {reason}")
        }
        "warned" => {
            let (thing, days) = about.split_once(':').unwrap_or((about, ""));
            // Training of either level is one thing here.
            let thing = FactKind::from_code(thing).map_or("Training", |kind| words.fact(kind));
            format!("{thing} runs out within {days} days")
        }
        "activated" => "Put in use".to_owned(),
        "suspension_lifted" => "Suspension lifted".to_owned(),
        "investigation_opened" => "Investigation opened".to_owned(),
        "moved_organisation" => "Moved to another organisation".to_owned(),
        other => AccountState::from_code(other).map_or_else(
            || sentence(&other.replace('_', " ")),
            |reached| format!("Reached: {}", words.account_state(reached)),
        ),
    }
}

/// Every role that can be held at some organisation, as choices.
pub(crate) fn roles(state: &AppState) -> Vec<Choice> {
    Role::ALL
        .iter()
        .map(|&role| Choice { code: role.code(), words: state.words().role(role).to_owned() })
        .collect()
}

/// A day, or a dash.
pub(crate) fn day(day: Option<jiff::civil::Date>) -> String {
    day.map_or_else(|| "–".to_owned(), dates::long_day)
}
