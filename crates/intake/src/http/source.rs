//! Which source a request is from: asked anew at each, so that a credential that was taken back ends at the next.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use directory::connecting::CredentialKind;
use http::header;
use http::request::Parts;

use super::client::Client;
use super::problem::Problem;
use super::state::{HttpDoor, Room};
use crate::door::Source;

/// The source a request is from; while it lives, the request counts among those the source has under way.
pub struct Connected {
    /// The source.
    pub source: Arc<dyn Source>,
    _room: Arc<Room>,
}

impl FromRequestParts<HttpDoor> for Connected {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, http: &HttpDoor) -> Result<Self, Problem> {
        let door = http.door();
        let token = parts.headers.get(header::AUTHORIZATION);
        let certificate = parts.extensions.get::<Client>().and_then(|client| client.certificate);
        let known = match (token, certificate) {
            // Who says by a token who they are is that or nobody.
            (Some(written), _) => {
                let token = written.to_str().ok().and_then(|written| written.strip_prefix("Bearer "));
                match token {
                    Some(token) => door.connect_by_token(token).await?,
                    None => None,
                }
            }
            (None, Some(sha256)) => door.connect(CredentialKind::ClientCertificate, sha256).await?,
            (None, None) => None,
        };
        let source = known.ok_or_else(Problem::unknown_client)?;
        if parts.extensions.get::<Client>().is_some_and(|client| !client.place.is_of(source.name())) {
            return Err(Problem::crowded());
        }
        let room = http.room_for(source.name()).ok_or_else(Problem::busy)?;
        Ok(Self { source, _room: Arc::new(room) })
    }
}
