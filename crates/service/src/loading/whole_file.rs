//! One file from its first byte to its end: examined whole, begun, read on a thread of its own, loaded group by group, ended. The
//! command and what sources upload are loaded by this and by nothing else, so that they end in the same state.

use std::io::{self, Read, Seek};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use feeds::{FileSnapshot, Format, Options, Profile, Refusal, Summary};
use sha2::{Digest as _, Sha256};

use super::counts::Counts;
use super::delivery::{AwaitsPerson, Delivery, Numbered};
use super::pace::Pace;
use super::{GROUP, LoadError, LoadRun, Loader};
use crate::{Directory, ServiceError};

/// The bytes of a file, which are read twice: once to examine it, once to load it.
pub trait FileBytes: Send + 'static {
    /// What reads them: anywhere, because the directory of a workbook stands at its end.
    type Reader: Read + Seek + Send + 'static;

    /// Reads them from the first.
    ///
    /// # Errors
    /// When they cannot be read, or not again.
    fn read_anew(&mut self) -> io::Result<Self::Reader>;
}

/// Who is told how far a file is.
pub trait Following: Send {
    /// It has so many rows, and its first is next.
    fn begins(&mut self, rows: u64);
    /// So many more were taken.
    fn taken(&mut self, rows: usize);
}

/// What was said of a file before it came: a file that is another is refused.
#[derive(Debug, Clone)]
pub struct Promise {
    /// Its number and kind.
    pub numbered: Numbered,
    /// How many rows it has.
    pub rows: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// Where that was said, as a message calls it.
    pub said_in: String,
}

/// How a file is loaded.
#[derive(Debug, Clone, Default)]
pub struct FileLoad {
    /// What messages call it.
    pub name: String,
    /// Its size, so that one that grows or shrinks is noticed.
    pub snapshot: Option<FileSnapshot>,
    /// What was said of it.
    pub promise: Option<Promise>,
    /// Write nothing.
    pub dry: bool,
    /// At most so many records a second.
    pub rate: Option<u32>,
    /// How many rows are scored and committed together at the most; 0 is as many as is usual.
    pub group: usize,
    /// The digest of the records that are to be ended.
    pub confirm_absent: Option<String>,
}

/// Whose turn it is among the files that this process loads beside each other. Each waits in line, so none is passed over, and
/// together they cost no more than one: those who look something up go before.
#[derive(Default)]
pub(crate) struct FileTurns {
    /// To be examined.
    examining: tokio::sync::Mutex<()>,
    /// To have a group taken.
    taking: tokio::sync::Mutex<()>,
}

/// What became of a file.
#[derive(Debug)]
pub struct FileLoaded {
    /// What its source is told.
    pub summary: Summary,
    /// What is the authority's alone.
    pub counts: Counts,
    /// How far it was loaded.
    pub ending: FileEnding,
}

/// How far a file was loaded.
#[derive(Debug)]
pub enum FileEnding {
    /// To its end, or not at all because it was refused.
    Done {
        /// Records that it lacks and that were ended.
        ended: u64,
    },
    /// The source was paused; what was taken stands.
    Paused(String),
    /// To its end, but for the records it lacks.
    Waits(AwaitsPerson),
}

/// Why a file was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum FileFailure {
    /// Its bytes cannot be read.
    #[error("{name} cannot be read twice ({error}); give a file, not a pipe")]
    Unread {
        /// The file.
        name: String,
        /// Why.
        error: io::Error,
    },
    /// It was not begun: nothing of it was taken.
    #[error(transparent)]
    NotBegun(LoadError),
    /// It was not loaded to its end; what was taken stands.
    #[error("{name} was not loaded to its end; load it again to continue: {error}")]
    NotEnded {
        /// The file.
        name: String,
        /// Why.
        error: LoadError,
    },
}

impl FileLoad {
    /// How many rows are taken together where the source's ramp allows so many (rule 10.7).
    fn together(&self, allowed: usize) -> usize {
        let most = if self.group == 0 { GROUP } else { self.group };
        if allowed == GROUP { most } else { allowed.min(most) }
    }

    fn refused(&self, mut summary: Summary, code: &'static str, message: String) -> FileLoaded {
        summary.refused = Some(Refusal { code, row: None, byte: None, message });
        FileLoaded::nothing(summary, FileEnding::Done { ended: 0 })
    }

