//! Turns every refusal, ours or the framework's, into one page with an error reference; logs it once.

use std::hash::{BuildHasher, RandomState};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::error::WebError;
use crate::pages::error_page;
use crate::session::signed_in;
use crate::state::AppState;

/// Renders the error page of an answer that is an error without a page of its own.
pub(crate) async fn as_pages(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let headers = request.headers().clone();
    let answer = next.run(request).await;
    let status = answer.status();
    if !(status.is_client_error() || status.is_server_error()) || is_page(&answer) {
        return answer;
    }
    let error =
        answer.extensions().get::<WebError>().cloned().unwrap_or_else(|| WebError::from_status(status));
    let reference = match &error {
        // The service has logged it already, under this reference.
        WebError::Service { reference, .. } => reference.clone(),
        _ => {
            let reference = new_reference(&state);
            let route = route.as_deref().unwrap_or("(no route)");
            if status.is_server_error() {
                tracing::error!(%reference, %method, route, status = status.as_u16(), "{error}");
            } else {
                tracing::info!(%reference, %method, route, status = status.as_u16(), "{error}");
            }
            reference
        }
    };
    // Whoever is signed in keeps their menu, unless it is doubtful that the request is theirs or the service is ill.
    let is_doubtful = matches!(error, WebError::ForeignRequest | WebError::UnknownHost);
    let person = match status.is_client_error() && !is_doubtful {
        true => signed_in(&headers, &state).await.ok(),
        false => None,
    };
    let mut page = error_page::page(&state, &error, &reference, person.as_ref());
    *page.status_mut() = status;
    for kept in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = answer.headers().get(&kept) {
            page.headers_mut().insert(kept, value.clone());
        }
    }
    page
}

/// The answer to a handler that stopped: the same page as any defect, and nothing of why.
pub(crate) fn of_a_panic(_why: Box<dyn std::any::Any + Send>) -> Response {
    WebError::Defect.into_response()
}

fn is_page(answer: &Response) -> bool {
    answer
        .headers()
        .get(header::CONTENT_TYPE)
        .map(HeaderValue::as_bytes)
        .is_some_and(|kind| kind.starts_with(b"text/html"))
}

/// A reference a person can read out on the telephone: ten capitals and digits without those that are taken for one another. It
/// names an event, and is no secret.
fn new_reference(state: &AppState) -> String {
    const READABLE: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mixed = RandomState::new().hash_one(state.now().as_nanosecond());
    let letters = (0..10).map(|place| (mixed >> (place * 5)) & 31);
    letters.filter_map(|at| READABLE.get(usize::try_from(at).ok()?)).map(|byte| char::from(*byte)).collect()
}
