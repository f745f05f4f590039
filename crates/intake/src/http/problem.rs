//! What a client is told when something is refused: RFC 9457, with the place and the remedy beside title and detail.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use service::{DoorError, ErrorKind, LoadError, ServiceError};

/// A refusal. It says nothing but what the client itself sent, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    #[serde(rename = "type", serialize_with = "as_address")]
    kind: &'static str,
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    detail: Box<str>,
    /// Where in what was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Box<str>>,
    remedy: Box<str>,
    /// Seconds after which trying again may help.
    #[serde(skip)]
    retry_after: Option<u32>,
    /// The offset at which an upload goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
}

fn as_address<S: serde::Serializer>(kind: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("urn:contactpoint:problem:{kind}"))
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    /// A refusal of this kind.
    pub fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (detail, remedy) = (detail.into().into_boxed_str(), remedy.into().into_boxed_str());
        Self { kind, title, status, detail, place: None, remedy, retry_after: None, offset: None }
    }

    /// The same, with its place.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into().into_boxed_str());
        self
    }

    /// The same, with when to try again.
    #[must_use]
    pub fn after_seconds(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same, with where an upload goes on.
    #[must_use]
    pub fn from_offset(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What there is to say, for another form of the same answer: detail, remedy, seconds after which to try again.
    pub(super) fn words(&self) -> (&str, &str, Option<u32>) {
        (&self.detail, &self.remedy, self.retry_after)
    }

    /// What was sent is not as it must be.
    pub(super) fn malformed(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request cannot be read", detail, remedy)
    }

    /// Nobody knows who sent it. One answer for every cause: a certificate nobody registered, one that was taken back, a token
    /// that has run out.
    pub(super) fn unknown_client() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "who-are-you",
            "The source system is not known",
            "the request carries no registered client certificate and no token that holds",
            "show the client certificate that was registered and confirmed for this source, or ask for a token with POST /token",
        )
    }

    pub(super) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The request is too large",
            "the request is larger than this address takes; nothing of it was taken",
            "send it in parts; whole files go to POST /v1/uploads",
        )
    }

    pub(super) fn content_type(wanted: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-type",
            "The content type is not taken here",
            format!("this address takes {wanted}"),
            format!("send the header Content-Type: {wanted}"),
        )
    }

    pub(super) fn busy() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-at-once",
            "Too many requests at once",
            "this source has as many requests under way as it may",
            "wait for their answers, then send this one again",
        )
        .after_seconds(1)
    }

    pub(super) fn crowded() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-connections",
            "Too many connections at once",
            "this source has as many connections open as it may",
            "close those that are not used, or send over one that is open, then send this request again",
        )
        .after_seconds(1)
    }

    pub(super) fn no_such(what: &'static str, remedy: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", what, remedy)
    }

    /// What the framework alone said.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "method",
                "The address takes another method",
                "this address is not asked for in this way",
                "see GET /openapi.json for the methods of each address",
            ),
            StatusCode::NOT_FOUND => {
                Self::no_such("there is nothing at this address", "see GET /openapi.json for the addresses there are")
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too-slow",
                "The request took too long",
                "the request was not whole, or not answered, within the time there is; nothing of it was taken",
                "send it again, in smaller parts over a slow line",
            )
            .after_seconds(5),
            other if other.is_client_error() => {
                Self { status: other, ..Self::malformed("the request cannot be read", "see GET /openapi.json") }
            }
            _ => Self::failed("-"),
        }
    }

    fn failed(reference: &str) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "failed",
            "The service failed",
            format!("the service failed, and nothing of the request was taken (error reference {reference})"),
            "send it again later; if it stays so, tell the operator the reference",
        )
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error.kind() {
            ErrorKind::Internal => Self::failed(error.reference()),
            ErrorKind::Busy | ErrorKind::Unavailable | ErrorKind::AuditUnavailable => Self {
                status: StatusCode::SERVICE_UNAVAILABLE,
                retry_after: Some(30),
                ..Self::failed(error.reference())
            },
        }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Service(error) => error.into(),
            // A source that is connected is known; what else a load may say is no answer to a question.
            other => Self::malformed(other.to_string(), "see GET /openapi.json, or docs/connect"),
        }
    }
}

impl From<DoorError> for Problem {
    fn from(error: DoorError) -> Self {
        let unavailable = |kind, title, error: &DoorError, remedy: &str, seconds| {
            Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, title, error.to_string(), remedy)
                .after_seconds(seconds)
        };
        match error {
            DoorError::Paused => unavailable(
                "paused",
                "The source is paused",
                &error,
                "who answers for the source lets it go on under \"Sources\" (rule 10.8)",
                600,
            ),
            DoorError::Full { seconds, .. } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "full",
                "As much was said today as may be",
                error.to_string(),
                "send it again after midnight UTC; whole files go to POST /v1/uploads, and are not counted",
            )
            .after_seconds(seconds),
            DoorError::Lacks(_) => Self::new(
                StatusCode::FORBIDDEN,
                "not-accredited",
                "The source may not feed this way yet",
                error.to_string(),
                "a person of the authority takes the missing steps under \"Connections\" (docs/connect/connections.md, rules 10.6, 11.1)",
            ),
            DoorError::TooMany { at_most } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-many",
                "Too many statements at once",
                error.to_string(),
                format!("send at most {at_most} in one request"),
            ),
            DoorError::AnotherRequest => Self::new(
                StatusCode::CONFLICT,
                "another-request",
                "The key stands for another request",
                error.to_string(),
                "send a new key with each new request",
            )
            .at("Idempotency-Key"),
            DoorError::Service(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut answer = (self.status, body).into_response();
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(offset) = self.offset {
            headers.insert("upload-offset", HeaderValue::from(offset));
        }
        answer.extensions_mut().insert(IsProblem);
        // For whoever answers in another form.
        answer.extensions_mut().insert(self);
        answer
    }
}

/// Marks an answer that is a problem already.
#[derive(Clone, Copy)]
pub(super) struct IsProblem;
