//! `POST /fhir/$import`: resources a line each, answered as a batch with an entry a line.

use axum::extract::State;
use feeds::fhir::answer::bundle;
use feeds::fhir::read_lines;
use http::StatusCode;

use super::super::state::HttpDoor;
use super::answers::{Answer, Said};
use super::asked::Asked;
use super::saying::say;

/// The formats that are taken.
pub(super) const LINES: [&str; 3] = ["application/fhir+ndjson", "application/x-ndjson", "application/ndjson"];

pub(super) async fn import(State(http): State<HttpDoor>, asked: Asked) -> Result<Answer, Said> {
    asked.takes(&LINES)?;
    let received = read_lines(&asked.body, &asked.mapping(&http))?;
    let entries = say(&asked, received).await?;
    Ok(Answer::new(StatusCode::OK, bundle("batch-response", &entries)).keeping(asked.preference))
}
