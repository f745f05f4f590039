//! Loading what was uploaded: of each source one file at a time, in the order of its own numbers, claimed for a short while and claimed anew while it goes on, so
//! that a server that is gone is taken over from. The run of the file knows how far it is: nothing is loaded twice and nothing
//! left out. Files of several sources are loaded beside each other and take turns group by group, so that a source that is slow,
//! large or held to a rate keeps no other waiting.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use feeds::{FileSnapshot, Refusal};
use jiff::{SignedDuration, Timestamp};
use store::uploads::{self, UploadRow, UploadState};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Content;
use super::reading::Parts;
use crate::loading::{FileEnding, FileFailure, FileLoad, Following, LoadError, Promise};
use crate::{Directory, ErrorKind, ServiceError};

/// A claim holds so long, and is renewed well within it.
const CLAIM: SignedDuration = SignedDuration::from_secs(120);
const RENEWED_EVERY: Duration = Duration::from_secs(30);

/// A paused source, a decision of a person and a failure are asked about again after so long.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// So many are loaded beside each other by one server: each keeps a part and some rows in memory.
const BESIDE_EACH_OTHER: usize = 16;

/// How often it is looked for a file that waits.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// An upload that this server alone works on.
struct Claimed {
    row: UploadRow,
    content: Content,
}

