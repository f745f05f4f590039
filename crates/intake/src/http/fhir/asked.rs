//! What a request asks for besides its body: who it is from, the formats, the preference, conditions on versions.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use feeds::fhir::Mapping;
use feeds::fhir::answer::Issue;
use http::{HeaderMap, StatusCode, header};

use super::super::idempotency::Repeats;
use super::super::problem::Problem;
use super::super::source::Connected;
use super::super::state::HttpDoor;
use super::answers::{Answer, Said};

/// A request of a source, whole.
pub(super) struct Asked {
    pub(super) connected: Connected,
    pub(super) headers: HeaderMap,
    pub(super) query: Option<String>,
    pub(super) body: Bytes,
    pub(super) preference: Option<Preference>,
    /// The sender's key, by which a request that is sent again is known.
    pub(super) repeats: Option<Repeats>,
}

/// How much of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preference {
    /// No body. Also where a representation is wanted: nothing is given out here.
    Minimal,
    /// An OperationOutcome.
    Outcome,
}

impl Preference {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let all = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let mut parts = all.flat_map(|value| value.split([',', ';'])).map(str::trim);
        parts.find_map(|part| match part.strip_prefix("return=")?.trim_matches('"') {
            "minimal" | "representation" => Some(Self::Minimal),
            "OperationOutcome" => Some(Self::Outcome),
            _ => None,
        })
    }

    pub(super) const fn applied(self) -> &'static str {
        match self {
            Self::Minimal => "return=minimal",
            Self::Outcome => "return=OperationOutcome",
        }
    }
}

impl Asked {
    /// How the source's resources are read.
    pub(super) fn mapping(&self, http: &HttpDoor) -> Mapping {
        Mapping {
            profile: self.connected.source.profile(),
            own_system: http.system_of(self.connected.source.name()).map(str::to_owned),
            received_at: http.door().now(),
        }
    }

    /// Refuses another format than the ones that are taken here. Every address of FHIR takes one.
    pub(super) fn takes(&self, formats: &[&'static str]) -> Result<(), Said> {
        let given = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let named =
            given.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let first = formats.first().copied().unwrap_or_default();
        if formats.contains(&named.as_str()) { Ok(()) } else { Err(Problem::content_type(first).into()) }
    }
}

/// A single resource or a Bundle.
pub(super) const RESOURCE: [&str; 2] = ["application/fhir+json", "application/json"];

/// Refuses an answer in a format that there is not.
pub(super) fn wants_json(headers: &HeaderMap) -> Result<(), Said> {
    let mut accepted =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if accepted.peek().is_none() {
        return Ok(());
    }
    let json = accepted.flat_map(|value| value.split(',')).any(|one| {
        let one = one.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        RESOURCE.contains(&one.as_str()) || ["*/*", "application/*"].contains(&one.as_str())
    });
    if json {
        return Ok(());
    }
    let text = "the answers here are application/fhir+json, and the request accepts another format alone; send Accept: application/fhir+json";
    Err(Answer::of(StatusCode::NOT_ACCEPTABLE, &[Issue::plain("error", "not-supported", text)]).into())
}

impl FromRequest<HttpDoor> for Asked {
    type Rejection = Said;

    async fn from_request(request: Request, http: &HttpDoor) -> Result<Self, Said> {
        let (mut parts, body) = request.into_parts();
        let connected = Connected::from_request_parts(&mut parts, http).await?;
        wants_json(&parts.headers)?;
        for versions in [header::IF_MATCH, header::IF_NONE_MATCH] {
            if parts.headers.contains_key(&versions) {
                let text = format!(
                    "{versions} asks about versions, and there are none that could be read; leave it out"
                );
                let issue = Issue::plain("error", "conflict", text);
                return Err(Answer::of(StatusCode::PRECONDITION_FAILED, &[issue]).into());
            }
        }
        let (headers, query) = (parts.headers.clone(), parts.uri.query().map(str::to_owned));
        let preference = Preference::of(&headers);
        let repeats = Repeats::of(&headers)?;
        let body = Bytes::from_request(Request::from_parts(parts, body), http).await;
        let body = body.map_err(|rejected| match rejected.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Said::from(Problem::too_large()),
            other => Said::from(Problem::of_status(other)),
        })?;
        Ok(Self { connected, headers, query, body, preference, repeats })
    }
}
