//! `POST /fhir/$process-message`: a feed of patients after IHE's PMIR, answered by a message. All of it is taken or nothing.

use axum::extract::State;
use feeds::fhir::answer::{Issue, MessageCode, message as message_of};
use feeds::fhir::read_message;
use http::{StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::super::state::HttpDoor;
use super::answers::{Answer, Said};
use super::asked::{Asked, RESOURCE};
use super::saying::{NotTaken, say};

pub(super) async fn message(State(http): State<HttpDoor>, asked: Asked) -> Result<Answer, Said> {
    asked.takes(&RESOURCE)?;
    let (to, received) = read_message(&asked.body, &asked.mapping(&http));
    let said = match received {
        Ok(received) => say(&asked, received).await,
        Err(refused) => Err(NotTaken::NotWhole(vec![Issue::refused(&refused)])),
    };
    let host = asked.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let address = format!("https://{host}{}", super::BASE);
    let now = http.door().now().to_string();
    let written = |code, issues: &[Issue]| message_of(&id_of(&asked.body), &now, &address, &to, code, issues);
    Ok(match said {
        Ok(entries) => {
            let numbers: Vec<&str> =
                entries.iter().filter_map(|entry| entry.etag.as_deref()).map(bare).collect();
            let text = match numbers.as_slice() {
                [] => format!("all of it is durable: {} entries", entries.len()),
                numbers => format!(
                    "all of it is durable: {} entries; the numbers of their receipts are {}",
                    entries.len(),
                    numbers.join(", ")
                ),
            };
            let durable = Issue::plain("information", "informational", text);
            Answer::new(StatusCode::OK, written(MessageCode::Ok, &[durable]))
        }
        Err(NotTaken::NotWhole(issues)) => {
            Answer::new(StatusCode::UNPROCESSABLE_ENTITY, written(MessageCode::FatalError, &issues))
        }
        Err(NotTaken::Door(error)) => {
            let answer = Answer::from(error);
            let code = if answer.waits() { MessageCode::TransientError } else { MessageCode::FatalError };
            let body = written(code, &[Issue::plain("error", "processing", answer.told())]);
            answer.with(body)
        }
    })
}

/// What stands between the quotes of an ETag.
fn bare(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}

/// The number of an answer: of the same words the same, so that no chance is needed for one.
fn id_of(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(digest.get(..16).unwrap_or(&[0; 16]));
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}