impl Directory {
    /// Loads what sources upload until `stopped` is ready. Then each file stops between two of its groups, and is gone on with by
    /// whichever server looks next.
    pub async fn load_uploads(self: &Arc<Self>, stopped: impl Future<Output = ()>) {
        let mut stopped = pin!(stopped);
        let mut loading = JoinSet::new();
        loop {
            while loading.len() < BESIDE_EACH_OTHER {
                match self.claim_an_upload().await {
                    Ok(Some(claimed)) => {
                        let directory = Arc::clone(self);
                        loading.spawn(async move { directory.load_and_end(claimed).await });
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!(%error, "it could not be looked for uploads; trying again");
                        break;
                    }
                }
            }
            tokio::select! {
                biased;
                () = &mut stopped => break,
                Some(ended) = loading.join_next() => {
                    if let Err(error) = ended.map_err(ServiceError::internal).flatten() {
                        tracing::error!(%error, "an upload was not loaded; trying again");
                    }
                }
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        loading.shutdown().await;
    }

    /// Loads the upload that waits longest, if one waits; whether there was one.
    ///
    /// # Errors
    ///
    /// The system's; what was taken stands, and the next round goes on.
    pub async fn load_an_upload(self: &Arc<Self>) -> Result<bool, ServiceError> {
        match self.claim_an_upload().await? {
            Some(claimed) => self.load_and_end(claimed).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Claims the upload that waits longest, of those on which nobody works. Of a source it is the one with the lowest number: one
    /// that is whole waits for those before it that are still coming, no longer than they are kept (rule 10.7).
    async fn claim_an_upload(&self) -> Result<Option<Claimed>, ServiceError> {
        loop {
            let now = self.world.now();
            let too_old = self.forgotten_before()?;
            let due = uploads::due(&mut self.store.reader().await?, now.as_microsecond(), too_old).await?;
            let Some(row) = due else { return Ok(None) };
            let content = self.open_upload(&row)?;
            if row.state == UploadState::Awaits && self.is_undecided(&row, &content).await? {
                self.stand(&row, UploadState::Awaits, &content, now + ASKED_AGAIN).await?;
                continue;
            }
            // Where another server was quicker the next one is looked for.
            if let Some(row) = self.stand(&row, UploadState::Loading, &content, now + CLAIM).await? {
                return Ok(Some(Claimed { row, content }));
            }
        }
    }

    async fn load_and_end(self: &Arc<Self>, Claimed { row, content }: Claimed) -> Result<(), ServiceError> {
        let mut renewing = self.renew(row.upload_id);
        let loaded = self.load_claimed(&row, content.clone()).await;
        // Once it is over, nobody changes the row but this; the claim was renewed meanwhile.
        renewing.shutdown().await;
        let row = uploads::by_id(&mut self.store.reader().await?, row.upload_id).await?;
        let Some(row) = row else { return Ok(()) };
        match loaded {
            Ok((state, content)) => self.upload_ended(&row, state, content).await,
            Err(error) => {
                self.stand(&row, UploadState::Loading, &content, self.world.now() + ASKED_AGAIN).await?;
                Err(error)
            }
        }
    }

    async fn load_claimed(
        self: &Arc<Self>,
        row: &UploadRow,
        mut content: Content,
    ) -> Result<(UploadState, Content), ServiceError> {
        let upload = row.upload_id;
        let source = self.source_name(row.source_id).await?;
        let Some(bundle) = self.bundle_of_upload(upload).await? else {
            content.refused = Some(refusal("M02", "the upload is no longer kept; send the file again"));
            return Ok((UploadState::Refused, content));
        };
        let offsets = uploads::parts(&mut self.store.reader().await?, upload).await?;
        let bytes = Parts {
            directory: Arc::clone(self),
            upload,
            bundle: Arc::new(bundle),
            offsets: offsets.into(),
            length: u64::try_from(row.bytes).unwrap_or_default(),
            runtime: Handle::current(),
        };
        let how = FileLoad {
            name: format!("upload {upload}"),
            snapshot: Some(FileSnapshot::new(u64::try_from(row.bytes).unwrap_or_default())),
            promise: Some(Promise {
                numbered: content.numbered(),
                rows: content.rows,
                sha256: content.sha256.clone(),
                said_in: "its announcement".to_owned(),
            }),
            ..FileLoad::default()
        };
        let loaded = match self.load_file(&source, bytes, &how, &mut Nobody).await {
            Ok(loaded) => loaded,
            Err(
                FileFailure::NotBegun(LoadError::Lacks { .. })
                | FileFailure::NotEnded { error: LoadError::Lacks { .. }, .. },
            ) => return Ok((UploadState::Paused, content)),
            Err(FileFailure::NotBegun(LoadError::Service(error)))
            | Err(FileFailure::NotEnded { error: LoadError::Service(error), .. }) => return Err(error),
            Err(other) => return Err(ServiceError::new(ErrorKind::Unavailable, other.to_string())),
        };
        if let Some(Refusal { code, row, byte, message }) = loaded.summary.refused {
            content.refused = Some((code.to_owned(), row, byte, message));
            return Ok((UploadState::Refused, content));
        }
        Ok(match loaded.ending {
            FileEnding::Done { .. } => (UploadState::Loaded, content),
            FileEnding::Paused(_) => (self.state_of_paused(row.source_id).await?, content),
            // How many records it lacks is not told: that counts what is held (law 7). The authority sees it under "Sources".
            FileEnding::Waits(_) => (UploadState::Awaits, content),
        })
    }

    /// Writes what became of an upload; of one that needs its parts no more, their key goes first.
    async fn upload_ended(
        &self,
        row: &UploadRow,
        state: UploadState,
        mut content: Content,
    ) -> Result<(), ServiceError> {
        let now = self.world.now();
        content.ended_at = match state {
            UploadState::Loaded | UploadState::Awaits | UploadState::Refused => Some(now.as_microsecond()),
            _ => None,
        };
        if !matches!(state, UploadState::Loaded | UploadState::Refused) {
            self.stand(row, state, &content, now + ASKED_AGAIN).await?;
            return Ok(());
        }
        if self.stand(row, state, &content, now).await?.is_none() {
            // Another server took over; it ends it.
            return Ok(());
        }
        self.destroy_parts_key(row.upload_id).await?;
        let mut tx = self.store.begin_feed().await?;
        uploads::remove_parts(&mut tx, row.upload_id).await?;
        Ok(tx.commit().await?)
    }

    /// Where an upload stands whose source is paused: where its source is not told of that, it is still being loaded (law 7).
    async fn state_of_paused(&self, source: Uuid) -> Result<UploadState, ServiceError> {
        let told = self.is_told_to_pause(&mut self.store.reader().await?, source).await?;
        Ok(if told { UploadState::Paused } else { UploadState::Loading })
    }

    /// Writes where an upload stands and until when it is left alone; none when somebody was quicker.
    async fn stand(
        &self,
        row: &UploadRow,
        state: UploadState,
        content: &Content,
        until: Timestamp,
    ) -> Result<Option<UploadRow>, ServiceError> {
        let sealed = self.seal_upload(row.upload_id, content)?;
        let new = UploadRow { state, claimed_until: until.as_microsecond(), sealed, ..row.clone() };
        let mut tx = self.store.begin_feed().await?;
        let stands = uploads::change(&mut tx, &new).await?;
        tx.commit().await?;
        Ok(stands.then_some(UploadRow { version: row.version + 1, ..new }))
    }

    /// Renews the claim on an upload until what this gives is dropped.
    fn renew(self: &Arc<Self>, upload: Uuid) -> JoinSet<()> {
        let directory = Arc::clone(self);
        let mut renewing = JoinSet::new();
        renewing.spawn(async move {
            loop {
                tokio::time::sleep(RENEWED_EVERY).await;
                if let Err(error) = directory.renew_once(upload).await {
                    tracing::warn!(%error, "the claim on an upload was not renewed; trying again");
                }
            }
        });
        renewing
    }

    async fn renew_once(&self, upload: Uuid) -> Result<(), ServiceError> {
        let row = uploads::by_id(&mut self.store.reader().await?, upload).await?;
        let Some(row) = row.filter(|row| row.state == UploadState::Loading) else { return Ok(()) };
        let content = self.open_upload(&row)?;
        self.stand(&row, UploadState::Loading, &content, self.world.now() + CLAIM).await.map(drop)
    }

    /// Whether nobody has decided yet about the records that a full file lacks.
    async fn is_undecided(&self, row: &UploadRow, content: &Content) -> Result<bool, ServiceError> {
        let waiting = store::absences::of_source(
            &mut self.store.reader().await?,
            row.source_id,
            store::absences::AbsenceState::Waiting,
        )
        .await?;
        let run = self.run_of_upload(row, content).await?;
        Ok(waiting.iter().any(|absence| Some(absence.run_id) == run.as_ref().map(|run| run.run_id)))
    }

    async fn source_name(&self, source: Uuid) -> Result<String, ServiceError> {
        let known = store::sources::all(&mut self.store.reader().await?).await?;
        let row = known.into_iter().find(|row| row.source_id == source);
        row.map(|row| row.name).ok_or_else(|| ServiceError::internal("an upload's source is not there"))
    }
}

fn refusal(code: &str, message: &str) -> (String, Option<u64>, Option<u64>, String) {
    (code.to_owned(), None, None, message.to_owned())
}

/// How far a file is stands in its run.
struct Nobody;

impl Following for Nobody {
    fn begins(&mut self, _rows: u64) {}
    fn taken(&mut self, _rows: usize) {}
}
