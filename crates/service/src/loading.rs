//! Loading: rows of a source become source records, linked or new or for review, a group at a time.
//!
//! A group is scored without locks, its keys are written, then everything else in one transaction, while the next group
//! is scored. Killing the process at any moment loses nothing that was acknowledged, and loading the same file again ends
//! in the same state.

pub(crate) mod beside;
mod commit;
mod counts;
mod decide;
mod delivery;
mod effects;
pub(crate) mod ending;
mod group;
mod hearing;
mod keeping;
mod last_word;
mod loader;
mod neighbours;
mod pace;
mod placed;
mod recalling;
pub(crate) mod receipts;
mod rehearsal;
mod resuming;
mod rolls;
pub(crate) mod said;
mod score;
mod taking_off;
mod told;
mod whole_file;
mod wholes;
mod withdrawals;
mod write;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use audit::{Action, Detail};
use directory::connecting::{Missing, WayIn};
use store::runs::{RunCounts, RunKind, RunRow, RunState};
use store::sources::{SourceRow, SourceState};
use store::{Key16, StoreError, key_store, runs, sources};
use uuid::Uuid;
use vault::Bundle;

use self::counts::{count, counts_of, load_detail, run_counts};
pub(crate) use self::last_word::EndWord;
pub(crate) use self::recalling::{Gone, Recall};
pub(crate) use self::score::Scored;
use self::score::{Group, keys_to_lock};
pub(crate) use self::taking_off::TAKING_OFF;
use crate::connecting::{BY_FILE, NotOfTheProduct};
use crate::trail::Event;
use crate::{Directory, ServiceError};

pub use self::counts::Counts;
pub(crate) use self::decide::Asked;
pub use self::delivery::{AwaitsPerson, Delivery, Ended, FileKind, Numbered};
pub use self::loader::Loader;
pub(crate) use self::receipts::RowReceipt;
pub use self::receipts::{RowStatus, aside_digest, checksum, row_digest};
pub use self::said::said_digest;
pub(crate) use self::whole_file::FileTurns;
pub use self::whole_file::{FileBytes, FileEnding, FileFailure, FileLoad, FileLoaded, Following, Promise};
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
    #[error(
        "the source {name} is paused, and nothing more of the file is taken. Who answers for the source sees why under \
         \"Sources\" and lets it go on there; then load the same file again: it goes on where it stopped"
    )]
    Paused {
        /// The source.
        name: String,
    },
    /// Steps of accreditation are missing (rules 10.6, 11.1, 11.2).
    #[error("the source {name} may not feed, and nothing more is taken: {}", in_words(missing))]
    Lacks {
        /// The source.
        name: String,
        /// What is missing, in the order in which the steps are gone through.
        missing: Vec<Missing>,
    },
    /// Its product was tested in files of other formats (rule 11.1).
    #[error("{not}; nothing of the source {name} was loaded")]
    Format {
        /// The source.
        name: String,
        /// What it was tested in.
        not: NotOfTheProduct,
    },
    /// A manifest's number is not the one that follows (law 8).
    #[error(
        "the manifest gives the file the number {found}, and the source {name} is at number {expected}: {remedy}; nothing was \
         loaded"
    )]
    OutOfSequence {
        /// The source.
        name: String,
        /// The number the next file must have.
        expected: i64,
        /// The number of the file.
        found: i64,
        /// What to do.
        remedy: &'static str,
    },
    /// The day of a file has not come: whatever came on the days until then would be taken for older.
    #[error(
        "the file says that it holds what holds on {as_of}, and that day has not come: write as_of as the day on which the          source {name} made the file; nothing was loaded"
    )]
    NotYet {
        /// The source.
        name: String,
        /// The day of the file.
        as_of: jiff::civil::Date,
    },
    /// A full file of a later day was loaded: this one would bring back who has left since.
    #[error(
        "the full file is of {as_of}, and one of the source {name} of {latest} was loaded: send what holds now as a file of a \
         later day; nothing was loaded"
    )]
    Older {
        /// The source.
        name: String,
        /// The day of the file.
        as_of: jiff::civil::Date,
        /// The day of the latest.
        latest: jiff::civil::Date,
    },
    /// The file before it was not loaded to its end.
    #[error(
        "file {number} of the source {name} has not been loaded to its end: load it again first, or have the authority decide \
         about the records it lacks; nothing of this file was loaded"
    )]
    Unfinished {
        /// The source.
        name: String,
        /// The number of the file before.
        number: i64,
    },
    /// The digest given to confirm what a full file lacks is of another set of records.
    #[error(
        "the records that the file lacks are not those that were confirmed; nothing was ended. Look at the counts again"
    )]
    OtherAbsence,
    /// The system failed. What was committed stands; load the same file again.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

