//! The shield desk's list: what waits, which reviews are due, how many are in force. It names no child.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use directory::ShieldClass;
use directory::access::Permission;
use http::StatusCode;
use service::ShieldLine;
use uuid::Uuid;

use super::shields_words::{refused, stage};
use crate::dates;
use crate::error::WebError;
use crate::frame::{Frame, Section, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[Route::get(
    "/shields",
    RouteRule::SignedIn(Permission::DecideShield),
    Trail::Writes(Action::ShieldsRead),
    || get(list),
)];

#[derive(Template)]
#[template(path = "shields.html")]
struct DeskTemplate {
    frame: Frame,
    waiting: Vec<Row>,
    reviews: Vec<Row>,
    in_force: String,
}

struct Row {
    id: Uuid,
    since: String,
    requested_by: String,
    reason: String,
    high_risk: bool,
    stage: &'static str,
    review: String,
    can_go_on: bool,
}

/// `GET /shields`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let desk = state.directory().shield_requests(&who).await.map_err(refused)?;
    let row = |line: ShieldLine| row(&state, &line);
    let template = DeskTemplate {
        frame: Frame::of(&state, &who, Section::Shields, "Shield desk"),
        waiting: desk.waiting.into_iter().map(row).collect(),
        reviews: desk.reviews.into_iter().map(row).collect(),
        in_force: desk.in_force.map_or_else(|| "fewer than 10".to_owned(), |count| format!("about {count}")),
    };
    page(StatusCode::OK, &template)
}

fn row(state: &AppState, line: &ShieldLine) -> Row {
    let words = state.words().vocabulary();
    Row {
        id: line.id,
        since: dates::day_of(line.since),
        requested_by: words.shield_requester(line.requested_by).to_owned(),
        reason: words.shield_reason(line.reason).to_owned(),
        high_risk: line.class == ShieldClass::HighRisk,
        stage: stage(line.stage),
        review: line.review_due.map_or_else(String::new, dates::month),
        can_go_on: line.can_go_on,
    }
}
