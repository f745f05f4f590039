//! What line managers are told (rule 6.14): whose account was suspended, to be acknowledged.

use askama::Template;
use audit::Action;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::Permission;
use http::StatusCode;
use uuid::Uuid;

use super::alerts::id_of;
use crate::dates;
use crate::error::WebError;
use crate::form::{Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

const MANAGES: RouteRule = RouteRule::SignedIn(Permission::RequestAccount);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/notices", MANAGES, Trail::Writes(Action::AlertsRead), || get(list)),
    Route::post("/notices/acknowledge", MANAGES, Trail::Writes(Action::InvestigationChanged), || {
        post(acknowledge)
    }),
];

#[derive(Template)]
#[template(path = "notices.html")]
struct NoticesTemplate {
    frame: Frame,
    token: String,
    waiting: Vec<Line>,
    acknowledged: Vec<Line>,
}

struct Line {
    id: Uuid,
    person: String,
    organisation: String,
    at: String,
    acknowledged: String,
}

/// Which notice.
pub(crate) struct NoticeForm {
    notice: String,
}

impl Fields for NoticeForm {
    const NAMES: &'static [&'static str] = &["notice"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { notice: posted.take("notice") }
    }
}

/// `GET /notices`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    let (mut waiting, mut acknowledged) = (Vec::new(), Vec::new());
    for notice in state.directory().notices(&who).await? {
        let line = Line {
            id: notice.id,
            person: notice.person.unwrap_or_default(),
            organisation: notice.organisation,
            at: dates::long_instant(notice.at),
            acknowledged: notice
                .acknowledged
                .as_ref()
                .map(|(at, by)| {
                    format!("{}, {}", dates::long_instant(*at), by.as_deref().unwrap_or_default())
                })
                .unwrap_or_default(),
        };
        if notice.acknowledged.is_some() { acknowledged.push(line) } else { waiting.push(line) }
    }
    let template = NoticesTemplate {
        frame: Frame::of(&state, &who, Section::Notices, "Notices"),
        token: who.form_token().to_owned(),
        waiting,
        acknowledged,
    };
    page(StatusCode::OK, &template)
}

/// `POST /notices/acknowledge`
pub(crate) async fn acknowledge(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<NoticeForm>,
) -> Result<Response, WebError> {
    match state.directory().acknowledge_notice(&who, id_of(&fields.notice)?).await {
        // Somebody else has acknowledged it meanwhile: the list says so.
        Ok(()) | Err(service::AlertError::Closed | service::AlertError::Changed) => {
            Ok(Redirect::to("/notices").into_response())
        }
        Err(error) => Err(error.into()),
    }
}
