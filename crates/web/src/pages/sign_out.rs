//! Signing out.

use crate::route::{FORM, Route, RouteRule, Trail};
use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use http::StatusCode;

use crate::error::WebError;
use crate::form::{Fields, Posted, SignedForm};
use crate::frame::{Frame, page};
use crate::session::{SESSION, removed};
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post("/sign-out", RouteRule::AnySignedIn, Trail::Writes(Action::SignOut), || post(sign_out)),
    Route::get("/signed-out", RouteRule::Open, FORM, || get(signed_out)),
];

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutTemplate {
    frame: Frame,
}

/// A form of one button.
pub(crate) struct Nothing;

impl Fields for Nothing {
    const NAMES: &'static [&'static str] = &[];

    fn from_posted(_: &mut Posted) -> Self {
        Self
    }
}

/// `POST /sign-out`: the session ends in the database, not only in the browser.
pub(crate) async fn sign_out(
    State(state): State<AppState>,
    jar: CookieJar,
    SignedForm { who, fields: Nothing }: SignedForm<Nothing>,
) -> Result<Response, WebError> {
    state.directory().sign_out(&who).await?;
    Ok((jar.add(removed(SESSION)), Redirect::to("/signed-out")).into_response())
}

/// `GET /signed-out`
pub(crate) async fn signed_out(State(state): State<AppState>) -> Result<Response, WebError> {
    page(StatusCode::OK, &SignedOutTemplate { frame: Frame::outside(&state, "You have signed out") })
}