    /// What is wrong with a file that is not the one that was promised.
    fn broken_promise(&self, rows: u64, sha256: &[u8; 32]) -> Option<String> {
        let (promise, name) = (self.promise.as_ref()?, &self.name);
        if promise.rows != rows {
            return Some(format!(
                "{name} has {rows} rows, and {} says {}: the file is cut short or another one; nothing was loaded",
                promise.said_in, promise.rows
            ));
        }
        let digest = hex::encode(sha256);
        (!promise.sha256.eq_ignore_ascii_case(&digest)).then(|| {
            format!(
                "{name} has the SHA-256 {digest}, and {} says {}: the file was changed or is another one; nothing was loaded",
                promise.said_in, promise.sha256
            )
        })
    }
}

impl FileLoaded {
    fn nothing(summary: Summary, ending: FileEnding) -> Self {
        Self { summary, counts: Counts::default(), ending }
    }
}

impl Directory {
    /// How a file of this source is read.
    pub(crate) fn reading(&self, source: &str, file: &str) -> Options {
        Options { own_system: self.own_systems.get(source).cloned(), ..Options::new(file, self.today()) }
    }

    /// Loads one file, or goes on with one. A file that would have to be stopped in the middle of is refused whole, before
    /// anything of it is taken.
    ///
    /// # Errors
    ///
    /// [`FileFailure`].
    pub async fn load_file<B: FileBytes>(
        self: &Arc<Self>,
        source: &str,
        mut bytes: B,
        how: &FileLoad,
        following: &mut dyn Following,
    ) -> Result<FileLoaded, FileFailure> {
        let name = &how.name;
        let mut summary = Summary::new(source, name);
        let profile_name = self.profile_of(source).await.map_err(FileFailure::NotBegun)?;
        let profile = Profile::named(&profile_name).ok_or_else(|| {
            let what = format!("the source {source} has the profile {profile_name}, which is not shipped");
            FileFailure::NotBegun(ServiceError::internal(what).into())
        })?;
        let options = Options { snapshot: how.snapshot, ..self.reading(source, name) };
        // One file at a time is examined: that takes a whole core, whatever its source's rate.
        let turn = self.files.examining.lock().await;
        let (again, examined) = examine(bytes, profile, options.clone(), name).await?;
        drop(turn);
        bytes = again;
        let (examined, sha256, format) = match examined {
            Ok(examined) => examined,
            Err(error) => {
                summary.refuse(&error);
                return Ok(FileLoaded::nothing(summary, FileEnding::Done { ended: 0 }));
            }
        };
        if let Some(message) = how.broken_promise(examined.rows, &sha256) {
            return Ok(how.refused(summary, "M02", message));
        }
        let numbered = how.promise.as_ref().map(|promise| promise.numbered.clone());
        let delivery = Delivery { sha256, rows: examined.rows, numbered, dry: how.dry, format: Some(format) };
        let run = match self.begin_delivery(source, &delivery).await {
            Ok(run) => run,
            Err(
                error @ (LoadError::OutOfSequence { .. }
                | LoadError::Older { .. }
                | LoadError::NotYet { .. }
                | LoadError::Unfinished { .. }),
            ) => {
                return Ok(how.refused(summary, "M03", format!("{name}: {error}")));
            }
            Err(error @ LoadError::Format { .. }) => {
                return Ok(how.refused(summary, "M04", format!("{name}: {error}")));
            }
            Err(error @ LoadError::Paused { .. }) => {
                return Ok(FileLoaded::nothing(summary, FileEnding::Paused(error.to_string())));
            }
            Err(error) => return Err(FileFailure::NotBegun(error)),
        };
        following.begins(examined.rows);
        let not_ended = |error| FileFailure::NotEnded { name: name.clone(), error };
        let read = off_the_loop(move || bytes.read_anew()).await?;
        let read = read.map_err(|error| FileFailure::Unread { name: name.clone(), error })?;
        let rows = Rows { source: read, profile, options };
        let outcome = feed(Loader::new(self.clone(), run), rows, &mut summary, how, following).await;
        let ended = match outcome {
            Ok(run) if summary.refused.is_some() => {
                self.end_load(run, true).await.map(|counts| (counts, FileEnding::Done { ended: 0 }))
            }
            Ok(run) => self.end_delivery(run, how.confirm_absent.as_deref()).await.map(|done| {
                let ending = done.waiting.map_or(FileEnding::Done { ended: done.ended }, FileEnding::Waits);
                (done.counts, ending)
            }),
            Err(error) => Err(error),
        };
        let (counts, ending) = match ended {
            // What was committed stands; the run stays open, and the same file continues it.
            Err(error @ LoadError::Paused { .. }) => {
                return Ok(FileLoaded::nothing(summary, FileEnding::Paused(format!("{name}: {error}"))));
            }
            Err(error) => return Err(not_ended(error)),
            Ok(done) => done,
        };
        summary.rows = counts.rows;
        summary.accepted = counts.accepted;
        summary.unchanged = counts.unchanged;
        summary.updated = counts.updated;
        summary.superseded = counts.superseded;
        Ok(FileLoaded { summary, counts, ending })
    }
}

