//! Taking a part, whole or not at all; and giving an upload up.

use store::uploads::{self, UploadRow, UploadState};
use uuid::Uuid;

use super::{UploadError, UploadView, part_aad};
use crate::{Directory, ServiceError};

impl Directory {
    /// An upload of this source, and of no other.
    pub(super) async fn upload_row(&self, source: Uuid, upload: Uuid) -> Result<UploadRow, UploadError> {
        let row = uploads::by_id(&mut self.store.reader().await?, upload).await?;
        row.filter(|row| row.source_id == source).ok_or(UploadError::NotFound)
    }

    pub(crate) async fn take_upload_part(
        &self,
        source: Uuid,
        upload: Uuid,
        at: u64,
        part: &[u8],
    ) -> Result<UploadView, UploadError> {
        let row = self.upload_row(source, upload).await?;
        let offset = u64::try_from(row.received).unwrap_or_default();
        // A part that came twice begins before where the upload goes on: its sender learns where that is, and nothing changes.
        if at != offset || row.state != UploadState::Receiving {
            return Err(UploadError::Offset { offset });
        }
        let bytes = u64::try_from(row.bytes).unwrap_or_default();
        let end = at.saturating_add(part.len() as u64);
        if end > bytes {
            return Err(UploadError::BeyondTheEnd { bytes });
        }
        let at_least = u64::from(self.policy.uploads.least_part_bytes);
        if end < bytes && end - at < at_least {
            return Err(UploadError::PartTooSmall { at, bytes: end - at, at_least });
        }
        let length = i64::try_from(part.len()).map_err(ServiceError::internal)?;
        if length > 0 {
            let bundle = self.bundle_of_upload(upload).await?.ok_or(UploadError::NotFound)?;
            let key = bundle.key(0).ok_or_else(|| ServiceError::internal("the key of an upload is gone"))?;
            let aad = part_aad(upload, row.received);
            let sealed = vault::seal(key, aad, part, &mut self.world.chance.generator());
            let sealed = sealed.map_err(ServiceError::from)?;
            let mut tx = self.store.begin_feed().await?;
            if !uploads::receive(&mut tx, upload, row.received, length, &sealed).await? {
                tx.rollback().await?;
                let row = self.upload_row(source, upload).await?;
                return Err(UploadError::Offset { offset: u64::try_from(row.received).unwrap_or_default() });
            }
            tx.commit().await?;
        }
        self.upload_of(source, upload).await
    }

    pub(crate) async fn give_up_upload(&self, source: Uuid, upload: Uuid) -> Result<(), UploadError> {
        let row = self.upload_row(source, upload).await?;
        let content = self.open_upload(&row)?;
        // Whether the load of one that is whole has begun is not told, so it is not given up (law 7).
        let may = match row.state {
            UploadState::Receiving => true,
            UploadState::Loaded | UploadState::Refused => {
                content.ended_at.is_none_or(|ended| ended < self.told_before())
            }
            UploadState::Waiting | UploadState::Loading | UploadState::Paused | UploadState::Awaits => false,
        };
        if !may {
            return Err(UploadError::Whole);
        }
        // Its last part may have come meanwhile: then it goes on, and of a file all is loaded or nothing.
        let mut tx = self.store.begin_feed().await?;
        if !uploads::change(&mut tx, &UploadRow { state: UploadState::Refused, claimed_until: 0, ..row })
            .await?
        {
            tx.rollback().await?;
            return Err(UploadError::Whole);
        }
        tx.commit().await?;
        self.forget_upload(upload, Some(source)).await?;
        Ok(())
    }
}
