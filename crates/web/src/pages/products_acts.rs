//! What is done to a product: a report is handed in, and another person accredits it, refuses it, or withdraws it later.

use audit::Action;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use directory::access::{DangerousAct, Permission};
use directory::connecting::{ProductAct, RefusedType, StoppedBecause};
use service::SignedIn;
use uuid::Uuid;

use super::connections_settled::{Subject, seen};
use crate::error::WebError;
use crate::form::{Fields, Posted, SignedForm};
use crate::route::{Route, RouteRule, Trail};
use crate::state::AppState;

const DECIDES: RouteRule = RouteRule::SignedIn(Permission::AccreditProducts);
const CHANGES: Trail = Trail::Writes(Action::SourceChanged);
const PROVED: &[DangerousAct] = &[DangerousAct::DecideProduct];

/// A report in which everything failed has some hundred kilobytes.
const LARGEST_REPORT: usize = 1024 * 1024;

/// The routes of this module.
pub(crate) const ROUTES: &[Route] = &[
    Route::post("/products/{id}/report", DECIDES, CHANGES, || post(report)).taking(LARGEST_REPORT),
    Route::post("/products/{id}/decide", DECIDES, CHANGES, || post(decide)).does(PROVED),
    Route::post("/products/{id}/withdraw", DECIDES, CHANGES, || post(withdraw)).does(PROVED),
];

/// A decision, with the version of the product that the person looked at.
pub(crate) struct DecisionForm {
    version: String,
    decision: String,
    refusal: String,
    withdrawal: String,
}

impl Fields for DecisionForm {
    const NAMES: &'static [&'static str] = &["version", "decision", "refusal", "withdrawal"];

    fn from_posted(posted: &mut Posted) -> Self {
        Self {
            version: posted.take("version"),
            decision: posted.take("decision"),
            refusal: posted.take("refusal"),
            withdrawal: posted.take("withdrawal"),
        }
    }
}

/// The report of a test.
pub(crate) struct ReportForm {
    version: String,
    report: String,
}

impl Fields for ReportForm {
    const NAMES: &'static [&'static str] = &["version", "report"];
    const TAKES_A_FILE: bool = true;

    fn from_posted(posted: &mut Posted) -> Self {
        Self { version: posted.take("version"), report: posted.take("report") }
    }
}

async fn report(
    State(state): State<AppState>,
    Path(product): Path<String>,
    SignedForm { who, fields }: SignedForm<ReportForm>,
) -> Result<Response, WebError> {
    if fields.report.is_empty() {
        let words = "Choose the signed report of the conformance kit (JSON)";
        return Subject::Product(&product).wrong(&state, &who, "report", words).await;
    }
    let (id, seen) = asked(&product, &fields.version)?;
    let done = state.directory().hand_in_type_report(&who, id, seen, &fields.report).await;
    Subject::Product(&product).settled(&state, &who, "report", done).await
}

async fn decide(
    State(state): State<AppState>,
    Path(product): Path<String>,
    SignedForm { who, fields }: SignedForm<DecisionForm>,
) -> Result<Response, WebError> {
    let act = match (fields.decision.as_str(), RefusedType::from_code(&fields.refusal)) {
        ("grant", _) => ProductAct::Grant,
        ("refuse", Some(why)) => ProductAct::Refuse(why),
        ("refuse", None) => {
            return Subject::Product(&product)
                .wrong(&state, &who, "refusal", "Select why it is not accredited")
                .await;
        }
        _ => {
            return Subject::Product(&product)
                .wrong(&state, &who, "decision", "Select what you decide")
                .await;
        }
    };
    act_on(&state, &who, &product, &fields.version, "decision", act).await
}

async fn withdraw(
    State(state): State<AppState>,
    Path(product): Path<String>,
    SignedForm { who, fields }: SignedForm<DecisionForm>,
) -> Result<Response, WebError> {
    let Some(why) = StoppedBecause::from_code(&fields.withdrawal) else {
        return Subject::Product(&product)
            .wrong(&state, &who, "withdrawal", "Select why it is withdrawn")
            .await;
    };
    act_on(&state, &who, &product, &fields.version, "withdrawal", ProductAct::Withdraw(why)).await
}

fn asked(product: &str, version: &str) -> Result<(Uuid, i64), WebError> {
    let id = Uuid::parse_str(product).map_err(|_| WebError::NotFound)?;
    Ok((id, seen(version)?))
}

async fn act_on(
    state: &AppState,
    who: &SignedIn,
    product: &str,
    version: &str,
    field: &'static str,
    act: ProductAct,
) -> Result<Response, WebError> {
    let (id, seen) = asked(product, version)?;
    let done = state.directory().act_on_product(who, id, seen, act).await;
    Subject::Product(product).settled(state, who, field, done).await
}
