//! `POST /fhir`: a transaction or a batch.

use axum::extract::State;
use feeds::fhir::answer::{Issue, bundle as bundle_of};
use feeds::fhir::{Whole, read};
use http::StatusCode;

use super::super::state::HttpDoor;
use super::answers::{Answer, Said};
use super::asked::{Asked, Preference, RESOURCE};
use super::saying::say;

pub(super) async fn bundle(State(http): State<HttpDoor>, asked: Asked) -> Result<Answer, Said> {
    asked.takes(&RESOURCE)?;
    let received = read(&asked.body, &asked.mapping(&http))?;
    let (kind, status) = match received.whole {
        Whole::Transaction => ("transaction-response", StatusCode::ACCEPTED),
        // Each entry has a status of its own.
        Whole::Batch => ("batch-response", StatusCode::OK),
    };
    let mut entries = say(&asked, received).await?;
    if asked.preference == Some(Preference::Outcome) {
        for entry in entries.iter_mut().filter(|entry| entry.issues.is_empty()) {
            entry.issues.push(Issue::plain("information", "informational", "it is durable"));
        }
    }
    Ok(Answer::new(status, bundle_of(kind, &entries)).keeping(asked.preference))
}
