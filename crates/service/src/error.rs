//! What a use case says when the system, not the person, is at fault.

use std::sync::atomic::{AtomicU64, Ordering};

use store::StoreError;

/// What kind of fault it was; the detail is logged once, inside, under the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The database is locked or overloaded: trying again helps.
    Busy,
    /// The database cannot be reached, or its disk is full.
    Unavailable,
    /// The audit entry could not be made durable, so nothing was shown (law 6).
    AuditUnavailable,
    /// A defect: stored data or our own code is wrong.
    Internal,
}

/// A fault of the system. It never carries personal data.
#[derive(Debug, thiserror::Error)]
#[error("{what} (error reference {reference})")]
pub struct ServiceError {
    kind: ErrorKind,
    what: String,
    reference: String,
}

/// Where the next reference is taken from; [`number_references_from`] sets a random start, so that two runs differ.
static NEXT_REFERENCE: AtomicU64 = AtomicU64::new(1);

pub(crate) fn number_references_from(start: u64) {
    NEXT_REFERENCE.store(start >> 24, Ordering::Relaxed);
}

impl ServiceError {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        let number = NEXT_REFERENCE.fetch_add(1, Ordering::Relaxed);
        let error = Self { kind, what: what.into(), reference: format!("{number:010X}") };
        tracing::error!(reference = error.reference, kind = ?error.kind, what = error.what, "a use case failed");
        error
    }

    /// A defect: something stored or computed is not as it must be. `what` says which, without personal data.
    pub(crate) fn internal(what: impl std::fmt::Display) -> Self {
        Self::new(ErrorKind::Internal, what.to_string())
    }

    /// The same fault, told as "the audit entry could not be written".
    pub(crate) fn while_auditing(self) -> Self {
        Self { kind: ErrorKind::AuditUnavailable, ..self }
    }

    /// What kind of fault it was.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// A short reference a person can read out to a helpdesk; the log has the same.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::Busy(_) => ErrorKind::Busy,
            StoreError::DiskFull(_) | StoreError::Gone(_) | StoreError::Forbidden(_) => {
                ErrorKind::Unavailable
            }
            _ => ErrorKind::Internal,
        };
        let cause =
            std::error::Error::source(&error).map_or_else(String::new, |source| format!(": {source}"));
        Self::new(kind, format!("{error}{cause}"))
    }
}

macro_rules! internal {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for ServiceError {
            fn from(error: $error) -> Self {
                Self::internal(error)
            }
        })+
    };
}

// None of these can name a value: they speak of keys, owners and slots.
internal!(
    vault::SealError,
    vault::OpenError,
    vault::PartsError,
    vault::BundleError,
    vault::UnwrapError,
    vault::RingError,
);
