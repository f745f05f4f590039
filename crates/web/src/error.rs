//! The one error type of the web edge: it decides what a person is told and what only the log learns.

use axum::Extension;
use axum::response::{IntoResponse, Redirect, Response};
use directory::access::DangerousAct;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use service::{ErrorKind, ReasonError, ServiceError, StepUpFirst};

/// Everything that keeps a page from being shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WebError {
    /// Nobody is signed in: the sign-in page comes first.
    #[error("nobody is signed in")]
    SignInFirst {
        /// Whether a session has run out, which the page then says.
        ran_out: bool,
    },
    /// No reason was stated yet: the reason page comes first (law 6).
    #[error("no reason was stated")]
    ReasonFirst,
    /// The person must prove afresh who they are before this act.
    #[error("a fresh proof is needed")]
    StepUpFirst(DangerousAct),
    /// There is no such page, or no such record: the answer is the same.
    #[error("there is nothing at this address")]
    NotFound,
    /// The person's roles do not allow it.
    #[error("this account may not do this")]
    Forbidden,
    /// The form's token is not the session's: an old page, or another site's form.
    #[error("the form does not belong to this session")]
    FormTooOld,
    /// The request was sent by another site's page.
    #[error("the request came from another site")]
    ForeignRequest,
    /// The `Host` header names a service we are not.
    #[error("this service does not answer to that host name")]
    UnknownHost,
    /// The page exists, but not for this method.
    #[error("this page cannot be asked for in this way")]
    MethodNotAllowed,
    /// The request's body is larger than any form of ours.
    #[error("the request is too large")]
    TooLarge,
    /// The form holds a field it must not have, or one twice (law 1).
    #[error("the form holds a field that is not known or not wanted twice")]
    UnknownField(String),
    /// The body cannot be read as a form.
    #[error("the request cannot be read")]
    Unreadable,
    /// Too many failed attempts to sign in.
    #[error("too many attempts")]
    LockedOut {
        /// When the next attempt will be looked at.
        until: Timestamp,
        /// How many whole minutes from now that is, at least 1.
        minutes: i64,
    },
    /// The request took longer than a person waits.
    #[error("the request took too long")]
    TimedOut,
    /// A page could not be written, or a handler stopped: a defect of ours.
    #[error("a page failed")]
    Defect,
    /// The service failed; it has logged why, under its reference.
    #[error("the service failed")]
    Service {
        /// What kind of failure.
        kind: ErrorKind,
        /// The reference it was logged under.
        reference: String,
    },
}

impl WebError {
    /// Too many attempts, as of now. Rounded up, so that "wait 1 minute" is never too short.
    pub(crate) fn locked_out(until: Timestamp, now: Timestamp) -> Self {
        let seconds = until.as_second() - now.as_second();
        Self::LockedOut { until, minutes: seconds.div_euclid(60) + 1 }
    }

    /// The status the answer carries.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignInFirst { .. } | Self::ReasonFirst | Self::StepUpFirst(_) => StatusCode::SEE_OTHER,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::FormTooOld | Self::ForeignRequest => StatusCode::FORBIDDEN,
            Self::UnknownHost => StatusCode::MISDIRECTED_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnknownField(_) | Self::Unreadable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::LockedOut { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
            Self::Defect => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Service { kind, .. } => match kind {
                ErrorKind::Busy | ErrorKind::Unavailable | ErrorKind::AuditUnavailable => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    /// The error a bare status of the framework stands for.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => Self::TimedOut,
            other if other.is_client_error() => Self::Unreadable,
            _ => Self::Defect,
        }
    }

