//! What everybody may read without signing in: for children, and for parents and carers. What is held, who may look, how to
//! ask (rule 14.6). The same bytes for everybody; no cookie is set.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;

use crate::error::WebError;
use crate::frame::{Frame, page};
use crate::route::{Route, RouteRule, Trail};
use crate::state::AppState;

const TOLD: Trail = Trail::Silent("the same words for everybody, about nobody");

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/families", RouteRule::Open, TOLD, || get(choose)),
    Route::get("/families/children", RouteRule::Open, TOLD, || get(children)),
    Route::get("/families/parents", RouteRule::Open, TOLD, || get(parents)),
];

/// The words that another place or time has otherwise.
struct Terms {
    product: String,
    assessment: String,
    authority: String,
    lead: String,
}

#[derive(Template)]
#[template(path = "families.html")]
struct ChooseTemplate {
    frame: Frame,
    terms: Terms,
}

#[derive(Template)]
#[template(path = "families_children.html")]
struct ChildrenTemplate {
    frame: Frame,
    terms: Terms,
}

#[derive(Template)]
#[template(path = "families_parents.html")]
struct ParentsTemplate {
    frame: Frame,
    terms: Terms,
    months: u8,
}

fn terms(state: &AppState) -> Terms {
    let words = state.words().vocabulary();
    Terms {
        product: words.term("product").to_owned(),
        assessment: words.term("early_help_assessment").to_owned(),
        authority: words.term("local_authority").to_owned(),
        lead: words.term("lead_professional").to_owned(),
    }
}

/// `GET /families`
pub(crate) async fn choose(State(state): State<AppState>) -> Result<Response, WebError> {
    let (frame, terms) = (Frame::outside(&state, "For children and families"), terms(&state));
    page(StatusCode::OK, &ChooseTemplate { frame, terms })
}

/// `GET /families/children`
pub(crate) async fn children(State(state): State<AppState>) -> Result<Response, WebError> {
    let (frame, terms) = (Frame::outside(&state, "For children and young people"), terms(&state));
    page(StatusCode::OK, &ChildrenTemplate { frame, terms })
}

/// `GET /families/parents`
pub(crate) async fn parents(State(state): State<AppState>) -> Result<Response, WebError> {
    let months = state.directory().policy().families.answer_months;
    let (frame, terms) = (Frame::outside(&state, "For parents and carers"), terms(&state));
    page(StatusCode::OK, &ParentsTemplate { frame, terms, months })
}
