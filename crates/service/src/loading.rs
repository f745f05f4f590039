//! Loading: rows of a source become source records, linked or new or for review, a group at a time.
//!
//! A group is scored without locks, its keys are written, then everything else in one transaction, while the next group
//! is scored. Killing the process at any moment loses nothing that was acknowledged, and loading the same file again ends
//! in the same state.

mod commit;
mod counts;
mod decide;
mod effects;
mod group;
mod loader;
mod neighbours;
mod placed;
mod score;
mod wholes;
mod withdrawals;
mod write;

use std::collections::HashMap;
use std::sync::Arc;

use audit::{Action, Detail};
use store::runs::{RunCounts, RunKind, RunRow, RunState};
use store::sources::{SourceRow, SourceState};
use store::{Key16, StoreError, key_store, runs, sources};
use uuid::Uuid;
use vault::Bundle;

use self::counts::{count, counts_of, load_detail, run_counts};
use self::score::{Group, keys_to_lock};
use crate::trail::Event;
use crate::{Directory, ServiceError};

pub use self::counts::Counts;
pub use self::loader::Loader;
pub(crate) use self::write::{EVIDENCE_BLOCK, link_aad};

/// How many rows make a group: large enough to share its commits, small enough that a practitioner's write beside it
/// never waits long.
pub const GROUP: usize = 250;

/// Another writer came between scoring and writing this often: then the group is scored under the locks.
const TRIES: usize = 4;

