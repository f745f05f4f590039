//! Looking up for a colleague: what waits for this person, what they asked for, and the steps of both (rule 6.12).
//! Requests are pointed at by handles that are sealed to the session and stand in forms, never in an address.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use http::StatusCode;
use service::{ActHandle, MediationError, MediationReview, MediationState, Mediations, OwnRequest, SignedIn};

use crate::dates;
use crate::error::WebError;
use crate::form::{Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get(
        "/mediation",
        RouteRule::SignedIn(Permission::AskForMediation),
        Trail::Silent("requests addressed to the person and those they made; no child is named"),
        || get(show),
    ),
    Route::post(
        "/mediation/review",
        RouteRule::SignedIn(Permission::AskForMediation),
        Trail::Writes(Action::Mediation),
        || post(review),
    ),
    Route::post(
        "/mediation/decide",
        RouteRule::SignedIn(Permission::AskForMediation),
        Trail::Writes(Action::Mediation),
        || post(decide),
    )
    .does(&[DangerousAct::ApproveMediation]),
    Route::post(
        "/mediation/open",
        RouteRule::WithReason(Permission::MediateAccess),
        Trail::Writes(Action::RecordViewed),
        || post(open),
    ),
    Route::post(
        "/mediation/withdraw",
        RouteRule::SignedIn(Permission::MediateAccess),
        Trail::Writes(Action::Mediation),
        || post(withdraw),
    ),
];

#[derive(Template)]
#[template(path = "mediation.html")]
struct MediationTemplate {
    frame: Frame,
    token: String,
    mediates: bool,
    waiting: Vec<Waiting>,
    own: Vec<Own>,
}

struct Waiting {
    handle: String,
    mediator: String,
    organisation: String,
    until: String,
}

struct Own {
    handle: String,
    colleague: String,
    made: String,
    until: String,
    state: MediationState,
}

impl Own {
    fn of(request: &OwnRequest) -> Self {
        Self {
            handle: request.handle.as_str().to_owned(),
            colleague: request.colleague.clone(),
            made: dates::long_instant(request.made_at),
            until: dates::long_instant(request.until),
            state: request.state,
        }
    }

    /// The tag's words and the colour the design system gives such a state.
    fn tag(&self) -> (&'static str, &'static str) {
        match self.state {
            MediationState::Waiting => ("Waiting for your colleague", "govuk-tag--yellow"),
            MediationState::Approved => ("Approved", "govuk-tag--green"),
            MediationState::Refused => ("Refused", "govuk-tag--red"),
            MediationState::Shown => ("Record shown", "govuk-tag--grey"),
            MediationState::Ended => ("Ended", "govuk-tag--grey"),
        }
    }

    fn is_approved(&self) -> bool {
        self.state == MediationState::Approved
    }

    fn is_open(&self) -> bool {
        matches!(self.state, MediationState::Waiting | MediationState::Approved)
    }
}

#[derive(Template)]
#[template(path = "mediation_review.html")]
struct ReviewTemplate {
    frame: Frame,
    token: String,
    handle: String,
    facts: Vec<(&'static str, String)>,
    until: String,
}

#[derive(Template)]
#[template(path = "mediation_ended.html")]
struct EndedTemplate {
    frame: Frame,
    heading: &'static str,
    lines: Vec<&'static str>,
}

/// Which request.
pub(crate) struct RequestForm {
    request: String,
}

impl Fields for RequestForm {
    const NAMES: &'static [&'static str] = &["request"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { request: posted.take("request") }
    }
}

/// Which request, and the decision.
pub(crate) struct DecisionForm {
    request: String,
    decision: String,
}

impl Fields for DecisionForm {
    const NAMES: &'static [&'static str] = &["request", "decision"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { request: posted.take("request"), decision: posted.take("decision") }
    }
}

/// `GET /mediation`
pub(crate) async fn show(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    match state.directory().mediations(&who).await {
        Ok(found) => list_page(&state, &who, &found),
        Err(error) => refused(&state, &who, error),
    }
}

/// `POST /mediation/review`: the colleague reads what exactly they are asked to approve.
pub(crate) async fn review(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RequestForm>,
) -> Result<Response, WebError> {
    let handle = ActHandle::from_form(fields.request);
    match state.directory().review_mediation(&who, &handle).await {
        Ok(read) => {
            let reason = state.words().reason(*read.reason()).to_owned();
            review_page(&state, &who, read.data(), reason)
        }
        Err(error) => refused(&state, &who, error),
    }
}

