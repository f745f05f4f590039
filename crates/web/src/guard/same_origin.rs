//! A request that changes or discloses anything must come from one of our own pages.
//!
//! The browser's own word comes first (`Sec-Fetch-Site`, which no page can forge); an older browser's `Origin` must
//! name the very host that was asked. With `Referrer-Policy: no-referrer` a form's `Origin` is `null`, which is
//! believed only beside a good `Sec-Fetch-Site`. The form token is a second, independent check.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, Method, Uri, header};

use crate::error::WebError;

/// Where an identity provider's server says that somebody has left. It has no browser, no cookie and no form; what it says
/// is signed, and checked where it is heard.
pub(crate) const BACK_CHANNEL: &str = "/sign-in/provider/logout";

/// Refuses a request that is not a plain reading one when another site's page sent it.
pub(crate) async fn from_our_own_pages(request: Request, next: Next) -> Result<Response, WebError> {
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_back_channel =
        request.uri().path() == BACK_CHANNEL && request.headers().get(header::COOKIE).is_none();
    if !reading && !is_back_channel && !is_same_origin(request.headers()) {
        return Err(WebError::ForeignRequest);
    }
    Ok(next.run(request).await)
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN.as_str());
    let names_us = || {
        let origin = origin?.parse::<Uri>().ok()?;
        Some(origin.authority()?.as_str().eq_ignore_ascii_case(text(header::HOST.as_str())?))
    };
    match text("sec-fetch-site") {
        // "none" is the person's own doing (a reload, a bookmark), not another page's.
        Some("same-origin" | "none") => matches!(origin, None | Some("null")) || names_us() == Some(true),
        Some(_) => false,
        None => names_us() == Some(true),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::is_same_origin;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn only_our_own_pages_may_post() {
        let host = ("host", "localhost:8080");
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[host, ("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[host, ("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8080")], true),
            (&[host, ("sec-fetch-site", "none")], true),
            (&[host, ("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")], false),
            (&[host, ("sec-fetch-site", "same-site"), ("origin", "null")], false),
            (&[host, ("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], false),
            (&[host, ("origin", "http://localhost:8080")], true),
            (&[host, ("origin", "http://localhost:8081")], false),
            (&[host], false),
        ];
        for (given, accepted) in cases {
            let given: Vec<(&'static str, &'static str)> = given.to_vec();
            assert_eq!(is_same_origin(&headers(&given)), accepted, "{given:?}");
        }
    }
}
