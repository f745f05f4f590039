//! The steps of a connection: who prepares takes them, who signs off confirms them (rule 12.13). What is wrong is told on the page
//! of the source, beside the form.

use audit::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use directory::access::{DangerousAct, Permission};
use directory::connecting::{CredentialKind, InstallationAct, StoppedBecause};
use service::SignedIn;
use uuid::Uuid;

use super::connections_settled::{Subject, seen};
use crate::error::WebError;
use crate::form::{Fields, Posted, SignedForm};
use crate::route::{Route, RouteRule, Trail};
use crate::state::AppState;

const PREPARES: RouteRule = RouteRule::SignedIn(Permission::PrepareFeed);
const SIGNS: RouteRule = RouteRule::SignedIn(Permission::SignOffFeed);
const CHANGES: Trail = Trail::Writes(Action::SourceChanged);
const PROVED: &[DangerousAct] = &[DangerousAct::SignOffFeed];

/// The largest report of the data quality tool has some hundred kilobytes.
const LARGEST_REPORT: usize = 2 * 1024 * 1024;

/// About five thousand rows: what is rehearsed while a person waits.
const LARGEST_REHEARSAL: usize = 2 * 1024 * 1024;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post("/connections/{id}/product", PREPARES, CHANGES, || post(product)),
    Route::post("/connections/{id}/credential", PREPARES, CHANGES, || post(credential)),
    Route::post("/connections/{id}/revoke", PREPARES, CHANGES, || post(revoke)),
    Route::post("/connections/{id}/confirm", SIGNS, CHANGES, || post(confirm)).does(PROVED),
    Route::post("/connections/{id}/pilot", PREPARES, CHANGES, || post(pilot)).taking(LARGEST_REPORT),
    Route::post("/connections/{id}/rehearsal", PREPARES, CHANGES, || post(rehearsal))
        .taking(LARGEST_REHEARSAL),
    Route::post("/connections/{id}/sign", SIGNS, CHANGES, || post(sign)).does(PROVED),
    Route::post("/connections/{id}/stop", PREPARES, CHANGES, || post(stop)),
    Route::post("/connections/{id}/go-on", SIGNS, CHANGES, || post(go_on)).does(PROVED),
];

/// A step, with the version of the connection that the person looked at.
pub(crate) struct StepForm {
    version: String,
    product: String,
    kind: String,
    credential: String,
    digest: String,
    reason: String,
}

impl Fields for StepForm {
    const NAMES: &'static [&'static str] = &["version", "product", "kind", "credential", "digest", "reason"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            version: posted.take("version"),
            product: posted.take("product"),
            kind: posted.take("kind"),
            credential: posted.take("credential"),
            digest: posted.take("digest"),
            reason: posted.take("reason"),
        }
    }
}

/// A step that takes a file.
pub(crate) struct FileForm {
    version: String,
    report: String,
    rows: Vec<u8>,
}

impl Fields for FileForm {
    const NAMES: &'static [&'static str] = &["version", "report", "rows"];
    const TAKES_A_FILE: bool = true;

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            version: posted.take("version"),
            report: posted.take("report"),
            rows: posted.take_file("rows"),
        }
    }
}

type Step = SignedForm<StepForm>;

async fn product(
    State(state): State<AppState>,
    Path(source): Path<String>,
    SignedForm { who, fields }: Step,
) -> Result<Response, WebError> {
    let Ok(product) = Uuid::parse_str(&fields.product) else {
        return Subject::Source(&source).wrong(&state, &who, "product", "Select the product").await;
    };
    act(&state, &who, &source, &fields.version, "product", InstallationAct::NameProduct(product)).await
}

async fn credential(
    State(state): State<AppState>,
    Path(source): Path<String>,
    SignedForm { who, fields }: Step,
) -> Result<Response, WebError> {
    let Some(kind) = CredentialKind::from_code(&fields.kind) else {
        return Subject::Source(&source)
            .wrong(&state, &who, "kind", "Select what kind of credential it is")
            .await;
    };
    if fields.credential.is_empty() {
        let words = "Paste the certificate or the key, or its SHA-256";
        return Subject::Source(&source).wrong(&state, &who, "credential", words).await;
    }
    let add = InstallationAct::AddCredential(kind, fields.credential);
    act(&state, &who, &source, &fields.version, "credential", add).await
}

async fn revoke(
    State(state): State<AppState>,
    Path(source): Path<String>,
    SignedForm { who, fields }: Step,
) -> Result<Response, WebError> {
    let revoke = InstallationAct::RevokeCredential(fields.digest);
    act(&state, &who, &source, &fields.version, "credentials", revoke).await
}

async fn confirm(
    State(state): State<AppState>,
    Path(source): Path<String>,
    SignedForm { who, fields }: Step,
) -> Result<Response, WebError> {
    let confirm = InstallationAct::ConfirmCredential(fields.digest);
    act(&state, &who, &source, &fields.version, "credentials", confirm).await
}

async fn pilot(
    State(state): State<AppState>,
    Path(source): Path<String>,
    SignedForm { who, fields }: SignedForm<FileForm>,
) -> Result<Response, WebError> {
    if fields.report.is_empty() {
        return Subject::Source(&source)
            .wrong(&state, &who, "report", "Choose the report of the data quality tool (JSON)")
            .await;
    }
    let seen = seen(&fields.version)?;
    let done = state.directory().hand_in_pilot(&who, &source, seen, &fields.report).await;
    Subject::Source(&source).settled(&state, &who, "report", done).await
}

async fn rehearsal(
    State(state): State<AppState>,
    Path(source): Path<String>,
    SignedForm { who, fields }: SignedForm<FileForm>,
) -> Result<Response, WebError> {
    if fields.rows.is_empty() {
        return Subject::Source(&source).wrong(&state, &who, "rows", "Choose the pilot file").await;
    }
    let seen = seen(&fields.version)?;
    let file = ("The file", fields.rows.as_slice());
    let done = state.directory().rehearse_file(&who, &source, seen, file).await;
    Subject::Source(&source).settled(&state, &who, "rows", done).await
}

async fn sign(
    State(state): State<AppState>,
    Path(source): Path<String>,
    SignedForm { who, fields }: Step,
) -> Result<Response, WebError> {
    act(&state, &who, &source, &fields.version, "signatures", InstallationAct::Sign).await
}

async fn stop(
    State(state): State<AppState>,
    Path(source): Path<String>,
    SignedForm { who, fields }: Step,
) -> Result<Response, WebError> {
    let Some(why) = StoppedBecause::from_code(&fields.reason) else {
        return Subject::Source(&source).wrong(&state, &who, "reason", "Select why it is stopped").await;
    };
    act(&state, &who, &source, &fields.version, "reason", InstallationAct::Stop(why)).await
}

async fn go_on(
    State(state): State<AppState>,
    Path(source): Path<String>,
    SignedForm { who, fields }: Step,
) -> Result<Response, WebError> {
    act(&state, &who, &source, &fields.version, "stopped", InstallationAct::GoOn).await
}

/// Does it, and tells at a field what stands against it.
async fn act(
    state: &AppState,
    who: &SignedIn,
    source: &str,
    version: &str,
    field: &'static str,
    act: InstallationAct,
) -> Result<Response, WebError> {
    let done = state.directory().act_on_installation(who, source, seen(version)?, act).await;
    Subject::Source(source).settled(state, who, field, done).await
}