/// `POST /mediation/decide`
pub(crate) async fn decide(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<DecisionForm>,
) -> Result<Response, WebError> {
    let approve = match fields.decision.as_str() {
        "approve" => true,
        "refuse" => false,
        _ => return Err(WebError::Unreadable),
    };
    match state.directory().decide_mediation(&who, &ActHandle::from_form(fields.request), approve).await {
        Ok(()) if approve => {
            let lines =
                vec!["Your colleague can now open this child’s record once, in the next few minutes."];
            ended_page(&state, &who, "You approved the request", lines, StatusCode::OK)
        }
        Ok(()) => {
            let lines = vec!["Nothing is shown to your colleague. They can see that you refused."];
            ended_page(&state, &who, "You refused the request", lines, StatusCode::OK)
        }
        Err(error) => refused(&state, &who, error),
    }
}

/// `POST /mediation/open`: the record, once.
pub(crate) async fn open(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RequestForm>,
) -> Result<Response, WebError> {
    let mediator = reasoned(&who)?;
    match state.directory().open_mediated(&mediator, &ActHandle::from_form(fields.request)).await {
        Ok(record) => super::mediation_record::record_page(&state, &mediator, &record),
        Err(error) => refused(&state, &who, error),
    }
}

/// `POST /mediation/withdraw`
pub(crate) async fn withdraw(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<RequestForm>,
) -> Result<Response, WebError> {
    match state.directory().withdraw_mediation(&who, &ActHandle::from_form(fields.request)).await {
        Ok(()) => Ok(Redirect::to("/mediation").into_response()),
        Err(error) => refused(&state, &who, error),
    }
}

fn list_page(state: &AppState, who: &SignedIn, found: &Mediations) -> Result<Response, WebError> {
    let waiting = found.waiting.iter().map(|request| Waiting {
        handle: request.handle.as_str().to_owned(),
        mediator: request.mediator.clone(),
        organisation: request.organisation.clone(),
        until: dates::long_instant(request.until),
    });
    let template = MediationTemplate {
        frame: Frame::of(state, who, Section::Mediation, "Looking up for a colleague"),
        token: who.form_token().to_owned(),
        mediates: who.may(Permission::MediateAccess),
        waiting: waiting.collect(),
        own: found.own.iter().map(Own::of).collect(),
    };
    page(StatusCode::OK, &template)
}

fn review_page(
    state: &AppState,
    who: &SignedIn,
    read: &MediationReview,
    reason: String,
) -> Result<Response, WebError> {
    let born = read.child.date_of_birth.map_or_else(|| "Not known".to_owned(), dates::long);
    let template = ReviewTemplate {
        // Nobody's name stands in a title.
        frame: Frame::of(state, who, Section::Mediation, "A colleague asks to look up a child for you"),
        token: who.form_token().to_owned(),
        handle: read.handle.as_str().to_owned(),
        facts: vec![
            ("Who asks", format!("{}, {}", read.mediator, read.organisation)),
            ("Child", read.child.name.to_string()),
            ("Date of birth", born),
            ("Your reason", reason),
        ],
        until: dates::long_instant(read.until),
    };
    page(StatusCode::OK, &template)
}

pub(super) fn ended_page(
    state: &AppState,
    who: &SignedIn,
    heading: &'static str,
    lines: Vec<&'static str>,
    status: StatusCode,
) -> Result<Response, WebError> {
    let frame = Frame::of(state, who, Section::Mediation, heading);
    page(status, &EndedTemplate { frame, heading, lines })
}

/// What a person is told when a step does not go on.
pub(super) fn refused(state: &AppState, who: &SignedIn, error: MediationError) -> Result<Response, WebError> {
    let (heading, lines) = match error {
        MediationError::Forbidden => return Err(WebError::Forbidden),
        MediationError::StepUpFirst(first) => return Err(first.into()),
        MediationError::Service(fault) => return Err(fault.into()),
        MediationError::NotDecided => (
            "Your colleague has not decided yet",
            vec!["They approve or refuse in their own session. Go back and check again in a moment."],
        ),
        MediationError::NothingToShow => (
            "Nothing can be shown",
            vec![
                "One of you may not see this record at the moment, so nothing is shown to either.",
                "The request has ended. If your access or your colleague’s has lapsed, ask your user manager.",
            ],
        ),
        MediationError::TooManyWaiting => (
            "Your colleague has too many requests",
            vec!["Ask them to decide those they have. Requests end by themselves after a few minutes."],
        ),
        MediationError::OnesOwn
        | MediationError::NoSuchColleague
        | MediationError::TooWeak(_)
        | MediationError::Ended => (
            "This request has ended",
            vec![
                "It was decided, used or taken back, or it ran out.",
                "If the record is still needed, the search and the request are made again.",
            ],
        ),
    };
    ended_page(state, who, heading, lines, StatusCode::CONFLICT)
}
