//! The monthly evidence pack: whose, which month, as a document or a table.

use askama::Template;
use audit::Action;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use directory::Month;
use directory::access::Permission;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use service::{PackError, PackForm, SignedIn};
use uuid::Uuid;

use crate::dates;
use crate::error::WebError;
use crate::form::{Fields, Posted, SignedForm};
use crate::frame::{Frame, Section, page};
use crate::route::{FORM, Route, RouteRule, Trail};
use crate::session::Person;
use crate::state::AppState;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/evidence", RouteRule::SignedIn(Permission::ViewEvidencePack), FORM, || get(choose)),
    Route::post(
        "/evidence",
        RouteRule::SignedIn(Permission::ViewEvidencePack),
        Trail::Writes(Action::Export),
        || post(take),
    ),
];

#[derive(Template)]
#[template(path = "evidence.html")]
struct EvidenceTemplate {
    frame: Frame,
    token: String,
    owners: Vec<(String, String)>,
    owner: String,
    name: String,
    months: Vec<(String, String)>,
}

/// Whose packs are listed.
#[derive(Deserialize)]
pub(crate) struct Of {
    owner: Option<String>,
}

/// Which pack is taken: `YYYY-MM csv` or `YYYY-MM pdf`, and whose.
pub(crate) struct TakeForm {
    owner: String,
    pack: String,
}

impl Fields for TakeForm {
    const NAMES: &'static [&'static str] = &["owner", "pack"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self { owner: posted.take("owner"), pack: posted.take("pack") }
    }
}

/// `GET /evidence`
pub(crate) async fn choose(
    State(state): State<AppState>,
    Person(who): Person,
    Query(of): Query<Of>,
) -> Result<Response, WebError> {
    let owners = state.directory().pack_owners(&who).await?;
    let asked = of.owner.as_deref().and_then(|text| Uuid::parse_str(text).ok());
    let owner = owners.iter().find(|(id, _)| Some(*id) == asked).or_else(|| owners.first()).cloned();
    let (owner, name) = owner.map_or_else(Default::default, |(id, name)| (id.to_string(), name));
    let months = state.directory().pack_months();
    let template = EvidenceTemplate {
        frame: Frame::of(&state, &who, Section::Audit, "Monthly evidence packs"),
        token: who.form_token().to_owned(),
        owners: owners.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        owner,
        name,
        months: months.into_iter().map(|month| (month.to_string(), dates::month(month))).collect(),
    };
    page(StatusCode::OK, &template)
}

/// `POST /evidence`
pub(crate) async fn take(
    State(state): State<AppState>,
    SignedForm { who, fields }: SignedForm<TakeForm>,
) -> Result<Response, WebError> {
    let (month, form) = fields.pack.split_once(' ').ok_or(WebError::NotFound)?;
    let month = Month::parse(month).map_err(|_| WebError::NotFound)?;
    let owner = Uuid::parse_str(&fields.owner).map_err(|_| WebError::NotFound)?;
    let (form, media_type, ending) = match form {
        "csv" => (PackForm::Csv, "text/csv; charset=utf-8", "csv"),
        "pdf" => (PackForm::Pdf, "application/pdf", "pdf"),
        _ => return Err(WebError::NotFound),
    };
    let bytes = pack(&state, &who, owner, month, form).await?;
    let name = format!("attachment; filename=\"evidence-pack-{month}.{ending}\"");
    let name = HeaderValue::from_str(&name).map_err(|_| WebError::Defect)?;
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}

async fn pack(
    state: &AppState,
    who: &SignedIn,
    owner: Uuid,
    month: Month,
    form: PackForm,
) -> Result<Vec<u8>, WebError> {
    state.directory().evidence_pack(who, owner, month, form).await.map_err(|error| match error {
        PackError::Forbidden => WebError::Forbidden,
        PackError::NotOver => WebError::NotFound,
        PackError::Service(fault) => fault.into(),
    })
}
