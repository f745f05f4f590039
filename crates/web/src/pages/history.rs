//! The whole of a person's own history, page by page (rule 9.2: who is watched may see it).

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use directory::access::Permission;
use http::StatusCode;
use serde::Deserialize;
use service::HistoryPlace;
use uuid::Uuid;

use super::account::{Line, shown};
use crate::error::WebError;
use crate::frame::{Frame, Section, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[Route::get(
    "/account/history",
    RouteRule::SignedIn(Permission::ViewOwnAudit),
    Trail::Silent("the person's own use, shown to that person"),
    || get(own),
)];

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryTemplate {
    frame: Frame,
    history: Vec<Line>,
    next: Option<String>,
}

/// Before which entry the page begins: its time in microseconds and its id, with a hyphen between.
#[derive(Deserialize)]
pub(crate) struct Before {
    before: Option<String>,
}

/// `GET /account/history`
pub(crate) async fn own(
    State(state): State<AppState>,
    Person(who): Person,
    Query(asked): Query<Before>,
) -> Result<Response, WebError> {
    let before = match asked.before.as_deref() {
        Some(text) => Some(place(text).ok_or(WebError::NotFound)?),
        None => None,
    };
    let history = state.directory().own_history(&who, before).await?;
    let template = HistoryTemplate {
        frame: Frame::of(&state, &who, Section::Account, "What you have done"),
        history: history.lines.iter().map(|line| shown(&state, line)).collect(),
        next: history.next.map(|next| format!("/account/history?before={}-{}", next.at, next.entry.simple())),
    };
    page(StatusCode::OK, &template)
}

fn place(text: &str) -> Option<HistoryPlace> {
    let (at, entry) = text.split_once('-')?;
    Some(HistoryPlace { at: at.parse().ok()?, entry: Uuid::parse_str(entry).ok()? })
}
