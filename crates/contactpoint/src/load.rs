//! `contactpoint load`: a source's files through the pipeline, with progress, a summary and an exit status.

mod manifest;
mod pace;

use std::fs::File;
use std::io::{IsTerminal as _, Read, Seek as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use feeds::{FileSnapshot, Options, Profile, Reader, Refusal, Summary};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use service::{AwaitsPerson, Counts, Delivery, Directory, GROUP, LoadError, LoadRun, Loader};
use sha2::{Digest as _, Sha256};

use self::manifest::{Manifest, Wanted};
use self::pace::Pace;
use crate::config::Config;
use crate::log_copying::LogCopying;
use crate::{installation, system};

/// What `load` is given.
#[derive(Args)]
pub struct LoadArgs {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The source system, as the configuration names it.
    #[arg(long, value_name = "NAME")]
    source: String,
    /// The files, loaded in the order given.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The files state every child of the source: a record one lacks is ended. Each has a manifest, FILE.manifest.json.
    #[arg(long, conflicts_with = "delta")]
    full: bool,
    /// The files hold only what changed: absence ends nothing. Without either, a manifest says which it is.
    #[arg(long)]
    delta: bool,
    /// End exactly the records a full file lacks, whose digest the load before told.
    #[arg(long, value_name = "DIGEST")]
    confirm_absent: Option<String>,
    /// Check every row and say what would be new, changed or unchanged, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// At most so many records a second.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

/// What one `load` reports: a pure function of the source's own rows (law 7).
#[derive(Serialize)]
struct Report {
    source: String,
    dry_run: bool,
    rows: u64,
    accepted: u64,
    unchanged: u64,
    updated: u64,
    quarantined: u64,
    /// Rows older than what the source said last: never applied.
    superseded: u64,
    /// Records that a full file lacks and that were ended.
    ended: u64,
    /// The source was paused before the last file came to its end.
    paused: bool,
    /// What waits for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<Absent>,
    files: Vec<Summary>,
}

/// A full file that lacks more records than are ended without a person.
#[derive(Serialize)]
struct Absent {
    file: String,
    digest: String,
    absent: u64,
    held: u64,
}

/// What became of one file.
pub struct Loaded {
    pub summary: Summary,
    pub counts: Counts,
    pub ending: Ending,
}

/// How far a file was loaded.
pub enum Ending {
    /// To its end, or not at all because it was refused.
    Done { ended: u64 },
    /// The source was paused; what was taken stands.
    Paused(String),
    /// To its end, but for the records it lacks.
    Waits(AwaitsPerson),
}

/// Runs the command.
pub fn run(args: LoadArgs) -> anyhow::Result<ExitCode> {
    let config = Config::read(&args.config)?;
    installation::run(async {
        let directory = Arc::new(installation::open(&config, &database_options(), system::world()).await?);
        installation::has_the_journal(&directory).await?;
        let wanted = match (args.full, args.delta) {
            (true, _) => Wanted::Full,
            (_, true) => Wanted::Delta,
            _ => Wanted::AsManifest,
        };
        let mut loaded = Vec::new();
        for path in &args.files {
            let how = How {
                dry: args.dry_run,
                rate: args.rate,
                progress: true,
                group: GROUP,
                wanted,
                confirm_absent: args.confirm_absent.clone(),
            };
            let one = load_one(&directory, &args.source, path, &how).await?;
            let goes_on = matches!(one.ending, Ending::Done { .. }) && one.summary.refused.is_none();
            loaded.push(one);
            if !goes_on {
                // The files behind it follow it.
                break;
            }
        }
        crate::serve::hand_to_witness(&directory, &config.audit.witness_file).await?;
        directory.close().await;
        let report = Report::of(&args, loaded);
        if args.json {
            println!("{}", serde_json::to_string(&report)?);
        } else {
            tell(&report);
        }
        let refused = report.files.iter().any(|file| file.refused.is_some());
        let faults = refused || report.quarantined > 0 || report.paused || report.waiting.is_some();
        Ok(if faults { ExitCode::from(1) } else { ExitCode::SUCCESS })
    })
}

impl Report {
    fn of(args: &LoadArgs, loaded: Vec<Loaded>) -> Self {
        let (mut ended, mut paused, mut waiting) = (0, false, None);
        let superseded = loaded.iter().map(|one| one.counts.superseded).sum();
        let mut files = Vec::with_capacity(loaded.len());
        for one in loaded {
            match one.ending {
                Ending::Done { ended: here } => ended += here,
                Ending::Paused(said) => {
                    eprintln!("{said}");
                    paused = true;
                }
                Ending::Waits(AwaitsPerson { digest, absent, held }) => {
                    waiting = Some(Absent { file: one.summary.file.clone(), digest, absent, held });
                }
            }
            files.push(one.summary);
        }
        let total = |count: fn(&Summary) -> u64| files.iter().map(count).sum();
        Self {
            source: args.source.clone(),
            dry_run: args.dry_run,
            rows: total(|file| file.rows),
            accepted: total(|file| file.accepted),
            unchanged: total(|file| file.unchanged),
            updated: total(|file| file.updated),
            quarantined: total(|file| file.quarantined),
            superseded,
            ended,
            paused,
            waiting,
            files,
        }
    }
}

/// A loader maps nothing of the database into its memory: what it reads was mostly written a moment ago and lies in the log,
/// which is never mapped, and each connection's map counts as memory of the process. And it copies its log of an embedded
/// database more rarely than a server: keyed hashes fall on random pages, and those that fall on one page are then copied
/// together. (A log of 1 GiB was slower: every page read is looked for in each 4,096 pages of it.) Most of it is copied beside
/// the work before a commit has to.
pub fn database_options() -> store::Options {
    store::Options { mmap_bytes: 0, checkpoint_pages: 1 << 16, ..store::Options::default() }
}

fn tell(report: &Report) {
    for file in &report.files {
        match &file.refused {
            Some(refusal) => eprintln!("{}", refusal.message),
            None => eprintln!(
                "{}: {} rows: {} accepted, {} unchanged, {} updated, {} quarantined",
                file.file, file.rows, file.accepted, file.unchanged, file.updated, file.quarantined
            ),
        }
        for fault in &file.faults {
            eprintln!("  {} {}: {} rows", fault.field, fault.rule.code(), fault.rows);
        }
    }
    if report.superseded > 0 {
        eprintln!(
            "{} rows were older than what the source said last, and were not applied",
            report.superseded
        );
    }
    if report.ended > 0 {
        eprintln!("{} records that the file lacks were ended", report.ended);
    }
    if let Some(Absent { file, digest, absent, held }) = &report.waiting {
        eprintln!(
            "{file} lacks {absent} of the {held} records of this source: nothing was ended. A person of the authority decides \
             under \"Sources\"; then load the same file again. Or load it with --confirm-absent {digest}"
        );
    }
}

/// How often the embedded database's log is looked at meanwhile.
const LOOK_AT_LOG_EVERY: Duration = Duration::from_secs(1);

/// How a file is loaded.
pub struct How {
    /// Write nothing.
    pub dry: bool,
    /// Records a second.
    pub rate: Option<u32>,
    /// Show a progress bar on a terminal.
    pub progress: bool,
    /// How many rows are scored and committed together at the most.
    pub group: usize,
    /// What the files are said to be.
    pub wanted: Wanted,
    /// The digest of the records that are to be ended.
    pub confirm_absent: Option<String>,
}

impl How {
    /// How many rows are taken together where the source's ramp allows so many (rule 10.7).
    fn together(&self, allowed: usize) -> usize {
        if allowed == GROUP { self.group } else { allowed.min(self.group) }
    }

    /// As fast as it goes, in groups of this size.
    pub fn in_groups_of(group: usize) -> Self {
        let wanted = Wanted::AsManifest;
        Self { dry: false, rate: None, progress: true, group, wanted, confirm_absent: None }
    }
}

/// Loads one file. A file that would have to be stopped in the middle of is refused whole, before anything of it is taken.
pub async fn load_file(
    directory: &Arc<Directory>,
    source: &str,
    path: &Path,
    how: &How,
) -> anyhow::Result<Summary> {
    Ok(load_file_counted(directory, source, path, how).await?.0)
}

/// As [`load_file`], with the counts that are for the authority alone.
pub async fn load_file_counted(
    directory: &Arc<Directory>,
    source: &str,
    path: &Path,
    how: &How,
) -> anyhow::Result<(Summary, Counts)> {
    let loaded = load_one(directory, source, path, how).await?;
    match loaded.ending {
        Ending::Paused(said) => anyhow::bail!(said),
        Ending::Done { .. } | Ending::Waits(_) => Ok((loaded.summary, loaded.counts)),
    }
}

/// Loads one file, and says how far.
async fn load_one(
    directory: &Arc<Directory>,
    source: &str,
    path: &Path,
    how: &How,
) -> anyhow::Result<Loaded> {
    let name = path.display().to_string();
    let mut summary = Summary::new(source, &name);
    let mut file = File::open(path).with_context(|| format!("the file {name} cannot be opened"))?;
    let snapshot = FileSnapshot::of(&file).with_context(|| format!("the size of {name} cannot be read"))?;
    let profile_name = directory.profile_of(source).await?;
    let profile = Profile::named(&profile_name).with_context(|| {
        format!("the source {source} has the profile {profile_name}, which is not shipped")
    })?;
    let manifest = match Manifest::beside(path, how.wanted) {
        Ok(manifest) => manifest,
        Err(error) => return Ok(refused(summary, "M01", &format!("{error:#}"))),
    };
    let options = Options { file: name.clone(), today: directory.today(), snapshot: Some(snapshot) };
    let mut hashed = Hashing { source: &mut file, hash: Sha256::new() };
    let examined = match feeds::examine(&mut hashed, profile, &options) {
        Ok(examined) => examined,
        Err(error) => {
            summary.refuse(&error);
            return Ok(Loaded { summary, counts: Counts::default(), ending: Ending::Done { ended: 0 } });
        }
    };
    let sha256: [u8; 32] = hashed.hash.finalize().into();
    if let Some(Err(error)) = manifest.as_ref().map(|it| it.fits(path, examined.rows, &sha256)) {
        return Ok(refused(summary, "M02", &format!("{error:#}")));
    }
    let numbered = manifest.as_ref().map(Manifest::numbered);
    let delivery = Delivery { sha256, rows: examined.rows, numbered, dry: how.dry };
    let run = match directory.begin_delivery(source, &delivery).await {
        Ok(run) => run,
        Err(error @ (LoadError::OutOfSequence { .. } | LoadError::Unfinished { .. })) => {
            return Ok(refused(summary, "M03", &format!("{name}: {error}")));
        }
        Err(error @ LoadError::Paused { .. }) => {
            let ending = Ending::Paused(error.to_string());
            return Ok(Loaded { summary, counts: Counts::default(), ending });
        }
        Err(error) => return Err(error.into()),
    };
    let bar = bar(source, examined.rows, how.progress);
    file.rewind().with_context(|| format!("{name} cannot be read twice; give a file, not a pipe"))?;
    let reader = match Reader::open(file, profile, options) {
        Ok(reader) => reader,
        Err(error) => {
            summary.refuse(&error);
            let counts = directory.end_load(run, true).await?;
            return Ok(Loaded { summary, counts, ending: Ending::Done { ended: 0 } });
        }
    };
    let copying = LogCopying::every(LOOK_AT_LOG_EVERY, directory.clone());
    let outcome = feed(Loader::new(directory.clone(), run), reader, &mut summary, &bar, how).await;
    drop(copying);
    bar.finish_and_clear();
    let ended = match outcome {
        Ok(run) if summary.refused.is_some() => {
            directory.end_load(run, true).await.map(|counts| (counts, Ending::Done { ended: 0 }))
        }
        Ok(run) => directory.end_delivery(run, how.confirm_absent.as_deref()).await.map(|done| {
            let ending = done.waiting.map_or(Ending::Done { ended: done.ended }, Ending::Waits);
            (done.counts, ending)
        }),
        Err(Stopped::Load(error)) => Err(error),
        Err(Stopped::Reading(error)) => return Err(error),
    };
    let (counts, ending) = match ended {
        // What was committed stands; the run stays open, and the same file continues it.
        Err(error @ LoadError::Paused { .. }) => {
            let ending = Ending::Paused(format!("{name}: {error}"));
            return Ok(Loaded { summary, counts: Counts::default(), ending });
        }
        Err(error) => {
            return Err(anyhow::Error::from(error)
                .context(format!("{name} was not loaded to its end; load it again to continue")));
        }
        Ok(done) => done,
    };
    summary.rows = counts.rows;
    summary.accepted = counts.accepted;
    summary.unchanged = counts.unchanged;
    summary.updated = counts.updated;
    Ok(Loaded { summary, counts, ending })
}

/// A file that is not taken because of what stands around it.
fn refused(mut summary: Summary, code: &'static str, message: &str) -> Loaded {
    summary.refused = Some(Refusal { code, row: None, byte: None, message: message.to_owned() });
    Loaded { summary, counts: Counts::default(), ending: Ending::Done { ended: 0 } }
}

/// Why feeding a file ended early.
enum Stopped {
    Load(LoadError),
    Reading(anyhow::Error),
}

impl From<LoadError> for Stopped {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}

/// Reads on a thread of its own and loads group by group.
async fn feed(
    mut loader: Loader,
    reader: Reader<File>,
    summary: &mut Summary,
    bar: &ProgressBar,
    how: &How,
) -> Result<LoadRun, Stopped> {
    let batch = loader.next_batch().await?;
    let size = Arc::new(AtomicUsize::new(how.together(batch.rows)));
    let (sender, mut groups) = tokio::sync::mpsc::channel(2);
    let wanted = size.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut group = Vec::new();
        for judged in reader {
            match judged {
                Ok(row) => group.push(row),
                Err(error) => {
                    let _ = sender.blocking_send(Ok(std::mem::take(&mut group)));
                    let _ = sender.blocking_send(Err(error));
                    return;
                }
            }
            let full = group.len() >= wanted.load(Ordering::Relaxed);
            if full && sender.blocking_send(Ok(std::mem::take(&mut group))).is_err() {
                return;
            }
        }
        let _ = sender.blocking_send(Ok(group));
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
                loader.push(group).await?;
                bar.inc(rows as u64);
                // Asked anew each time: somebody may have slowed the source, or paused it.
                let mut batch = loader.next_batch().await?;
                let mut pace = Pace::after(rows, [how.rate, Some(batch.rate)]);
                while let Some(sleep) = pace.next_sleep() {
                    tokio::time::sleep(sleep).await;
                    batch = loader.next_batch().await?;
                }
                size.store(how.together(batch.rows), Ordering::Relaxed);
            }
            Err(error) => summary.refuse(&error),
        }
    }
    reading.await.context("the reading thread ended early").map_err(Stopped::Reading)?;
    Ok(loader.finish().await?)
}

fn bar(source: &str, rows: u64, wanted: bool) -> ProgressBar {
    let bar = ProgressBar::new(rows);
    if !wanted || !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = "{msg:>18} [{bar:32}] {human_pos} of {human_len} records, {per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(source.to_owned());
    bar
}

/// Hashes what it reads, so that one pass both examines a file and names it.
struct Hashing<R> {
    source: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(space)?;
        self.hash.update(space.get(..count).unwrap_or_default());
        Ok(count)
    }
}
