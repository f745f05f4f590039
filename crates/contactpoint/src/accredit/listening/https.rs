//! JSON and FHIR: the HTTPS door of a directory, with the kit behind it. Requests are heard one after another.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use conformance::{Answered, Came, Refusal, Step};
use feeds::Profile;
use http::{HeaderValue, StatusCode, header};
use intake::http::{HttpDoor, Limits, router, serve_routes};
use intake::tls::{Clients, server_config};
use serde_json::Value;
use tokio::sync::Mutex;

use super::super::Usage;
use super::recorder::Recorder;
use super::{Listener, Listening, certificate};
use crate::{installation, system};

/// More than any address takes; the door itself says what is too large.
const LARGEST: usize = 9 << 20;

/// The door while a product is tested.
pub(super) struct Https {
    recorder: Recorder,
}

#[derive(Clone)]
struct Heard {
    recorder: Recorder,
    /// One request at a time, so that what is said belongs to the request that said it.
    turn: Arc<Mutex<()>>,
}

impl Https {
    /// Listens.
    ///
    /// # Errors
    /// When there is no certificate, or the address cannot be listened on.
    pub(super) fn open(listening: &Listening<'_>, profile: &'static Profile) -> Result<Self, Usage> {
        let Some(folder) = listening.tls else {
            return Err(Usage(
                "--tls is missing: give a folder for the kit\u{2019}s certificate; one is made there, and the product must trust it"
                    .to_owned(),
            ));
        };
        let own = ["localhost", "127.0.0.1"].into_iter().chain(listening.host);
        let hosts: Vec<String> = own.map(str::to_owned).collect();
        let identity = certificate::read_or_make(folder, &hosts)?;
        let tls = server_config(&identity, Clients::MayShow, &["http/1.1"])
            .map_err(|fault| Usage(format!("--tls: {fault}")))?;
        let (listener, address) = super::bound(listening.address)?;
        eprintln!("listening for {} over HTTPS on {address}", listening.way.code());
        let recorder = Recorder::new(profile, listening.way);
        let heard = Heard { recorder: recorder.clone(), turn: Arc::default() };
        let limits = Limits::default();
        let door = HttpDoor::new(recorder.clone(), hosts, BTreeMap::new(), limits);
        let routes = router(door).layer(from_fn_with_state(heard, hear));
        // It ends with the program.
        std::thread::spawn(move || {
            let served = installation::run(async move {
                Ok(serve_routes(listener, tls, (routes, limits), std::future::pending()).await?)
            });
            if let Err(error) = served {
                eprintln!("the kit listens no more: {error}");
            }
        });
        Ok(Self { recorder })
    }
}

impl Listener for Https {
    fn begins(&self, step: &Step) {
        self.recorder.begins(step);
    }

    fn ended(&self) -> Came {
        Came::Requests(self.recorder.ended())
    }
}

/// Keeps what was asked beside what was answered, and loses an answer where the case is about that.
async fn hear(State(heard): State<Heard>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let _turn = heard.turn.lock().await;
    let key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    heard.recorder.request(system::world().now(), &body, key.as_deref());
    let (mut parts, answer) = next.run(Request::from_parts(parts, Body::from(body))).await.into_parts();
    let answer = to_bytes(answer, LARGEST).await.unwrap_or_else(|_| Bytes::new());
    let (refused, whole) = refused(parts.status, &answer);
    match heard.recorder.answers(refused, whole) {
        // A body that fails before its first byte ends the connection, and nothing of the answer goes out.
        Answered::Lost => Response::new(Body::from_stream(futures::stream::iter([Err::<Bytes, _>(
            std::io::Error::from(std::io::ErrorKind::ConnectionReset),
        )]))),
        Answered::Wait { seconds } => {
            parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            Response::from_parts(parts, Body::from(answer))
        }
        _ => Response::from_parts(parts, Body::from(answer)),
    }
}

/// What was refused in an answer, and whether all of it was. What was put aside is kept, and no refusal.
fn refused(status: StatusCode, answer: &[u8]) -> (Vec<Refusal>, bool) {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    if status.is_success() {
        let entries = answer["entry"].as_array().map_or(&[][..], Vec::as_slice);
        let responses = entries.iter().map(|entry| &entry["response"]);
        let failed =
            responses.filter(|response| response["status"].as_str().is_some_and(|it| it.starts_with('4')));
        return (
            failed
                .flat_map(|response| {
                    issues(response["status"].as_str().unwrap_or_default(), &response["outcome"])
                })
                .collect(),
            false,
        );
    }
    if let Some(title) = answer["title"].as_str() {
        let detail = answer["detail"].as_str().unwrap_or_default();
        let what = format!("{}, {title}: {detail}", status.as_u16());
        let place = answer["place"].as_str().unwrap_or_default().to_owned();
        return (vec![Refusal { what, place }], true);
    }
    let message = answer["entry"].as_array().and_then(|entries| {
        entries.iter().find_map(|entry| {
            let resource = &entry["resource"];
            resource["issue"].is_array().then_some(resource)
        })
    });
    let told = issues(status.as_str(), message.unwrap_or(&answer));
    if told.is_empty() && !put_aside(message.unwrap_or(&answer)) {
        return (vec![Refusal { what: status.to_string(), place: String::new() }], true);
    }
    let whole = !told.is_empty();
    (told, whole)
}

fn put_aside(outcome: &Value) -> bool {
    let issues = outcome["issue"].as_array().map_or(&[][..], Vec::as_slice);
    issues
        .iter()
        .filter_map(|issue| issue["details"]["text"].as_str())
        .any(|text| text.starts_with("put aside under number"))
}

/// The errors of an OperationOutcome that are refusals, under the status of their answer.
fn issues(status: &str, outcome: &Value) -> Vec<Refusal> {
    if put_aside(outcome) {
        return Vec::new();
    }
    let issues = outcome["issue"].as_array().map_or(&[][..], Vec::as_slice);
    let errors = issues.iter().filter(|issue| issue["severity"] != "information");
    errors
        .map(|issue| Refusal {
            what: format!("{status}, {}", issue["details"]["text"].as_str().unwrap_or_default()),
            place: issue["expression"][0].as_str().unwrap_or_default().to_owned(),
        })
        .collect()
}
