//! What nobody overrides alone: where a request stands for the one who made it, what waits for a second person, what exactly
//! they are asked, and their decision. Requests are pointed at by handles that are sealed to the session.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use http::StatusCode;
use service::{ActHandle, MediationState};

use super::shield_override::{record_page, refused, without_reason};
use crate::dates;
use crate::error::WebError;
use crate::form::{Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

const HOLDERS: RouteRule = RouteRule::SignedIn(Permission::OverrideShield);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/record/override/second",
        HOLDERS,
        Trail::Silent("requests that wait, and the person's own; no child is named"),
        || get(list),
    ),
    Route::post("/record/override/review", HOLDERS, Trail::Writes(Action::RecordChanged), || post(review)),
    Route::post("/record/override/decide", HOLDERS, Trail::Writes(Action::RecordChanged), || post(decide))
        .does_each_time(&[DangerousAct::AgreeToOverride]),
    Route::post("/record/override/together", HOLDERS, Trail::Writes(Action::RecordViewed), || post(open)),
];

#[derive(Template)]
#[template(path = "override_second.html")]
struct ListTemplate {
    frame: Frame,
    token: String,
    waiting: Vec<Waiting>,
    own: Vec<Own>,
}

struct Waiting {
    handle: String,
    asker: String,
    organisation: String,
    until: String,
}

struct Own {
    handle: String,
    state: MediationState,
    until: String,
}

#[derive(Template)]
#[template(path = "override_review.html")]
struct ReviewTemplate {
    frame: Frame,
    token: String,
    handle: String,
    facts: Vec<(&'static str, String)>,
    until: String,
}

impl Own {
    /// The tag's words and the colour the design system gives such a state.
    fn tag(&self) -> (&'static str, &'static str) {
        match self.state {
            MediationState::Approved => ("Agreed", "govuk-tag--green"),
            MediationState::Refused => ("Refused", "govuk-tag--red"),
            _ => ("Waiting for a second person", "govuk-tag--yellow"),
        }
    }

    fn is_agreed(&self) -> bool {
        self.state == MediationState::Approved
    }

    fn waits(&self) -> bool {
        self.state == MediationState::Waiting
    }
}

/// Which request, and what is decided of it.
pub(crate) struct RequestForm {
    request: ActHandle,
    decision: String,
}

impl Fields for RequestForm {
    const NAMES: &'static [&'static str] = &["request", "decision"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { request: ActHandle::from_form(posted.take("request")), decision: posted.take("decision") }
    }
}

/// `GET /record/override/second`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let found = match state.directory().overrides(&who).await {
        Ok(found) => found,
        Err(error) => return refused(&state, &who, error),
    };
    let waiting = found.waiting.iter().map(|request| Waiting {
        handle: request.handle.as_str().to_owned(),
        asker: request.asker.clone(),
        organisation: request.organisation.clone(),
        until: dates::long_instant(request.until),
    });
    let own = found.own.iter().map(|request| Own {
        handle: request.handle.as_str().to_owned(),
        state: request.state,
        until: dates::long_instant(request.until),
    });
    let template = ListTemplate {
        frame: Frame::of(&state, &who, Section::Overrides, "Overrides that take two"),
        token: who.form_token().to_owned(),
        waiting: waiting.collect(),
        own: own.collect(),
    };
    page(StatusCode::OK, &template)
}

/// `POST /record/override/review`: what exactly is asked.
pub(crate) async fn review(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RequestForm>,
) -> Result<Response, WebError> {
    let read = match state.directory().review_override(&who, &fields.request).await {
        Ok(read) => read,
        Err(error) => return refused(&state, &who, error),
    };
    let read = read.data();
    let template = ReviewTemplate {
        frame: Frame::of(&state, &who, Section::Overrides, "Somebody asks you to agree to an override"),
        token: who.form_token().to_owned(),
        handle: read.handle.as_str().to_owned(),
        facts: vec![
            ("Who asks", format!("{}, {}", read.asker, read.organisation)),
            ("Child number", read.number.to_string()),
            ("Their reason", state.words().vocabulary().override_reason(read.reason).to_owned()),
        ],
        until: dates::long_instant(read.until),
    };
    page(StatusCode::OK, &template)
}

/// `POST /record/override/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RequestForm>,
) -> Result<Response, WebError> {
    let agrees = match fields.decision.as_str() {
        "agree" => true,
        "refuse" => false,
        _ => return Err(WebError::Unreadable),
    };
    match state.directory().decide_override(&who, &fields.request, agrees).await {
        Ok(()) => Ok(Redirect::to("/record/override/second").into_response()),
        Err(error) => refused(&state, &who, error),
    }
}

/// `POST /record/override/together`: the record, once, as an override like any other.
pub(crate) async fn open(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RequestForm>,
) -> Result<Response, WebError> {
    let Some(asker) = who.reasoned() else { return without_reason(&state, &who) };
    match state.directory().open_together(&asker, &fields.request).await {
        Ok(record) => record_page(&state, &asker, &record),
        Err(error) => refused(&state, &who, error),
    }
}
