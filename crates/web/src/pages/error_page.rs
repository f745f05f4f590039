//! The page of every error.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use service::SignedIn;

use crate::error::WebError;
use crate::frame::{Frame, Section};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    frame: Frame,
    heading: &'static str,
    lines: Vec<String>,
    reference: &'a str,
}

/// The page of an error. It says what to do next and gives the reference; never what went wrong inside.
pub(crate) fn page(state: &AppState, error: &WebError, reference: &str, who: Option<&SignedIn>) -> Response {
    let (heading, lines) = error.words();
    let frame = match who {
        Some(who) => Frame::of(state, who, Section::Outside, heading),
        None => Frame::outside(state, heading),
    };
    let template = ErrorTemplate { frame, heading, lines, reference };
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(_) => Html(format!("<!DOCTYPE html><title>Problem</title><p>Error reference {reference}</p>"))
            .into_response(),
    }
}
