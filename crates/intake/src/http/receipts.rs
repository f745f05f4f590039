//! `GET /v1/receipts` and `GET /v1/reconciliation/{day}`: what became of a source's own rows, and the sums that prove that none
//! was lost. Both are functions of the source's own rows alone (law 7); see docs/receipts.md.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderMap, header};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::{Receipt, ReceiptCursor, Reconciliation};

use super::problem::Problem;
use super::route::{AnswersAbout, Proof, Route};
use super::source::Connected;

/// As many receipts as one answer holds, and as it holds when nobody says.
const MOST: usize = 1_000;

const NDJSON: &str = "application/x-ndjson";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/receipts",
        proof: Proof::Source,
        answers_about: AnswersAbout::OwnRows,
        largest_body: 0,
        operation: receipts_operation,
        handler: || get(receipts),
    },
    Route {
        method: "GET",
        path: "/v1/reconciliation/{day}",
        proof: Proof::Source,
        answers_about: AnswersAbout::OwnRows,
        largest_body: 0,
        operation: reconciliation_operation,
        handler: || get(reconciliation),
    },
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    after: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Page {
    receipts: Vec<Receipt>,
    /// Where to read on; the same again when nothing came.
    next: String,
}

async fn receipts(
    connected: Connected,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Ok(Query(asked)) = asked else {
        return Err(Problem::malformed(
            "the question has parts that are not known",
            "ask with after=CURSOR and limit=NUMBER alone",
        ));
    };
    let limit = asked.limit.unwrap_or(MOST);
    if limit == 0 || limit > MOST {
        return Err(Problem::malformed(
            format!("limit is {limit}, and an answer holds 1 to {MOST} receipts"),
            "ask for fewer, then again with the cursor of the last",
        )
        .at("limit"));
    }
    let after = asked.after.as_deref().map_or(Ok(ReceiptCursor::default()), str::parse);
    let after = after.map_err(|error| Problem::malformed("after is no cursor", error).at("after"))?;
    let page = connected.source.receipts(after, limit).await?;
    if headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes() == NDJSON.as_bytes()) {
        let lines: Vec<String> =
            page.lines.iter().filter_map(|line| serde_json::to_string(line).ok()).collect();
        let text = lines.into_iter().map(|line| line + "\n").collect::<String>();
        return Ok(([(header::CONTENT_TYPE, NDJSON)], text).into_response());
    }
    Ok(Json(Page { receipts: page.lines, next: page.next.to_string() }).into_response())
}

async fn reconciliation(
    connected: Connected,
    Path(day): Path<String>,
) -> Result<Json<Reconciliation>, Problem> {
    let day: Date = day.parse().map_err(|_| {
        Problem::malformed("the address ends in no day", "write the day as YYYY-MM-DD").at("day")
    })?;
    Ok(Json(connected.source.reconciliation(day).await?))
}

fn receipts_operation() -> Value {
    json!({
        "summary": "What became of each row, in the order in which it became durable",
        "parameters": [
            {"name": "after", "in": "query", "schema": {"type": "string"},
             "description": "The cursor of the last receipt that was read"},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST}},
        ],
        "responses": {"200": {
            "description": "Receipts as far as their moment has come",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ReceiptPage"}},
                "application/x-ndjson": {"schema": {"$ref": "#/components/schemas/Receipt"}},
            },
        }},
    })
}

fn reconciliation_operation() -> Value {
    json!({
        "summary": "The sums of a day: sent = accepted + unchanged + quarantined + superseded + unread",
        "parameters": [{"name": "day", "in": "path", "required": true, "schema": {"type": "string", "format": "date"}}],
        "responses": {"200": {
            "description": "The sums of the receipts that became readable that day (UTC)",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Reconciliation"}}},
        }},
    })
}
