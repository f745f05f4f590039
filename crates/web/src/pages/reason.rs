//! The reason, from the coded list: stated before the first search, carried, changed at any time (law 6).

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use service::SignedIn;

use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::session::Person;
use crate::state::AppState;
use crate::words::Choice;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/reason", RouteRule::SignedIn(Permission::SearchChildren), FORM, || get(ask)),
    Route::post(
        "/reason",
        RouteRule::SignedIn(Permission::SearchChildren),
        Trail::Writes(Action::ReasonStated),
        || post(take),
    ),
];

#[derive(Template)]
#[template(path = "reason.html")]
struct ReasonTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    reasons: Vec<Choice>,
    chosen: &'static str,
}

/// The chosen reason's code.
pub(crate) struct ReasonForm {
    reason: String,
}

impl Fields for ReasonForm {
    const NAMES: &'static [&'static str] = &["reason"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { reason: posted.take("reason") }
    }
}

/// `GET /reason`
pub(crate) async fn ask(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    reason_page(&state, &who, Faults::default())
}

/// `POST /reason`
pub(crate) async fn take(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<ReasonForm>,
) -> Result<Response, WebError> {
    let Some(reason) = who.reason_of(&fields.reason) else {
        let mut faults = Faults::default();
        faults.add("reason", "Select why you are looking");
        return reason_page(&state, &who, faults);
    };
    state.directory().state_reason(&who, reason).await?;
    Ok(Redirect::to("/search").into_response())
}

fn reason_page(state: &AppState, who: &SignedIn, faults: Faults) -> Result<Response, WebError> {
    let wrong = !faults.is_empty();
    let template = ReasonTemplate {
        frame: Frame::of(state, who, Section::Children, "Why are you looking for a child?")
            .with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        reasons: state.words().reasons(&who.reasons()),
        chosen: who.reason().map_or("", |reason| reason.code()),
    };
    page(form_status(wrong), &template)
}
