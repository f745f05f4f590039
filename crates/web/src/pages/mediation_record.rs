//! The record that a colleague approved: the same content as any record page, from the view of what both may see.

use askama::Template;
use axum::response::Response;
use directory::Disclosure;
use http::StatusCode;
use service::{Disclosed, Reasoned};

use super::record_content::RecordContent;
use crate::error::WebError;
use crate::frame::{Frame, Section, page};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "mediated_record.html")]
struct RecordTemplate {
    frame: Frame,
    content: RecordContent,
    lead: String,
    absence: String,
}

#[derive(Template)]
#[template(path = "mediated_shielded.html")]
struct ShieldedTemplate {
    frame: Frame,
    content: RecordContent,
    absence: String,
}

/// The page of an audited, mediated record. The title holds no name: titles stay in histories.
pub(super) fn record_page(
    state: &AppState,
    mediator: &Reasoned,
    record: &Disclosed<Disclosure>,
) -> Result<Response, WebError> {
    let words = state.words();
    let frame = Frame::of(state, mediator.who(), Section::Mediation, "Child record for a colleague")
        .because(words.reason(*record.reason()));
    let absence = words.absence().to_owned();
    match record.data() {
        Disclosure::Full(view) => {
            let content = RecordContent::of_record(view, words, state.today());
            page(StatusCode::OK, &RecordTemplate { frame, content, lead: words.lead(), absence })
        }
        Disclosure::Shielded(view) => {
            let content = RecordContent::of_shielded(view, words, state.today());
            page(StatusCode::OK, &ShieldedTemplate { frame, content, absence })
        }
        Disclosure::Special(_) | Disclosure::NotFound => Err(WebError::NotFound),
    }
}
