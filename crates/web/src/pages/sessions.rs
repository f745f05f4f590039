//! Where the person is signed in, and how to end it there.

use crate::route::{Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use http::StatusCode;
use service::SessionLine;

use crate::dates;
use crate::error::WebError;
use crate::form::{Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, page};
use crate::pages::sign_out::Nothing;
use crate::session::Person;
use crate::state::AppState;

const MINE: RouteRule = RouteRule::SignedIn(Permission::ManageOwnAccount);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/sessions", MINE, Trail::Silent("the person's own sessions, shown to that person"), || {
        get(list)
    }),
    Route::post("/sessions/end", MINE, Trail::Writes(Action::AccountChanged), || post(end)),
    Route::post("/sessions/end-others", MINE, Trail::Writes(Action::AccountChanged), || post(end_others)),
    Route::post("/sessions/recognise", MINE, Trail::Writes(Action::AccountChanged), || post(recognise)),
];

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsTemplate {
    frame: Frame,
    token: String,
    sessions: Vec<Line>,
    others: bool,
    elsewhere: bool,
}

struct Line {
    handle: String,
    device: String,
    address: String,
    since: String,
    last_used: String,
    this_one: bool,
}

/// Which session.
pub(crate) struct SessionForm {
    session: String,
}

impl Fields for SessionForm {
    const NAMES: &'static [&'static str] = &["session"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { session: posted.take("session") }
    }
}

/// `GET /sessions`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let sessions = state.directory().own_sessions(&who).await?;
    let template = SessionsTemplate {
        frame: Frame::of(&state, &who, Section::Account, "Where you are signed in"),
        token: who.form_token().to_owned(),
        others: sessions.len() > 1,
        elsewhere: who.signed_in_elsewhere().is_some(),
        sessions: sessions.into_iter().map(shown).collect(),
    };
    page(StatusCode::OK, &template)
}

/// `POST /sessions/end`
pub(crate) async fn end(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<SessionForm>,
) -> Result<Response, WebError> {
    // A session that has ended by itself meanwhile is as good as ended.
    state.directory().end_own_session(&who, &fields.session).await?;
    Ok(Redirect::to("/sessions").into_response())
}

/// `POST /sessions/end-others`
pub(crate) async fn end_others(
    State(state): State<AppState>,
    SignedForm { who, fields: Nothing }: SignedForm<Nothing>,
) -> Result<Response, WebError> {
    state.directory().end_other_sessions(&who).await?;
    Ok(Redirect::to("/sessions").into_response())
}

/// `POST /sessions/recognise`
pub(crate) async fn recognise(
    State(state): State<AppState>,
    SignedForm { who, fields: Nothing }: SignedForm<Nothing>,
) -> Result<Response, WebError> {
    state.directory().recognise_own_sessions(&who).await?;
    Ok(Redirect::to("/sessions").into_response())
}

fn shown(session: SessionLine) -> Line {
    Line {
        handle: session.handle,
        device: session.device,
        address: session.address,
        since: dates::long_instant(session.since),
        last_used: dates::long_instant(session.last_used),
        this_one: session.this_one,
    }
}
