//! The one door of source systems that connect over a network (law 7): a source says things, and reads what became of its own
//! rows. Nothing behind this door answers about a child, and whoever holds it can reach nothing else.

mod answering_once;
mod foretelling;
mod tokens;
mod uploading;

use std::collections::BTreeMap;
use std::sync::Arc;

use directory::connecting::{CredentialKind, Missing, WayIn};
use feeds::{Profile, Said};
use jiff::civil::Date;
use uuid::Uuid;

use crate::feeding::{ReceiptCursor, ReceiptFault, ReceiptPage, Reconciliation};
use crate::inbox;
use crate::loading::LoadError;
use crate::{Directory, ServiceError};

pub(crate) use self::answering_once::Once;
pub use self::answering_once::Repeatable;
pub use self::tokens::TOKEN_SECONDS;

/// What systems are let in by.
#[derive(Clone)]
pub struct SourceDoor {
    directory: Arc<Directory>,
}

/// A source that proved at this connection which it is.
#[derive(Debug, Clone)]
pub struct ConnectedSource {
    id: Uuid,
    name: String,
    profile: &'static Profile,
}

impl ConnectedSource {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns it may send.
    #[must_use]
    pub fn profile(&self) -> &'static Profile {
        self.profile
    }
}

/// What a source is answered at once, when what it said is durable: a function of its own words alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The day under which its receipt stands.
    pub day: Date,
    /// Its number among what the source said by messages that day, from 1; the row of its receipt.
    pub number: u64,
    /// Which rules it breaks; with any, it was put aside.
    pub faults: Vec<ReceiptFault>,
}

/// Why nothing was taken.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The source is paused (rule 10.8).
    #[error("this source is paused, and nothing was taken: keep what you have and send it again later")]
    Paused,
    /// Steps of accreditation are missing (rules 10.6, 11.1).
    #[error("this source may not feed by this way yet, and nothing was taken: {}", in_words(.0))]
    Lacks(Vec<Missing>),
    /// The source has said as much today as it may.
    #[error(
        "a source may say {a_day} things by messages in a day, and nothing more was taken: send it again after midnight UTC, or as \
         a file"
    )]
    Full {
        /// How much it may say in a day.
        a_day: usize,
        /// The seconds until the next day.
        seconds: u32,
    },
    /// More than one delivery may hold.
    #[error("one delivery holds at most {at_most} statements; send it in parts")]
    TooMany {
        /// The most there may be.
        at_most: usize,
    },
    /// The key that the client chose for this request stands for another one.
    #[error("this Idempotency-Key stands for another request of the last day")]
    AnotherRequest,
    /// The system failed; nothing was taken.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

fn in_words(missing: &[Missing]) -> String {
    missing.iter().map(|step| step.words()).collect::<Vec<_>>().join("; ")
}

impl SourceDoor {
    /// The door of a directory.
    #[must_use]
    pub fn of(directory: Arc<Directory>) -> Self {
        Self { directory }
    }

    /// The source that proves itself by this credential, when it is confirmed and stands. Asked at every connection.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn connect(
        &self,
        kind: CredentialKind,
        sha256: &[u8; 32],
    ) -> Result<Option<ConnectedSource>, ServiceError> {
        let Some(row) = self.directory.source_row_of_credential(kind, sha256).await? else {
            return Ok(None);
        };
        let profile = Profile::named(&row.profile)
            .ok_or_else(|| ServiceError::internal("a source has a profile that there is not"))?;
        Ok(Some(ConnectedSource { id: row.source_id, name: row.name, profile }))
    }

    /// Takes what a source says, all or nothing. When this returns, it is durable; it is worked through afterwards, so that
    /// neither the answer nor its time depends on what it meets.
    ///
    /// # Errors
    ///
    /// See [`DoorError`]; nothing was taken.
    pub async fn deliver(
        &self,
        source: &ConnectedSource,
        way: WayIn,
        said: Vec<Said>,
    ) -> Result<Vec<Taken>, DoorError> {
        self.deliver_and_count(source, way, said, BTreeMap::new()).await
    }

    /// As [`SourceDoor::deliver`], with what came beside it and was discarded unread: how often, by its published name. The source
    /// finds the counts in the sums of the day; where nothing was said beside them, there is one number for all of it.
    ///
    /// # Errors
    ///
    /// See [`DoorError`]; nothing was taken.
    pub async fn deliver_and_count(
        &self,
        source: &ConnectedSource,
        way: WayIn,
        said: Vec<Said>,
        discarded: BTreeMap<String, u64>,
    ) -> Result<Vec<Taken>, DoorError> {
        inbox::take(&self.directory, source.id, way, &said, discarded, None).await
    }

    /// At most `limit` receipts of a source after a cursor.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn receipts(
        &self,
        source: &ConnectedSource,
        after: ReceiptCursor,
        limit: usize,
    ) -> Result<ReceiptPage, LoadError> {
        self.directory.receipts(&source.name, after, limit).await
    }

    /// The sums of a day.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn reconciliation(
        &self,
        source: &ConnectedSource,
        day: Date,
    ) -> Result<Reconciliation, LoadError> {
        self.directory.reconciliation(&source.name, day).await
    }
}
