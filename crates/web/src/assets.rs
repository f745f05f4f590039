//! Styles, script and icon: embedded in the binary, served under an address that changes with their content.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};
use tower_http::compression::CompressionLayer;

use crate::error::WebError;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    body: &'static str,
}

static ASSETS: [Asset; 6] = [
    Asset {
        name: "contactpoint.css",
        media_type: "text/css; charset=utf-8",
        body: include_str!(concat!(env!("OUT_DIR"), "/contactpoint.css")),
    },
    Asset {
        name: "govuk-frontend.js",
        media_type: "text/javascript; charset=utf-8",
        body: include_str!(concat!(env!("OUT_DIR"), "/govuk-frontend.js")),
    },
    Asset {
        name: "govuk-frontend-licence.txt",
        media_type: "text/plain; charset=utf-8",
        body: include_str!("../assets/govuk-frontend-licence.txt"),
    },
    Asset {
        name: "app.js",
        media_type: "text/javascript; charset=utf-8",
        body: include_str!("../assets/app.js"),
    },
    Asset {
        name: "passkey.js",
        media_type: "text/javascript; charset=utf-8",
        body: include_str!("../assets/passkey.js"),
    },
    Asset { name: "icon.svg", media_type: "image/svg+xml", body: include_str!("../assets/icon.svg") },
];

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for asset in &ASSETS {
        digest.update(asset.name);
        digest.update(asset.body);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
});

/// Where this build's assets are: `/assets/<hash of all of them>`.
pub(crate) fn base_path() -> String {
    format!("/assets/{}", *VERSION)
}

/// The route of the assets. Only they are compressed: a compressed page's length would speak of what is on it.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{version}/{name}", get(asset)).layer(CompressionLayer::new())
}

async fn asset(
    Path((version, name)): Path<(String, String)>,
    request: HeaderMap,
) -> Result<Response, WebError> {
    let asset = ASSETS.iter().find(|asset| asset.name == name).filter(|_| version == *VERSION);
    let asset = asset.ok_or(WebError::NotFound)?;
    let tag = format!("\"{}\"", *VERSION);
    let known = request.get(header::IF_NONE_MATCH).is_some_and(|held| held.as_bytes() == tag.as_bytes());
    let mut answer =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { asset.body.into_response() };
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(answer)
}
