//! `contactpoint load`: a source's files through the pipeline, with progress, a summary and an exit status.

use std::fs::File;
use std::io::{IsTerminal as _, Read, Seek as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use feeds::{FileSnapshot, Options, Profile, Reader, Summary};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use service::{Counts, Directory, GROUP, LoadRun, Loader};
use sha2::{Digest as _, Sha256};

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
    /// The files hold only what changed (the default, and so far the only kind: absence deletes nothing).
    #[arg(long)]
    delta: bool,
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
    files: Vec<Summary>,
}

/// Runs the command.
pub fn run(args: LoadArgs) -> anyhow::Result<ExitCode> {
    let config = Config::read(&args.config)?;
    installation::run(async {
        let directory = Arc::new(installation::open(&config, &database_options(), system::world()).await?);
        installation::has_the_journal(&directory).await?;
        let mut files = Vec::new();
        for path in &args.files {
            let how = How { dry: args.dry_run, rate: args.rate, progress: true, group: GROUP };
            files.push(load_file(&directory, &args.source, path, &how).await?);
        }
        crate::serve::hand_to_witness(&directory, &config.audit.witness_file).await?;
        directory.close().await;
        let total = |count: fn(&Summary) -> u64| files.iter().map(count).sum();
        let report = Report {
            source: args.source.clone(),
            dry_run: args.dry_run,
            rows: total(|file| file.rows),
            accepted: total(|file| file.accepted),
            unchanged: total(|file| file.unchanged),
            updated: total(|file| file.updated),
            quarantined: total(|file| file.quarantined),
            files,
        };
        if args.json {
            println!("{}", serde_json::to_string(&report)?);
        } else {
            tell(&report);
        }
        let refused = report.files.iter().any(|file| file.refused.is_some());
        Ok(if refused || report.quarantined > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    })
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
    /// How many rows are scored and committed together.
    pub group: usize,
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
    let name = path.display().to_string();
    let mut summary = Summary::new(source, &name);
    let mut file = File::open(path).with_context(|| format!("the file {name} cannot be opened"))?;
    let snapshot = FileSnapshot::of(&file).with_context(|| format!("the size of {name} cannot be read"))?;
    let profile_name = directory.profile_of(source).await?;
    let profile = Profile::named(&profile_name).with_context(|| {
        format!("the source {source} has the profile {profile_name}, which is not shipped")
    })?;
    let options = Options { file: name.clone(), today: directory.today(), snapshot: Some(snapshot) };
    let mut hashed = Hashing { source: &mut file, hash: Sha256::new() };
    let examined = match feeds::examine(&mut hashed, profile, &options) {
        Ok(examined) => examined,
        Err(error) => {
            summary.refuse(&error);
            return Ok((summary, Counts::default()));
        }
    };
    let digest = directory.file_digest(&hashed.hash.finalize().into());
    let run = directory.begin_load(source, digest, how.dry).await?;
    let bar = bar(source, examined.rows, how.progress);
    file.rewind().with_context(|| format!("{name} cannot be read twice; give a file, not a pipe"))?;
    let reader = match Reader::open(file, profile, options) {
        Ok(reader) => reader,
        Err(error) => {
            summary.refuse(&error);
            let counts = directory.end_load(run, true).await?;
            return Ok((summary, counts));
        }
    };
    let copying = LogCopying::every(LOOK_AT_LOG_EVERY, directory.clone());
    let outcome = feed(Loader::new(directory.clone(), run), reader, &mut summary, &bar, how).await;
    drop(copying);
    bar.finish_and_clear();
    let ended = match outcome {
        Ok(run) => directory.end_load(run, summary.refused.is_some()).await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    // What was committed stands; the run stays open, and the same file continues it.
    let counts =
        ended.with_context(|| format!("{name} was not loaded to its end; load it again to continue"))?;
    summary.rows = counts.rows;
    summary.accepted = counts.accepted;
    summary.unchanged = counts.unchanged;
    summary.updated = counts.updated;
    Ok((summary, counts))
}

/// Reads on a thread of its own and loads group by group.
async fn feed(
    mut loader: Loader,
    reader: Reader<File>,
    summary: &mut Summary,
    bar: &ProgressBar,
    how: &How,
) -> anyhow::Result<LoadRun> {
    let size = how.group;
    let (sender, mut groups) = tokio::sync::mpsc::channel(2);
    let reading = tokio::task::spawn_blocking(move || {
        let mut group = Vec::with_capacity(size);
        for judged in reader {
            match judged {
                Ok(row) => group.push(row),
                Err(error) => {
                    let _ = sender.blocking_send(Ok(std::mem::take(&mut group)));
                    let _ = sender.blocking_send(Err(error));
                    return;
                }
            }
            if group.len() == size && sender.blocking_send(Ok(std::mem::take(&mut group))).is_err() {
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
                let size = group.len();
                loader.push(group).await?;
                bar.inc(size as u64);
                pace(size, how.rate).await;
            }
            Err(error) => summary.refuse(&error),
        }
    }
    reading.await.context("the reading thread ended early")?;
    Ok(loader.finish().await?)
}

async fn pace(rows: usize, rate: Option<u32>) {
    if let Some(rate) = rate {
        tokio::time::sleep(Duration::from_secs_f64(rows as f64 / f64::from(rate))).await;
    }
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
