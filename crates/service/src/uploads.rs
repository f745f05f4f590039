//! Files that sources upload in parts, and what becomes of them: received, then loaded as the command loads a file, by any
//! server, in the order of each source's own numbers.
//!
//! Each part is sealed under the upload's own key as it comes, and the key is destroyed when the file is loaded, refused, given
//! up or too old (law 9). What a source is told is a function of its own file and, of how far it is, no finer and no sooner than
//! its receipts (law 7).

mod announcing;
mod forgetting;
mod reading;
mod receiving;
mod showing;
mod working;

use feeds::Refusal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::StoreError;
use store::uploads::UploadRow;
use uuid::Uuid;
use vault::Bundle;

use crate::loading::{FileKind, LoadError, Numbered};
use crate::{Directory, ServiceError};

/// What a source says of a file before it sends it: what a manifest says of one on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// What the file states.
    pub kind: FileKind,
    /// The source's own number of it, from 1.
    pub sequence: i64,
    /// How many rows it has.
    pub rows: u64,
    /// Its SHA-256, in 64 hexadecimal digits.
    pub sha256: String,
    /// The day of the file.
    pub as_of: Date,
    /// How many bytes it has.
    pub bytes: u64,
}

/// Where an upload stands, as its source sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// Parts of it are missing.
    Receiving,
    /// It is whole: it waits for its turn, or is being loaded, or has ended, which is told with the receipts.
    Loading,
    /// A person has paused the source, or it lacks a step of accreditation; the load goes on afterwards.
    Paused,
    /// It lacks more of the source's records than are ended without a person of the authority.
    AwaitsConfirmation,
    /// It is loaded; its rows have receipts.
    Loaded,
    /// It was refused, and nothing more of it is taken.
    Refused,
}

/// An upload as its source sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UploadView {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub state: UploadState,
    /// The bytes of the file.
    pub bytes: u64,
    /// The bytes that are here: where it goes on.
    pub offset: u64,
    /// The rows of the file, as it was announced.
    pub rows: u64,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// Why something was not done about an upload.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The source has no such upload, or no longer.
    #[error("this source has no such upload")]
    NotFound,
    /// The announcement breaks a rule.
    #[error("{place}: {what}")]
    Announcement {
        /// Which of its values.
        place: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// More files than the source may have on their way.
    #[error("this source has {under_way} files on their way, and {at_most} is the most")]
    TooMany {
        /// Announced, and not told yet how they ended.
        under_way: u64,
        /// The most there may be.
        at_most: u64,
    },
    /// A part that is small and not the last.
    #[error(
        "the part that begins at {at} has {bytes} bytes and does not end the file, and {at_least} is the least of such a part; \
         nothing of it was taken"
    )]
    PartTooSmall {
        /// Where it begins.
        at: u64,
        /// Its bytes.
        bytes: u64,
        /// The least there may be.
        at_least: u64,
    },
    /// More than the source may have on its way.
    #[error("this source has {under_way} bytes on their way, and {at_most} is the most")]
    TooMuch {
        /// Announced, and not told yet how it ended.
        under_way: u64,
        /// The most there may be.
        at_most: u64,
    },
    /// The part begins elsewhere than the upload goes on.
    #[error("the upload goes on at {offset}")]
    Offset {
        /// Where it goes on.
        offset: u64,
    },
    /// The part goes beyond the end that was announced.
    #[error("the file was announced with {bytes} bytes, and the part goes beyond them")]
    BeyondTheEnd {
        /// The bytes that were announced.
        bytes: u64,
    },
    /// It is whole, and how it ends is not told yet.
    #[error("the file is whole and will be loaded, and cannot be given up now")]
    Whole,
    /// Steps of accreditation are missing, or the source is paused.
    #[error(transparent)]
    MayNot(Box<crate::DoorError>),
    /// The system failed; nothing was taken.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

impl From<LoadError> for UploadError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Service(error) => Self::Service(error),
            other => Self::Service(ServiceError::internal(other)),
        }
    }
}

/// What the row of an upload holds, sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Content {
    full: bool,
    sequence: i64,
    rows: u64,
    sha256: String,
    as_of: Date,
    /// Why it was refused: code, row, byte, message.
    refused: Option<(String, Option<u64>, Option<u64>, String)>,
    /// When it ended, in microseconds UTC: told at the next moment of the receipts' schedule.
    ended_at: Option<i64>,
}

impl Content {
    fn numbered(&self) -> Numbered {
        let kind = if self.full { FileKind::Full } else { FileKind::Delta };
        Numbered { kind, sequence: self.sequence, as_of: self.as_of }
    }
}

impl Directory {
    fn open_upload(&self, row: &UploadRow) -> Result<Content, ServiceError> {
        let plain = self.keys.open_for_source(row.upload_id, &row.sealed)?;
        serde_json::from_slice(&plain).map_err(ServiceError::internal)
    }

    fn seal_upload(&self, upload: Uuid, content: &Content) -> Result<Vec<u8>, ServiceError> {
        let plain = serde_json::to_vec(content).map_err(ServiceError::internal)?;
        self.keys.seal_for_source(upload, &plain, &mut self.world.chance.generator())
    }

    /// The key of an upload's parts; none once it is destroyed.
    async fn bundle_of_upload(&self, upload: Uuid) -> Result<Option<Bundle>, ServiceError> {
        match self.wrapped_bundles(&[upload]).await?.get(&upload) {
            Some((generation, bytes)) => Ok(Some(self.keys.unwrap(upload, *generation, bytes)?)),
            None => Ok(None),
        }
    }
}

/// A part is bound to its upload and its place, so that none can stand for another.
fn part_aad(upload: Uuid, at: i64) -> vault::Aad<'static> {
    vault::Aad::new(upload, 0).with_version(at)
}
