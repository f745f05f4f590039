//! Uploads are kept for a time and no longer (law 9): first the key of their parts goes, then the parts.

use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use store::{answered_once, key_store, uploads};
use uuid::Uuid;

use crate::{Directory, ServiceError};

/// How many uploads are looked at together.
const AT_MOST: i64 = 10;

impl Directory {
    /// Forgets uploads and answers whose time is over: a few of them, a round.
    pub(crate) async fn forget_old_uploads(&self) -> Result<(), ServiceError> {
        let (now, before) = (self.world.now().as_microsecond(), self.forgotten_before()?);
        let old = uploads::begun_before(&mut self.store.reader().await?, before, now, AT_MOST).await?;
        for upload in old {
            self.forget_upload(upload, None).await?;
        }
        let mut tx = self.store.begin().await?;
        answered_once::forget(&mut tx, now).await?;
        Ok(tx.commit().await?)
    }

    /// An upload that was announced before this instant (microseconds UTC) is too old to go on or to be told of.
    pub(super) fn forgotten_before(&self) -> Result<i64, ServiceError> {
        let days = i64::from(self.policy.uploads.keep_days).days();
        let day = self.today().saturating_sub(days).to_zoned(TimeZone::UTC);
        Ok(day.map_err(ServiceError::internal)?.timestamp().as_microsecond())
    }

    /// Destroys an upload's key and removes it; `given_up_by` is the source that wanted so.
    pub(super) async fn forget_upload(
        &self,
        upload: Uuid,
        given_up_by: Option<Uuid>,
    ) -> Result<(), ServiceError> {
        self.destroy_parts_key(upload).await?;
        let mut tx = self.store.begin_feed().await?;
        uploads::remove_parts(&mut tx, upload).await?;
        uploads::remove(&mut tx, upload).await?;
        if let Some(source) = given_up_by {
            self.write_event(&mut tx, crate::feeding::changed("upload_given_up", source)).await?;
        }
        Ok(tx.commit().await?)
    }

    /// From here on nothing of the parts can be read, here or in a backup past its horizon.
    pub(super) async fn destroy_parts_key(&self, upload: Uuid) -> Result<(), ServiceError> {
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::destroy_bundles(&mut keys, &[upload]).await?;
        keys.commit().await?;
        self.scrub_keys().await
    }
}