/// Why a load could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No such source.
    #[error("there is no source named {name}; the configuration declares: {known}")]
    UnknownSource {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The source is paused (rule 10.8).
    #[error("the source {name} is paused; resume it before loading")]
    Paused {
        /// The source.
        name: String,
    },
    /// The source's organisation is not accredited to feed (rules 10.6, 11.2).
    #[error("the organisation of the source {name} is not accredited to feed data; nothing was loaded")]
    NotAccredited {
        /// The source.
        name: String,
    },
    /// The system failed. What was committed stands; load the same file again.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl LoadError {
    pub(crate) fn unknown(name: &str, known: &[SourceRow]) -> Self {
        let names: Vec<&str> = known.iter().map(|row| row.name.as_str()).collect();
        Self::UnknownSource { name: name.to_owned(), known: names.join(", ") }
    }
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// One run of a file, begun by [`Directory::begin_load`].
pub struct LoadRun {
    job: Arc<Job>,
    counts: Counts,
    /// What the run's row says: a pass over rows that an interrupted pass had counted does not count them again.
    stored: Counts,
    counted_before: u64,
}

/// What a run is, from its beginning to its end.
struct Job {
    id: Uuid,
    file_digest: Key16,
    source: SourceRow,
    sources: HashMap<Uuid, SourceRow>,
    quarantine_bundle: Bundle,
    dry: bool,
}

impl LoadRun {
    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What is counted, and what the run's row says, once a group with these counts is durable.
    fn counting(&self, group: Counts) -> (Counts, Counts) {
        let counts = self.counts.plus(&group);
        let new = if counts.rows <= self.counted_before { group.changes_only() } else { group };
        (counts, self.stored.plus(&new))
    }
}

/// One row of a file, as the reader judged it.
pub type Judged = feeds::Outcome;

impl Directory {
    /// Begins a run, or takes up the run of the same file that was interrupted. `file_digest` is
    /// [`Directory::file_digest`] of the whole file.
    ///
    /// # Errors
    ///
    /// An unknown or paused source, or the system's.
    pub async fn begin_load(
        &self,
        source: &str,
        file_digest: Key16,
        dry: bool,
    ) -> Result<LoadRun, LoadError> {
        let mut conn = self.store.reader().await?;
        let known = sources::all(&mut conn).await?;
        let Some(source) = known.iter().find(|row| row.name == source).cloned() else {
            return Err(LoadError::unknown(source, &known));
        };
        if source.state == SourceState::Paused {
            return Err(LoadError::Paused { name: source.name });
        }
        if !self.may_feed(&mut conn, source.organisation_id).await? {
            return Err(LoadError::NotAccredited { name: source.name });
        }
        let earlier = runs::of_file(&mut conn, source.source_id, file_digest).await?;
        drop(conn);
        let mut rng = self.world.chance.generator();
        let before = earlier.as_ref().map(|row| counts_of(&row.counts)).unwrap_or_default();
        let is_new = earlier.is_none();
        let (id, bundle) = match earlier {
            Some(row) => {
                let wrapped = self.wrapped_bundles(&[row.run_id]).await?;
                let (generation, bytes) = wrapped
                    .get(&row.run_id)
                    .ok_or_else(|| ServiceError::internal("a run's key is missing"))?;
                (row.run_id, self.keys.unwrap(row.run_id, *generation, bytes)?)
            }
            None => {
                let id = self.time_ordered_id(&mut rng);
                (id, Bundle::with_identity_slot(&mut rng))
            }
        };
        let job = Job {
            id,
            file_digest,
            sources: known.into_iter().map(|row| (row.source_id, row)).collect(),
            source,
            quarantine_bundle: bundle,
            dry,
        };
        if !dry && is_new {
            self.open_run(&job, &mut rng).await?;
        }
        Ok(LoadRun {
            job: Arc::new(job),
            counts: Counts::default(),
            stored: before,
            counted_before: before.rows,
        })
    }

    async fn open_run(&self, job: &Job, rng: &mut rand_chacha::ChaCha12Rng) -> Result<(), LoadError> {
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(job.id, &job.quarantine_bundle, rng)?]).await?;
        keys.commit().await?;
        let mut tx = self.store.begin_feed().await?;
        runs::start(
            &mut tx,
            &RunRow {
                run_id: job.id,
                source_id: job.source.source_id,
                file_digest: job.file_digest,
                kind: RunKind::Delta,
                state: RunState::Running,
                counts: RunCounts::default(),
                started_at: self.world.now().as_microsecond(),
                ended_at: None,
            },
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Loads one group. When this returns, the group is durable.
    ///
    /// # Errors
    ///
    /// The system's; nothing of the group was written.
    pub async fn load_group(&self, run: &mut LoadRun, group: Vec<Judged>) -> Result<Counts, LoadError> {
        self.load_alone(run, &Group::of(group)).await?;
        Ok(run.counts)
    }

    /// Scores and writes a group, again and again while other writers come in between.
    async fn load_alone(&self, run: &mut LoadRun, group: &Group) -> Result<(), LoadError> {
        let job = run.job.clone();
        for attempt in 1..=TRIES * 4 {
            let changing = self.changing(&job.source, &group.rows).await?;
            if job.dry {
                run.counts = run.counts.plus(&count(&group.rows, &group.aside, &changing.incoming, &[]));
                return Ok(());
            }
            let under_locks = attempt >= TRIES;
            let early = if under_locks {
                Some(self.begin_locked(&keys_to_lock(&changing.incoming)).await?)
            } else {
                None
            };
            let scored = self.score(&job, group, changing, None).await?;
            let (counts, stored) = run.counting(scored.counts);
            let tx = match early {
                Some(tx) => tx,
                None => self.begin_locked(&scored.to_lock).await?,
            };
            if self.commit(tx, &job, &scored, stored, under_locks).await? {
                (run.counts, run.stored) = (counts, stored);
                self.name_tasks_of(&job.source, &group.rows).await?;
                return Ok(());
            }
            tracing::debug!(attempt, "another writer came between scoring and writing; scoring again");
        }
        Err(LoadError::Service(ServiceError::new(
            crate::ErrorKind::Busy,
            "other loads kept changing the same records; load the file again",
        )))
    }

    /// Ends a run.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn end_load(&self, run: LoadRun, refused: bool) -> Result<Counts, LoadError> {
        if run.job.dry {
            return Ok(run.counts);
        }
        let state = if refused { RunState::Failed } else { RunState::Done };
        let mut tx = self.store.begin_feed().await?;
        let now = self.world.now().as_microsecond();
        runs::progress(&mut tx, run.job.id, state, &run_counts(run.stored), Some(now)).await?;
        let detail = Detail::Load(load_detail(&run.job, run.counts));
        self.write_event(&mut tx, Event::new(Action::Load, detail)).await?;
        tx.commit().await?;
        Ok(run.counts)
    }

    /// The keyed digest by which the same file is known again.
    #[must_use]
    pub fn file_digest(&self, sha256: &[u8; 32]) -> Key16 {
        self.keys.digests.hash(FILE_DIGEST, sha256)
    }
}

/// Domain of the digest of a file.
const FILE_DIGEST: u16 = 2;
