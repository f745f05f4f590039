//! The archive once its first year is over (rules 4.3, 12.10): the list of the supplier's operator, who sees no child, and the
//! record as it is opened, once, by the manager who asked for it in the disclosure register.

use askama::Template;
use audit::Action;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use directory::access::{DangerousAct, Permission};
use service::{RegisterError, SignedIn};
use uuid::Uuid;

use super::archive::{Opened, record_page};
use super::register::{id_of, refused, taken_back};
use super::shields_words::capitalised;
use crate::dates;
use crate::error::WebError;
use crate::form::{Faults, Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, form_status, page};
use crate::route::{Route, RouteRule, Trail};
use crate::session::{Person, reasoned};
use crate::state::AppState;

const OPERATES: RouteRule = RouteRule::SignedIn(Permission::RetrieveFromArchive);
const REGISTERED: Trail = Trail::Writes(Action::DisclosureRegistered);

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/record/archive/retrievals", OPERATES, Trail::Writes(Action::RegisterRead), || get(list)),
    Route::post("/record/archive/retrievals/{entry}", OPERATES, REGISTERED, || post(retrieve))
        .does(&[DangerousAct::RetrieveFromArchive]),
    Route::post(
        "/record/archive/retrieved/{entry}",
        RouteRule::WithReason(Permission::KeepDisclosureRegister),
        Trail::Writes(Action::RecordViewed),
        || post(open),
    )
    .does(&[DangerousAct::RetrieveFromArchive]),
];

#[derive(Template)]
#[template(path = "archive_retrievals.html")]
struct ListTemplate {
    frame: Frame,
    faults: Faults,
    token: String,
    rows: Vec<Row>,
}

struct Row {
    entry: Uuid,
    approved: String,
    authority: String,
    purpose: String,
    reference: String,
    open_until: Option<String>,
}

/// Nothing is typed: the entry is in the address.
pub(crate) struct RetrievalForm;

impl Fields for RetrievalForm {
    const NAMES: &'static [&'static str] = &[];

    fn from_posted(_: &mut Posted) -> Self {
        Self
    }
}

/// `GET /record/archive/retrievals`
pub(crate) async fn list(State(state): State<AppState>, Person(who): Person) -> Result<Response, WebError> {
    list_page(&state, &who, Faults::default()).await
}

/// `POST /record/archive/retrievals/{entry}`
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Path(entry): Path<String>,
    SignedForm { who, .. }: SignedForm<RetrievalForm>,
) -> Result<Response, WebError> {
    match state.directory().retrieve_from_archive(&who, id_of(&entry)?).await {
        Ok(()) => Ok(Redirect::to("/record/archive/retrievals").into_response()),
        Err(error @ (RegisterError::Rule(_) | RegisterError::Changed)) => {
            let mut faults = Faults::default();
            faults.add("main-content", capitalised(&error.to_string()));
            list_page(&state, &who, faults).await
        }
        Err(error) => Err(refused(error)),
    }
}

/// `POST /record/archive/retrieved/{entry}`
pub(crate) async fn open(
    State(state): State<AppState>,
    Path(entry): Path<String>,
    SignedForm { who, .. }: SignedForm<RetrievalForm>,
) -> Result<Response, WebError> {
    let asker = reasoned(&who)?;
    match state.directory().open_retrieved_record(&asker, id_of(&entry)?).await {
        Ok(record) => {
            let opened = Opened {
                view: &record.data().view,
                reason: *record.reason(),
                why: state.words().legal_basis(record.data().basis),
                back: (&format!("/register/entry/{entry}"), "The entry of the register"),
                section: Section::Register,
            };
            record_page(&state, &who, &opened)
        }
        Err(error) => taken_back(&state, &who, &entry, "retrieved", error).await,
    }
}

async fn list_page(state: &AppState, who: &SignedIn, faults: Faults) -> Result<Response, WebError> {
    let lines = state.directory().archive_retrievals(who).await.map_err(refused)?;
    let (wrong, words) = (!faults.is_empty(), state.words());
    let row = |line: service::RetrievalLine| Row {
        entry: line.entry,
        approved: dates::long_instant(line.approved_at),
        authority: line.authority,
        purpose: words.legal_basis(line.basis).to_owned(),
        reference: line.reference.to_string(),
        open_until: line.open_until.map(dates::long_instant),
    };
    let template = ListTemplate {
        frame: Frame::of(state, who, Section::Retrievals, "Records to retrieve from the archive")
            .with_faults(wrong),
        faults,
        token: who.form_token().to_owned(),
        rows: lines.into_iter().map(row).collect(),
    };
    page(form_status(wrong), &template)
}
