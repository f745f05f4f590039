//! Working through the alerts: taking one on, putting it back, passing it on, deciding it.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use directory::access::{DangerousAct, Permission};
use directory::watching::{EvidenceReference, Outcome, Rule};
use http::StatusCode;
use service::{AlertError, SignedIn};
use uuid::Uuid;

use super::alerts::{Decision, alert_page, id_of};
use super::watching_words as say;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, page};
use crate::route::{Route, RouteRule, Trail};
use crate::state::AppState;

const HANDLES: RouteRule = RouteRule::SignedIn(Permission::HandleAlerts);
const DECIDED: Trail = Trail::Writes(Action::AlertDecided);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post("/alerts/take-on", HANDLES, DECIDED, || post(take_on)),
    Route::post("/alerts/put-back", HANDLES, DECIDED, || post(put_back)),
    Route::post("/alerts/pass-on", HANDLES, DECIDED, || post(pass_on)),
    Route::post("/alerts/decide", HANDLES, DECIDED, || post(decide)).does(&[DangerousAct::OpenInvestigation]),
];

/// Which alert.
pub(crate) struct AlertForm {
    alert: String,
}

impl Fields for AlertForm {
    const NAMES: &'static [&'static str] = &["alert"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { alert: posted.take("alert") }
    }
}

/// What came of it.
pub(crate) struct DecisionForm {
    alert: String,
    typed: Decision,
    sure: bool,
}

impl Fields for DecisionForm {
    const NAMES: &'static [&'static str] = &["alert", "outcome", "evidence", "sure"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            alert: posted.take("alert"),
            typed: Decision { outcome: posted.take("outcome"), evidence: posted.take("evidence") },
            sure: posted.take("sure") == "yes",
        }
    }
}

#[derive(Template)]
#[template(path = "alert_confirm.html")]
struct ConfirmTemplate {
    frame: Frame,
    token: String,
    alert: Uuid,
    person: String,
    organisation: String,
    outcome: &'static str,
    evidence: String,
}

/// `POST /alerts/take-on`
pub(crate) async fn take_on(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<AlertForm>,
) -> Result<Response, WebError> {
    let id = id_of(&fields.alert)?;
    let done = state.directory().claim_alert(&who, id).await;
    after(&state, &who, id, Decision::default(), done).await
}

/// `POST /alerts/put-back`
pub(crate) async fn put_back(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<AlertForm>,
) -> Result<Response, WebError> {
    let id = id_of(&fields.alert)?;
    let done = state.directory().release_alert(&who, id).await;
    after(&state, &who, id, Decision::default(), done).await
}

/// `POST /alerts/pass-on`: to the central tier; the person who does so may not see it there, so the queue comes next.
pub(crate) async fn pass_on(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<AlertForm>,
) -> Result<Response, WebError> {
    let id = id_of(&fields.alert)?;
    match state.directory().escalate_alert(&who, id).await {
        Ok(()) => Ok(Redirect::to("/alerts").into_response()),
        Err(error) => after(&state, &who, id, Decision::default(), Err(error)).await,
    }
}

/// `POST /alerts/decide`: suspected misuse is confirmed first, for it suspends an account.
pub(crate) async fn decide(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<DecisionForm>,
) -> Result<Response, WebError> {
    let id = id_of(&fields.alert)?;
    let mut faults = Faults::default();
    let outcome = Outcome::from_code(&fields.typed.outcome);
    if outcome.is_none() {
        faults.add("outcome", "Select what came of it");
    }
    let evidence = match fields.typed.evidence.as_str() {
        "" => {
            if outcome.is_some_and(Outcome::needs_evidence) {
                faults.add("evidence", "Enter the reference of the evidence, such as HR-2026/0142");
            }
            None
        }
        text => EvidenceReference::parse(text)
            .map_err(|error| faults.add("evidence", capital(&error.to_string())))
            .ok(),
    };
    let (Some(outcome), true) = (outcome, faults.is_empty()) else {
        return alert_page(&state, &who, id, fields.typed, faults).await;
    };
    if outcome == Outcome::MisuseSuspected && !fields.sure {
        let view = state.directory().alert(&who, id).await?;
        // A concern about a sample suspends nobody.
        if view.line.rule != Rule::Sample {
            let template = ConfirmTemplate {
                frame: Frame::of(&state, &who, Section::Alerts, "Suspend this account?"),
                token: who.form_token().to_owned(),
                alert: id,
                person: view.line.person.unwrap_or_default(),
                organisation: view.line.organisation,
                outcome: outcome.code(),
                evidence: fields.typed.evidence,
            };
            return page(StatusCode::OK, &template);
        }
    }
    let done = state.directory().decide_alert(&who, id, outcome, evidence).await.map(drop);
    after(&state, &who, id, fields.typed, done).await
}

/// Back to the alert; with what was wrong, when something was.
async fn after(
    state: &AppState,
    who: &SignedIn,
    id: Uuid,
    typed: Decision,
    done: Result<(), AlertError>,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/alerts/{id}")).into_response()),
        Err(
            error @ (AlertError::NotFound
            | AlertError::Forbidden
            | AlertError::StepUpFirst(_)
            | AlertError::Service(_)),
        ) => Err(error.into()),
        Err(error) => {
            let mut faults = Faults::default();
            faults.add("handling", told(&error));
            alert_page(state, who, id, typed, faults).await
        }
    }
}

/// What a person is told of what they could not do.
pub(crate) fn told(error: &AlertError) -> String {
    match error {
        AlertError::Refused(refusal) => say::refusal(*refusal).to_owned(),
        other => capital(&other.to_string()),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
