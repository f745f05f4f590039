//! Groups one behind the other: while one is written, the next is scored.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::counts::Counts;
use super::score::{Group, Scored};
use super::{Judged, LoadError, LoadRun};
use crate::feeding::Batch;
use crate::{Directory, ServiceError};

/// Loads the groups of a run, each durable before the one behind it begins to be written. It ends in the state in which
/// [`Directory::load_group`] ends, group by group.
pub struct Loader {
    directory: Arc<Directory>,
    run: LoadRun,
    writing: Option<Writing>,
}

/// A group on its way to the disk.
struct Writing {
    group: Group,
    scored: Arc<Scored>,
    counts: Counts,
    stored: Counts,
    task: JoinHandle<Result<bool, LoadError>>,
}

impl Loader {
    /// Begins with a run that [`Directory::begin_load`] began.
    #[must_use]
    pub fn new(directory: Arc<Directory>, run: LoadRun) -> Self {
        Self { directory, run, writing: None }
    }

    /// The directory it loads into.
    pub(super) fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory)
    }

    /// Takes the next group. When this returns, every group before it is durable.
    ///
    /// # Errors
    ///
    /// The system's. The group that failed was not written, and none is behind it.
    pub async fn push(&mut self, group: Vec<Judged>) -> Result<(), LoadError> {
        let (group, lapsed) = self.run.fresh(&self.directory, group);
        if self.run.job.dry {
            return Box::pin(self.directory.load_alone(&mut self.run, group)).await;
        }
        if group.is_empty() {
            return self.directory.take_off_lapsed(&self.run, &lapsed).await;
        }
        self.run.job.goes_on()?;
        let before = self.writing.as_ref().map(|writing| writing.scored.clone());
        // Each on the heap: together they would be more than a small stack holds.
        let scored = Box::pin(self.score(&group, before.as_deref())).await;
        let (group, scored) = match Box::pin(self.settle()).await? {
            true => (group, scored?),
            false => {
                let group = self.run.without_passed(group);
                if group.is_empty() {
                    return Ok(());
                }
                let scored = Box::pin(self.score(&group, None)).await?;
                (group, scored)
            }
        };
        self.run.job.goes_on()?;
        self.begin(group, Arc::new(scored));
        self.directory.take_off_lapsed(&self.run, &lapsed).await
    }

    /// Waits for the last group and gives the run back, to be ended.
    ///
    /// # Errors
    ///
    /// As [`Loader::push`].
    pub async fn finish(mut self) -> Result<LoadRun, LoadError> {
        self.settle().await?;
        self.run.job.goes_on()?;
        Ok(self.run)
    }

    /// How many rows the next group is to have: small at first, more while what is measured stays within the source's limits
    /// (rule 10.7).
    ///
    /// # Errors
    ///
    /// [`LoadError::Paused`], or the system's.
    pub async fn next_batch(&self) -> Result<Batch, LoadError> {
        self.directory.next_batch(&self.run.job.source).await
    }

    async fn score(&self, group: &Group, before: Option<&Scored>) -> Result<Scored, LoadError> {
        let job = &self.run.job;
        let changing = self.directory.changing(job, &group.rows).await?;
        let effects = before.map(|scored| &scored.effects);
        Ok(Box::pin(self.directory.score(job, group, changing, effects)).await?)
    }

    fn begin(&mut self, group: Group, scored: Arc<Scored>) {
        let (counts, stored) = self.run.counting(scored.counts);
        let task = tokio::spawn({
            let (directory, job, scored) = (self.directory.clone(), self.run.job.clone(), scored.clone());
            async move {
                let tx = directory.begin_locked(&scored.to_lock).await?;
                Box::pin(directory.commit(tx, &job, &scored, stored, false)).await
            }
        });
        self.writing = Some(Writing { group, scored, counts, stored, task });
    }

    /// Waits for the group that is being written. False when another writer had come in between and it had to be scored
    /// again: what was scored behind it is void.
    async fn settle(&mut self) -> Result<bool, LoadError> {
        let Some(writing) = self.writing.take() else { return Ok(true) };
        let written = writing.task.await.map_err(ServiceError::internal)??;
        if written {
            (self.run.counts, self.run.stored) = (writing.counts, writing.stored);
            let (source, rows) = (&self.run.job.source, &writing.group.rows);
            self.directory.name_tasks_of(source, rows, &writing.scored.receipts).await?;
        } else {
            tracing::debug!("another writer came between scoring and writing; scoring again");
            Box::pin(self.directory.load_alone(&mut self.run, writing.group)).await?;
        }
        Ok(written)
    }
}