type Examined = Result<(feeds::Examined, [u8; 32], Format), feeds::FileError>;

/// Reads a file to its end, and gives its bytes back to be read again.
async fn examine<B: FileBytes>(
    mut bytes: B,
    profile: &'static Profile,
    options: Options,
    name: &str,
) -> Result<(B, Examined), FileFailure> {
    let (bytes, read) = off_the_loop(move || {
        let read = bytes.read_anew().and_then(|source| examine_and_hash(source, profile, &options));
        (bytes, read)
    })
    .await?;
    let read = read.map_err(|error| FileFailure::Unread { name: name.to_owned(), error })?;
    Ok((bytes, read))
}

/// A CSV file is examined and named in one pass; what is read from several places is named first.
fn examine_and_hash<R: Read + Seek>(
    mut source: R,
    profile: &'static Profile,
    options: &Options,
) -> io::Result<Examined> {
    let format = feeds::format_of(&mut source)?;
    let mut hashed = Hashing { source, hash: Sha256::new() };
    if format == Format::Csv {
        let examined = feeds::examine(&mut hashed, profile, options);
        return Ok(examined.map(|examined| (examined, hashed.hash.finalize().into(), format)));
    }
    io::copy(&mut hashed, &mut io::sink())?;
    let Hashing { mut source, hash } = hashed;
    source.rewind()?;
    let examined = feeds::examine_file(source, profile, options);
    Ok(examined.map(|examined| (examined, hash.finalize().into(), format)))
}

/// Reading blocks: it has a thread of its own.
async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, FileFailure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| FileFailure::NotBegun(ServiceError::internal(error).into()))
}

/// The rows of a file that was examined.
struct Rows<R> {
    source: R,
    profile: &'static Profile,
    options: Options,
}

/// Reads on a thread of its own and loads group by group.
async fn feed<R: Read + Seek + Send + 'static>(
    mut loader: Loader,
    rows: Rows<R>,
    summary: &mut Summary,
    how: &FileLoad,
    following: &mut dyn Following,
) -> Result<LoadRun, LoadError> {
    let batch = loader.next_batch().await?;
    let size = Arc::new(AtomicUsize::new(how.together(batch.rows)));
    let (sender, mut groups) = tokio::sync::mpsc::channel(2);
    let wanted = size.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut group = Vec::new();
        let read = feeds::judge_file(rows.source, rows.profile, &rows.options, |judged| {
            group.push(judged);
            let full = group.len() >= wanted.load(Ordering::Relaxed);
            if full && sender.blocking_send(Ok(std::mem::take(&mut group))).is_err() {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let _ = sender.blocking_send(Ok(group));
        if let Err(error) = read {
            let _ = sender.blocking_send(Err(error));
        }
    });
    while let Some(group) = groups.recv().await {
        match group {
            Ok(group) => {
                for judged in &group {
                    if let feeds::Outcome::Quarantined(row) = judged {
                        summary.quarantine(row);
                    }
                }
                let rows = group.len();
                let directory = loader.directory();
                // Files that are loaded beside each other wait here in the order in which they came.
                let turn = directory.files.taking.lock().await;
                loader.push(group).await?;
                drop(turn);
                following.taken(rows);
                // Asked anew each time: somebody may have slowed the source, or paused it.
                let mut batch = loader.next_batch().await?;
                let pace = Pace::after(rows, [how.rate, Some(batch.rate)]);
                let mut pace = pace.at_least(batch.rests);
                while let Some(sleep) = pace.next_sleep() {
                    tokio::time::sleep(sleep).await;
                    batch = loader.next_batch().await?;
                }
                size.store(how.together(batch.rows), Ordering::Relaxed);
            }
            Err(error) => summary.refuse(&error),
        }
    }
    reading.await.map_err(ServiceError::internal)?;
    loader.finish().await
}

/// Hashes what it reads, so that one pass both examines a file and names it.
struct Hashing<R> {
    source: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(space)?;
        self.hash.update(space.get(..count).unwrap_or_default());
        Ok(count)
    }
}
