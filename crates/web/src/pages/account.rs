//! The person's own page: who the service takes them for, when they last signed in, what they did lately.

use crate::route::{Route, RouteRule, Trail};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use directory::access::{Permission, Proof, Reason};
use http::StatusCode;
use service::{HistoryLine, SignedIn};

use crate::dates;
use crate::error::WebError;
use crate::frame::{Frame, Section, page};
use crate::session::Person;
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/", RouteRule::AnySignedIn, Trail::Silent("leads on to the page work begins with"), || {
        get(start)
    }),
    Route::get(
        "/account",
        RouteRule::SignedIn(Permission::ViewOwnAudit),
        Trail::Silent("the person's own use, shown to that person"),
        || get(own),
    ),
];

#[derive(Template)]
#[template(path = "account.html")]
struct AccountTemplate {
    frame: Frame,
    facts: Vec<(&'static str, String)>,
    history: Vec<Line>,
    may_manage: bool,
    has_provider: bool,
}

pub(super) struct Line {
    pub(super) when: String,
    pub(super) what: String,
    pub(super) reason: String,
}

/// `GET /`: the page the person's work begins with.
pub(crate) async fn start(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    // Whoever's sign-in details were replaced learns it before anything else.
    if state.directory().recovery_notice(&who).await?.is_some() {
        return Ok(Redirect::to("/recovery/told").into_response());
    }
    let first = if !who.may(Permission::SearchChildren) {
        "/account"
    } else if who.reason().is_some() {
        "/search"
    } else {
        "/reason"
    };
    Ok(Redirect::to(first).into_response())
}

/// `GET /account`
pub(crate) async fn own(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let history = state.directory().own_history(&who, None).await?.lines;
    let template = AccountTemplate {
        frame: Frame::of(&state, &who, Section::Account, "Your account"),
        facts: facts(&state, &who),
        history: history.iter().map(|line| shown(&state, line)).collect(),
        may_manage: who.may(Permission::ManageOwnAccount),
        has_provider: state
            .providers()
            .is_some_and(|providers| providers.of_organisation(who.organisation()).next().is_some()),
    };
    page(StatusCode::OK, &template)
}

fn facts(state: &AppState, who: &SignedIn) -> Vec<(&'static str, String)> {
    let roles = who.roles().iter().map(|held| state.words().role(held.role)).collect::<Vec<_>>().join(", ");
    let last = who.last_sign_in().map_or_else(|| "This is your first time".to_owned(), dates::long_instant);
    let proof = match who.proof() {
        Proof::Passkey => "A passkey",
        Proof::PasswordAndCode => "A password and a code",
        Proof::Provider => "Your organisation’s sign-in",
    };
    vec![
        ("Name", who.display_name().to_owned()),
        ("Organisation", who.organisation().to_owned()),
        ("Roles", roles),
        ("Last signed in", last),
        ("Signed in with", proof.to_owned()),
    ]
}

pub(super) fn shown(state: &AppState, line: &HistoryLine) -> Line {
    let stated = line.reason.as_deref().and_then(Reason::from_code);
    Line {
        when: dates::long_instant(line.at),
        what: match line.by_others {
            true => "Your account was changed, or its name was used by somebody else".to_owned(),
            false => state.words().action(&line.what),
        },
        reason: stated.map_or_else(String::new, |reason| state.words().reason(reason).to_owned()),
    }
}