fn in_words(missing: &[Missing]) -> String {
    missing.iter().map(|step| step.words()).collect::<Vec<_>>().join("; ")
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

/// One run of a file, begun by [`Directory::begin_load`] or [`Directory::begin_delivery`].
pub struct LoadRun {
    job: Arc<Job>,
    counts: Counts,
    /// What the run's row says: what is told of the file.
    stored: Counts,
    /// Rows at the file's beginning that an interrupted pass made durable.
    skip: u64,
    /// Whom a full file names.
    presence: Option<receipts::Presence>,
}

/// What a run is, from its beginning to its end.
pub(crate) struct Job {
    id: Uuid,
    file_digest: Key16,
    pub(crate) source: SourceRow,
    sources: HashMap<Uuid, SourceRow>,
    quarantine_bundle: Bundle,
    /// By what its rows may have come: while the source may feed by none of these, none is taken.
    pub(crate) ways: &'static [WayIn],
    dry: bool,
    /// The SHA-256 of the file, where it is known.
    file: Option<String>,
    /// What its manifest says.
    numbered: Option<Numbered>,
    /// The file was loaded to its end before: only what it changes now is counted and receipted anew.
    replay: bool,
    /// A group crossed a limit and paused the source.
    stopped: AtomicBool,
}

impl Job {
    fn goes_on(&self) -> Result<(), LoadError> {
        match self.stopped.load(Ordering::Relaxed) {
            true => Err(LoadError::Paused { name: self.source.name.clone() }),
            false => Ok(()),
        }
    }
}

impl LoadRun {
    /// What was counted so far: of a file that is gone on with, from its beginning.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many rows of the file an earlier pass made durable.
    #[must_use]
    pub fn goes_on_after(&self) -> u64 {
        self.skip
    }

    /// What is counted, and what the run's row says, once a group with these counts is durable.
    fn counting(&self, group: Counts) -> (Counts, Counts) {
        let new = if self.job.replay { group.changes_only() } else { group };
        (self.counts.plus(&group), self.stored.plus(&new))
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
        self.begin(source, file_digest, dry, None).await
    }

    async fn begin(
        &self,
        source: &str,
        file_digest: Key16,
        dry: bool,
        delivery: Option<&Delivery>,
    ) -> Result<LoadRun, LoadError> {
        let mut conn = self.store.reader().await?;
        let known = sources::all(&mut conn).await?;
        let Some(source) = known.iter().find(|row| row.name == source).cloned() else {
            return Err(LoadError::unknown(source, &known));
        };
        if source.state == SourceState::Paused {
            return Err(LoadError::Paused { name: source.name });
        }
        let missing = self.lacks(&mut conn, &source, WayIn::Files).await?;
        if !missing.is_empty() {
            return Err(LoadError::Lacks { name: source.name, missing });
        }
        let earlier = runs::of_file(&mut conn, source.source_id, file_digest).await?;
        // One that was begun goes on to its end: a number that is half loaded lets no other through.
        let new = delivery.filter(|_| earlier.is_none());
        if let Some(format) = new.and_then(|delivery| delivery.format) {
            self.is_of_the_product(&mut conn, &source, format).await?;
        }
        let numbered = delivery.and_then(|delivery| delivery.numbered.clone());
        if let Some(numbered) = &numbered {
            self.follows(&mut conn, &source, numbered, earlier.as_ref()).await?;
        }
        drop(conn);
        let mut rng = self.world.chance.generator();
        let (id, bundle) = match &earlier {
            Some(row) => (row.run_id, self.bundle_of_run(row.run_id, &mut rng).await?),
            None => (self.time_ordered_id(&mut rng), Bundle::with_identity_slot(&mut rng)),
        };
        let replay = earlier.as_ref().is_some_and(|row| row.state == RunState::Done);
        let stored = earlier.as_ref().map(|row| counts_of(&row.counts)).unwrap_or_default();
        let goes_on = earlier.is_some() && !replay && !dry;
        let job = Job {
            id,
            file_digest,
            sources: known.into_iter().map(|row| (row.source_id, row)).collect(),
            source,
            quarantine_bundle: bundle,
            ways: BY_FILE,
            dry,
            file: delivery.map(|delivery| hex::encode(delivery.sha256)),
            numbered,
            replay,
            stopped: AtomicBool::new(false),
        };
        if !dry {
            self.begin_control(&job.source, &mut rng).await?;
        }
        if !dry && earlier.is_none() {
            self.open_run(&job, delivery, &mut rng).await?;
        }
        let is_full = job.numbered.as_ref().is_some_and(|it| it.kind == FileKind::Full);
        Ok(LoadRun {
            job: Arc::new(job),
            counts: if goes_on { stored } else { Counts::default() },
            stored,
            skip: if goes_on { stored.rows } else { 0 },
            presence: (is_full && !dry && !replay).then(receipts::Presence::default),
        })
    }

    /// The key of an earlier run: a new one where its time was over and it was destroyed.
    pub(crate) async fn bundle_of_run(
        &self,
        run: Uuid,
        rng: &mut rand_chacha::ChaCha12Rng,
    ) -> Result<Bundle, LoadError> {
        if let Some((generation, bytes)) = self.wrapped_bundles(&[run]).await?.get(&run) {
            return Ok(self.keys.unwrap(run, *generation, bytes)?);
        }
        let bundle = Bundle::with_identity_slot(rng);
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(run, &bundle, rng)?]).await?;
        keys.commit().await?;
        let mut tx = self.store.begin_feed().await?;
        runs::remember(&mut tx, run).await?;
        tx.commit().await?;
        Ok(bundle)
    }

    async fn open_run(
        &self,
        job: &Job,
        delivery: Option<&Delivery>,
        rng: &mut rand_chacha::ChaCha12Rng,
    ) -> Result<(), LoadError> {
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::put_bundles(&mut keys, &[self.bundle_row(job.id, &job.quarantine_bundle, rng)?]).await?;
        keys.commit().await?;
        let mut tx = self.store.begin_feed().await?;
        let is_full = job.numbered.as_ref().is_some_and(|it| it.kind == FileKind::Full);
        runs::start(
            &mut tx,
            &RunRow {
                run_id: job.id,
                source_id: job.source.source_id,
                file_digest: job.file_digest,
                kind: if is_full { RunKind::Full } else { RunKind::Delta },
                state: RunState::Running,
                counts: RunCounts::default(),
                started_at: self.world.now().as_microsecond(),
                ended_at: None,
                sequence: job.numbered.as_ref().map(|it| it.sequence),
                rows_in_file: delivery.and_then(|delivery| i64::try_from(delivery.rows).ok()),
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
        let (group, lapsed) = run.fresh(self, group);
        if !group.is_empty() {
            run.job.goes_on()?;
            self.load_alone(run, group).await?;
        }
        self.take_off_lapsed(run, &lapsed).await?;
        Ok(run.counts)
    }

    /// Scores and writes a group, again and again while other writers come in between.
    async fn load_alone(&self, run: &mut LoadRun, mut group: Group) -> Result<(), LoadError> {
        let job = run.job.clone();
        for attempt in 1..=TRIES * 4 {
            group = self.catch_up(run, group).await?;
            if group.is_empty() {
                return Ok(());
            }
            let mut changing = self.changing(&job, &group.rows).await?;
            let endings = self.endings_read(&job.source, &group.endings, &mut changing.recall);
            changing.endings = Box::pin(endings).await?;
            if job.dry {
                let counts = count(&group.rows, &group.aside, &changing.told, &changing.incoming, &[]);
                run.counts = run.counts.plus(&counts);
                return Ok(());
            }
            let under_locks = attempt >= TRIES;
            let early = if under_locks {
                let asked = self.tokens_recalled(job.source.source_id, &changing.recall);
                Some(self.begin_locked(&keys_to_lock(&changing.incoming, &changing.endings, &asked)).await?)
            } else {
                None
            };
            let scored = Box::pin(self.score(&job, &group, changing, None)).await?;
            let (counts, stored) = run.counting(scored.counts);
            let tx = match early {
                Some(tx) => tx,
                None => self.begin_locked(&scored.to_lock).await?,
            };
            if Box::pin(self.commit(tx, &job, &scored, stored, under_locks)).await? {
                (run.counts, run.stored) = (counts, stored);
                self.name_tasks_of(&job.source, &group.rows, &scored.receipts).await?;
                return Ok(());
            }
            tracing::debug!(attempt, "another writer came between scoring and writing; scoring again");
        }
        Err(LoadError::Service(ServiceError::new(
            crate::ErrorKind::Busy,
            "other loads kept changing the same records; load the file again",
        )))
    }

    /// What an earlier pass may not have come to after its last group.
    async fn take_off_lapsed(&self, run: &LoadRun, lapsed: &[feeds::Lapsed]) -> Result<(), LoadError> {
        if lapsed.is_empty() || run.job.dry {
            return Ok(());
        }
        Ok(self.take_off_after(&run.job.source, &HashMap::new(), lapsed).await?)
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

    /// The keyed digest by which the same file is known again under the same number.
    pub(crate) fn numbered_digest(&self, sha256: &[u8; 32], sequence: i64) -> Key16 {
        self.keys.digests.hash_parts(FILE_DIGEST, &[sha256, &sequence.to_be_bytes()])
    }

    /// The keyed digest by which the same file is known again.
    #[must_use]
    pub fn file_digest(&self, sha256: &[u8; 32]) -> Key16 {
        self.keys.digests.hash(FILE_DIGEST, sha256)
    }
}

/// Domain of the digest of a file.
const FILE_DIGEST: u16 = 2;
