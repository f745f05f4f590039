//! A source's uploads, by the door.

use uuid::Uuid;

use super::{ConnectedSource, SourceDoor};
use crate::uploads::{Announcement, UploadError, UploadView};

impl SourceDoor {
    /// Announces a file that comes in parts.
    ///
    /// # Errors
    ///
    /// [`UploadError`]; nothing was taken.
    pub async fn announce(
        &self,
        source: &ConnectedSource,
        announced: &Announcement,
    ) -> Result<UploadView, UploadError> {
        self.directory.announce_upload(source.id, announced).await
    }

    /// Takes a part of it, whole or not at all: when this returns, the part is durable.
    ///
    /// # Errors
    ///
    /// [`UploadError`]; nothing was taken.
    pub async fn take_part(
        &self,
        source: &ConnectedSource,
        upload: Uuid,
        at: u64,
        part: &[u8],
    ) -> Result<UploadView, UploadError> {
        self.directory.take_upload_part(source.id, upload, at, part).await
    }

    /// Where an upload stands.
    ///
    /// # Errors
    ///
    /// [`UploadError::NotFound`], or the system's.
    pub async fn upload(&self, source: &ConnectedSource, upload: Uuid) -> Result<UploadView, UploadError> {
        self.directory.upload_of(source.id, upload).await
    }

    /// Gives an upload up that is not being loaded: nothing is kept of it.
    ///
    /// # Errors
    ///
    /// [`UploadError`].
    pub async fn give_up(&self, source: &ConnectedSource, upload: Uuid) -> Result<(), UploadError> {
        self.directory.give_up_upload(source.id, upload).await
    }
}
