//! Announcing a file: what it is, within the bounds, from a source that may feed.

use directory::connecting::WayIn;
use rand::RngExt as _;
use store::key_store;
use store::sources;
use store::uploads::{self, UnderWay, UploadRow, UploadState};
use uuid::Uuid;
use vault::Bundle;

use super::{Announcement, Content, UploadError, UploadView};
use crate::loading::FileKind;
use crate::source_door::DoorError;
use crate::{Directory, ServiceError};

impl Directory {
    pub(crate) async fn announce_upload(
        &self,
        source: Uuid,
        announced: &Announcement,
    ) -> Result<UploadView, UploadError> {
        let (policy, rng) = (&self.policy.uploads, &mut self.world.chance.generator());
        let wrong = |place, what: String| Err(UploadError::Announcement { place, what });
        let digits =
            announced.sha256.len() == 64 && announced.sha256.bytes().all(|it| it.is_ascii_hexdigit());
        if !digits {
            return wrong("sha256", "the SHA-256 of the file is 64 hexadecimal digits".to_owned());
        }
        if announced.sequence < 1 {
            return wrong("sequence", "files are numbered from 1".to_owned());
        }
        if self.has_not_come(announced.as_of) {
            return wrong(
                "as_of",
                "this day has not come; say the day on which the file was made".to_owned(),
            );
        }
        if announced.bytes == 0 || announced.bytes > policy.most_bytes {
            return wrong(
                "bytes",
                format!("a file has 1 to {} bytes; send more as several deltas", policy.most_bytes),
            );
        }
        let bytes = i64::try_from(announced.bytes).map_err(ServiceError::internal)?;
        let mut conn = self.store.reader().await?;
        let row = sources::all(&mut conn).await?.into_iter().find(|row| row.source_id == source);
        let row = row.ok_or(UploadError::NotFound)?;
        if self.is_told_to_pause(&mut conn, source).await? {
            return Err(UploadError::MayNot(Box::new(DoorError::Paused)));
        }
        let missing = self.lacks(&mut conn, &row, WayIn::Files).await?;
        if !missing.is_empty() {
            return Err(UploadError::MayNot(Box::new(DoorError::Lacks(missing))));
        }
        // Asked once without a lock, so that what is refused leaves no key behind.
        let within = |UnderWay { files, bytes }: UnderWay| {
            let (files, bytes) =
                (u64::try_from(files).unwrap_or_default(), u64::try_from(bytes).unwrap_or_default());
            let (most_files, most_bytes) =
                (u64::from(policy.most_files_of_a_source), policy.most_bytes_of_a_source);
            if files >= most_files {
                return Err(UploadError::TooMany { under_way: files, at_most: most_files });
            }
            match bytes.saturating_add(announced.bytes) > most_bytes {
                true => Err(UploadError::TooMuch { under_way: bytes, at_most: most_bytes }),
                false => Ok(()),
            }
        };
        // One that has ended counts until its source is told so: when there is room again says nothing more (law 7).
        let told_before = self.told_before();
        within(uploads::under_way(&mut conn, source, told_before).await?)?;
        drop(conn);
        let upload = vault::uuid_v4(rng.random());
        let content = Content {
            full: announced.kind == FileKind::Full,
            sequence: announced.sequence,
            rows: announced.rows,
            sha256: announced.sha256.to_ascii_lowercase(),
            as_of: announced.as_of,
            refused: None,
            ended_at: None,
        };
        let new = UploadRow {
            upload_id: upload,
            source_id: source,
            sequence: announced.sequence,
            state: UploadState::Receiving,
            bytes,
            received: 0,
            begun_at: self.world.now().as_microsecond(),
            claimed_until: 0,
            version: 1,
            sealed: self.seal_upload(upload, &content)?,
        };
        // Keys before the rows that need them (decision 2).
        let bundle = Bundle::with_identity_slot(rng);
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(upload, &bundle, rng)?]).await?;
        keys.commit().await?;
        let mut tx = self.store.begin_feed().await?;
        // Under the source's row, so that two announcements at once do not pass the bound together.
        self.take_source(&mut tx, source).await?;
        if let Err(too_much) = within(uploads::under_way(&mut tx, source, told_before).await?) {
            tx.rollback().await?;
            self.destroy_parts_key(upload).await?;
            return Err(too_much);
        }
        uploads::insert(&mut tx, &new).await?;
        self.write_event(&mut tx, crate::feeding::changed("upload_announced", source)).await?;
        tx.commit().await?;
        Ok(self.view_of_upload(&new, &content))
    }

    /// Whoever counts a source's uploads waits for this lock.
    async fn take_source(&self, tx: &mut store::Tx, source: Uuid) -> Result<(), ServiceError> {
        let mut key = source.into_bytes();
        for (byte, mark) in key.iter_mut().zip(*b"uploads.........") {
            *byte ^= mark;
        }
        Ok(store::locks::lock_keys(tx, &[store::Key16(key)]).await?)
    }
}
