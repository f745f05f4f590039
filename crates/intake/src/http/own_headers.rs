//! What stands around every answer: whom we answer to, and that nothing of it is kept on the way.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, Method, StatusCode, header};

use super::client::Client;
use super::fhir;
use super::problem::{IsProblem, Problem};
use super::state::HttpDoor;

/// Refuses a request whose host is not one of ours.
pub(super) async fn known_host(
    State(door): State<HttpDoor>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let known = named.map(without_port).is_some_and(|host| door.answers_to(host));
    if !known {
        return Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host",
            "The service does not answer to this name",
            "the request names another host",
            "use one of the host names in the configuration (intake.https.hosts)",
        ));
    }
    Ok(next.run(request).await)
}

/// Says every refusal as a problem, also the framework's own, and lets nobody keep an answer.
pub(super) async fn on_every_answer(State(_): State<HttpDoor>, request: Request, next: Next) -> Response {
    let head = request.method() == Method::HEAD;
    // FHIR has a form of its own for what went wrong.
    let by_fhir = fhir::answers_at(request.uri().path());
    let has_body = request.headers().get(header::CONTENT_LENGTH).is_none_or(|length| length != "0")
        && !matches!(*request.method(), Method::GET | Method::HEAD);
    let client = request.extensions().get::<Client>().cloned();
    let mut answer = next.run(request).await;
    let status = answer.status();
    let refused = status.is_client_error() || status.is_server_error();
    if refused && !head && answer.extensions().get::<IsProblem>().is_none() {
        answer = Problem::of_status(status).into_response();
    }
    if by_fhir && let Some(problem) = answer.extensions_mut().remove::<Problem>() {
        answer = fhir::of_status(problem);
    }
    let headers = answer.headers_mut();
    let unknown = client.is_some_and(|client| !client.place.is_known());
    if unknown || has_body && matches!(status.as_u16(), 401 | 404 | 405 | 406 | 412 | 413 | 421 | 429) {
        // A client that has not proved who it is has one answer, and leaves its place to others. And of what is refused so the
        // body was not read: a client that is not told would send the next request into a connection that closes.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let two_years = HeaderValue::from_static("max-age=63072000");
    headers.insert(header::STRICT_TRANSPORT_SECURITY, two_years);
    answer
}

/// The name in a `Host` header.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}
