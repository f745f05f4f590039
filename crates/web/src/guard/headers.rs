//! The headers of every answer. Nothing is stored, framed, sniffed, referred or fetched from elsewhere.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use guards::Guard;
use http::{HeaderName, HeaderValue, header};

use crate::state::AppState;

/// No inline script or style stands on any page, so neither a nonce nor a hash is needed.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), browsing-topics=(), \
         publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

/// Adds the security headers, and `no-store` to whatever did not say how long it keeps.
pub(crate) async fn on_every_answer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if Guard::NoStore.stands() {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if state.config().https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    answer
}
