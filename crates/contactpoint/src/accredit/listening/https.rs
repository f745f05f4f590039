//! JSON and FHIR: the HTTPS door of a directory, with the kit behind it. Requests are heard one after another.

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
use super::recorder::{NAME, Recorder};
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
        let system = listening.agreed.fhir_system.clone();
        let systems = system.map(|system| (NAME.to_owned(), system)).into_iter().collect();
        let door = HttpDoor::new(recorder.clone(), hosts, systems, limits);
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
        let responses = list(&answer, "/entry").iter().filter_map(|entry| entry.get("response"));
        let failed = responses.filter(|response| text(response, "/status").starts_with('4'));
        return (
            failed
                .flat_map(|response| {
                    issues(text(response, "/status"), response.get("outcome").unwrap_or(&Value::Null))
                })
                .collect(),
            false,
        );
    }
    if let Some(title) = answer.get("title").and_then(Value::as_str) {
        let detail = text(&answer, "/detail");
        let what = format!("{}, {title}: {detail}", status.as_u16());
        let place = text(&answer, "/place").to_owned();
        return (vec![Refusal { what, place }], true);
    }
    let resources = list(&answer, "/entry").iter().filter_map(|entry| entry.get("resource"));
    let message = resources.into_iter().find(|resource| resource.get("issue").is_some_and(Value::is_array));
    let told = issues(status.as_str(), message.unwrap_or(&answer));
    if told.is_empty() && !put_aside(message.unwrap_or(&answer)) {
        return (vec![Refusal { what: status.to_string(), place: String::new() }], true);
    }
    let whole = !told.is_empty();
    (told, whole)
}

/// The text at a place of an answer; none where there is none.
fn text<'a>(answer: &'a Value, place: &str) -> &'a str {
    answer.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(answer: &'a Value, place: &str) -> &'a [Value] {
    answer.pointer(place).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn put_aside(outcome: &Value) -> bool {
    list(outcome, "/issue")
        .iter()
        .any(|issue| text(issue, "/details/text").starts_with("put aside under number"))
}

/// The errors of an OperationOutcome that are refusals, under the status of their answer.
fn issues(status: &str, outcome: &Value) -> Vec<Refusal> {
    if put_aside(outcome) {
        return Vec::new();
    }
    let errors = list(outcome, "/issue").iter().filter(|issue| text(issue, "/severity") != "information");
    errors
        .map(|issue| Refusal {
            what: format!("{status}, {}", text(issue, "/details/text")),
            place: text(issue, "/expression/0").to_owned(),
        })
        .collect()
}
