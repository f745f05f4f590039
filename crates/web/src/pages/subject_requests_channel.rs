//! The channel by which an answer leaves: a code is made and shown once, what comes back is entered, another channel is taken.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use directory::access::Permission;
use directory::families::{ChannelCode, DeliveryChannel};
use http::StatusCode;
use uuid::Uuid;

use super::families_desk::{frame, id_of};
use super::subject_requests::{Chosen, again, request_page, to_request};
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, page};
use crate::route::{Route, RouteRule, Trail};
use crate::state::AppState;

const ANSWERS: RouteRule = RouteRule::SignedIn(Permission::AnswerFamilies);
const CHANGES: Trail = Trail::Writes(Action::FamilyMatterChanged);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post("/subject-requests/request/{id}/channel", ANSWERS, CHANGES, || post(change)),
    Route::post("/subject-requests/request/{id}/channel/send", ANSWERS, CHANGES, || post(send)),
    Route::post("/subject-requests/request/{id}/channel/code", ANSWERS, CHANGES, || post(enter)),
];

#[derive(Template)]
#[template(path = "subject_request_code.html")]
struct CodeTemplate {
    frame: Frame,
    id: Uuid,
    reference: String,
    code: String,
    channel: String,
    void_on: String,
}

/// A code that came back, or a channel.
pub(crate) struct ChannelForm {
    code: String,
    channel: String,
}

impl Fields for ChannelForm {
    const NAMES: &'static [&'static str] = &["code", "channel"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { code: posted.take("code"), channel: posted.take("channel") }
    }
}

/// `POST /subject-requests/request/{id}/channel`
pub(crate) async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<ChannelForm>,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let Some(channel) = DeliveryChannel::from_code(&fields.channel) else {
        let mut faults = Faults::default();
        faults.add("channel", "Select how the answer reaches them");
        return request_page(&state, &who, id, Chosen::default(), faults).await;
    };
    match state.directory().change_channel(&who, id, channel).await {
        Ok(()) => Ok(to_request(id)),
        Err(error) => {
            let chosen = Chosen { channel: fields.channel, ..Chosen::default() };
            again(&state, &who, id, chosen, error).await
        }
    }
}

/// `POST /subject-requests/request/{id}/channel/send`
pub(crate) async fn send(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, .. }: SignedForm<ChannelForm>,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let made = match state.directory().make_channel_code(&who, id).await {
        Ok(made) => made,
        Err(error) => return again(&state, &who, id, Chosen::default(), error).await,
    };
    let template = CodeTemplate {
        frame: frame(&state, &who, "A code for the channel", false),
        id,
        reference: made.reference,
        code: made.code.to_string(),
        channel: state.words().vocabulary().delivery_channel(made.channel).to_owned(),
        void_on: dates::long_day(made.void_on),
    };
    page(StatusCode::OK, &template)
}

/// `POST /subject-requests/request/{id}/channel/code`
pub(crate) async fn enter(
    State(state): State<AppState>,
    Path(id): Path<String>,
    SignedForm { who, fields }: SignedForm<ChannelForm>,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let Some(code) = ChannelCode::parse(&fields.code) else {
        let mut faults = Faults::default();
        faults.add("code", "Enter the code that came back. It has three groups of three letters and digits");
        return request_page(&state, &who, id, Chosen::default(), faults).await;
    };
    match state.directory().enter_channel_code(&who, id, &code).await {
        Ok(()) => Ok(to_request(id)),
        Err(error) => again(&state, &who, id, Chosen::default(), error).await,
    }
}
