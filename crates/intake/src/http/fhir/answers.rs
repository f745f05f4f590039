//! How an answer is written: application/fhir+json, and an OperationOutcome for every fault.

use axum::response::{IntoResponse, Response};
use feeds::fhir::answer::{Issue, outcome};
use feeds::fhir::{Reason, Refused};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use service::DoorError;

use super::super::problem::{IsProblem, Problem};
use super::asked::Preference;

/// The format of every answer.
pub(in super::super) const JSON: &str = "application/fhir+json";

/// An answer.
pub(super) struct Answer {
    status: StatusCode,
    body: Option<Value>,
    location: Option<String>,
    etag: Option<String>,
    retry_after: Option<u32>,
    preference: Option<Preference>,
}

/// A fault, or what could not be done now.
pub(super) type Fault = Box<Answer>;

impl Answer {
    pub(super) fn new(status: StatusCode, body: Value) -> Self {
        Self { status, body: Some(body), location: None, etag: None, retry_after: None, preference: None }
    }

    /// An OperationOutcome of these.
    pub(super) fn of(status: StatusCode, issues: &[Issue]) -> Self {
        Self::new(status, outcome(issues))
    }

    /// Where the record would stand, if there were anything to read, and the number of the statement.
    pub(super) fn about(mut self, location: Option<String>, etag: Option<String>) -> Self {
        (self.location, self.etag) = (location, etag);
        self
    }

    /// Says which preference was kept.
    pub(super) fn keeping(mut self, preference: Option<Preference>) -> Self {
        self.preference = preference;
        self
    }

    /// Without a body, where one is not wanted.
    pub(super) fn bare(mut self) -> Self {
        self.body = None;
        self
    }

    /// How long to wait before it may be sent again.
    pub(super) fn waits(&self) -> bool {
        self.retry_after.is_some()
    }

    /// What it tells first.
    pub(super) fn told(&self) -> String {
        let text = self.body.as_ref().and_then(|body| body.pointer("/issue/0/details/text"));
        text.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The same with another body.
    pub(super) fn with(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        let status = match refused.reason {
            Reason::NotJson | Reason::Shape | Reason::TooDeep | Reason::NotAResource | Reason::Condition => {
                StatusCode::BAD_REQUEST
            }
            Reason::TooLong { .. } | Reason::TooMany { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Reason::Method => StatusCode::METHOD_NOT_ALLOWED,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::of(status, &[Issue::refused(&refused)])
    }
}

/// What the rest of the door says as a problem, as an OperationOutcome.
impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        let status = problem.status();
        let code = match status.as_u16() {
            401 => "login",
            403 => "forbidden",
            404 => "not-found",
            405 | 406 | 415 | 501 => "not-supported",
            413 => "too-long",
            412 => "conflict",
            429 => "throttled",
            503 => "transient",
            500 => "exception",
            _ => "invalid",
        };
        let (detail, remedy, retry_after) = problem.words();
        let nothing_is_read = match status {
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_FOUND => {
                "; this server is written to and never read (law 7): GET /fhir/metadata says what there is"
            }
            _ => "",
        };
        let text = format!("{detail}{nothing_is_read}. {remedy}");
        Self { retry_after, ..Self::of(status, &[Issue::plain("error", code, text)]) }
    }
}

impl From<DoorError> for Answer {
    fn from(error: DoorError) -> Self {
        Problem::from(error).into()
    }
}

/// What the framework alone said, at an address of FHIR's.
pub(in super::super) fn of_status(problem: Problem) -> Response {
    Answer::from(problem).into_response()
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut answer = match &self.body {
            Some(body) => (self.status, body.to_string()).into_response(),
            None => self.status.into_response(),
        };
        let headers = answer.headers_mut();
        if self.body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        }
        for (name, value) in [(header::LOCATION, self.location), (header::ETAG, self.etag)] {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(preference) = self.preference {
            headers.insert("preference-applied", HeaderValue::from_static(preference.applied()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer.extensions_mut().insert(IsProblem);
        answer
    }
}

/// A fault as a handler returns it.
pub(super) struct Said(pub(super) Fault);

impl IntoResponse for Said {
    fn into_response(self) -> Response {
        (*self.0).into_response()
    }
}

impl<T: Into<Answer>> From<T> for Said {
    fn from(fault: T) -> Self {
        Self(Box::new(fault.into()))
    }
}