    /// The page's heading and what it advises.
    pub(crate) fn words(&self) -> (&'static str, Vec<String>) {
        let say = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect();
        match self {
            Self::SignInFirst { .. } | Self::ReasonFirst | Self::StepUpFirst(_) | Self::NotFound => (
                "Page not found",
                say(&[
                    "If you typed the address, check it is correct.",
                    "A record opens from a list of results only. If you came from an old page, search again.",
                ]),
            ),
            Self::Forbidden => (
                "You cannot use this page",
                say(&[
                    "Your account does not have the role this page needs. Ask your user manager if your work needs it.",
                ]),
            ),
            Self::FormTooOld => (
                "This page is out of date",
                say(&[
                    "Nothing was done. The page was opened before you last signed in or out.",
                    "Go to the start and try again.",
                ]),
            ),
            Self::ForeignRequest => (
                "This request came from another site",
                say(&["Nothing was done. Go to the start and use the pages of this service only."]),
            ),
            Self::UnknownHost => (
                "This address is not this service",
                say(&["Use the address your organisation gave you for this service."]),
            ),
            Self::MethodNotAllowed => (
                "This page cannot be opened like this",
                say(&["Go to the start and use the buttons on the pages."]),
            ),
            Self::TooLarge => (
                "You sent too much",
                say(&["What was sent is larger than any form of this service. Go back and send less."]),
            ),
            Self::UnknownField(field) => (
                "The form cannot be accepted",
                vec![format!("It holds a field this page does not take: {field}.")],
            ),
            Self::Unreadable => (
                "The form cannot be read",
                say(&["Nothing was done. Go to the start and fill in the form again."]),
            ),
            Self::LockedOut { minutes, .. } => (
                "Too many attempts to sign in",
                vec![
                    format!(
                        "Wait {minutes} minute{} before you try again. Each further failure makes the wait longer.",
                        if *minutes == 1 { "" } else { "s" }
                    ),
                    "If it was not you who tried, tell your user manager.".to_owned(),
                ],
            ),
            Self::TimedOut => (
                "The service is busy",
                say(&["It took too long to answer, and nothing was shown. Try again in a minute."]),
            ),
            Self::Service { kind, .. } => match kind {
                ErrorKind::Busy | ErrorKind::Unavailable => (
                    "The service is busy",
                    say(&["It could not answer, and nothing was shown or changed. Try again in a minute."]),
                ),
                ErrorKind::AuditUnavailable => (
                    "Nothing can be shown at the moment",
                    say(&[
                        "Every look at a record is written down first, and that is not possible just now.",
                        "Try again in a few minutes. If it is urgent, use your organisation’s other contact routes.",
                    ]),
                ),
                ErrorKind::Internal => {
                    ("Sorry, there is a problem with the service", say(&["Try again later."]))
                }
            },
            Self::Defect => ("Sorry, there is a problem with the service", say(&["Try again later."])),
        }
    }
}

impl From<ServiceError> for WebError {
    fn from(fault: ServiceError) -> Self {
        Self::Service { kind: fault.kind(), reference: fault.reference().to_owned() }
    }
}

impl From<ReasonError> for WebError {
    fn from(error: ReasonError) -> Self {
        match error {
            ReasonError::NotOfOnesWork => Self::Forbidden,
            ReasonError::Service(fault) => fault.into(),
        }
    }
}

impl From<StepUpFirst> for WebError {
    fn from(StepUpFirst(act): StepUpFirst) -> Self {
        Self::StepUpFirst(act)
    }
}

impl IntoResponse for WebError {
    /// A redirect, or a bare status that the error-page layer turns into a page.
    fn into_response(self) -> Response {
        match self {
            Self::SignInFirst { ran_out: false } => Redirect::to("/sign-in").into_response(),
            Self::SignInFirst { ran_out: true } => Redirect::to("/sign-in?ended=1").into_response(),
            Self::ReasonFirst => Redirect::to("/reason").into_response(),
            // `authorise` sees it in passing, and says where to go on to afterwards.
            Self::StepUpFirst(act) => {
                (Extension(Self::StepUpFirst(act)), Redirect::to("/step-up")).into_response()
            }
            error => {
                let mut answer = error.status().into_response();
                if answer.status() == StatusCode::SERVICE_UNAVAILABLE {
                    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
                }
                answer.extensions_mut().insert(error);
                answer
            }
        }
    }
}
