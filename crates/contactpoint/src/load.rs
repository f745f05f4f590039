//! `contactpoint load`: a source's files through the pipeline, with progress, a summary and an exit status.

mod manifest;

use std::fs::File;
use std::io::{self, IsTerminal as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use feeds::{FileSnapshot, Refusal, Summary};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use service::{
    AwaitsPerson, Counts, Directory, FileBytes, FileEnding, FileLoad, FileLoaded, Following, GROUP,
};

use self::manifest::{Manifest, Wanted};
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
            let goes_on = matches!(one.ending, FileEnding::Done { .. }) && one.summary.refused.is_none();
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
    fn of(args: &LoadArgs, loaded: Vec<FileLoaded>) -> Self {
        let (mut ended, mut paused, mut waiting) = (0, false, None);
        let mut files = Vec::with_capacity(loaded.len());
        for one in loaded {
            match one.ending {
                FileEnding::Done { ended: here } => ended += here,
                FileEnding::Paused(said) => {
                    eprintln!("{said}");
                    paused = true;
                }
                FileEnding::Waits(AwaitsPerson { digest, absent, held }) => {
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
            superseded: total(|file| file.superseded),
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
                "{}: {} rows: {} accepted, {} unchanged, {} updated, {} superseded, {} quarantined",
                file.file,
                file.rows,
                file.accepted,
                file.unchanged,
                file.updated,
                file.superseded,
                file.quarantined
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
        FileEnding::Paused(said) => anyhow::bail!(said),
        FileEnding::Done { .. } | FileEnding::Waits(_) => Ok((loaded.summary, loaded.counts)),
    }
}

/// Loads one file, and says how far.
async fn load_one(
    directory: &Arc<Directory>,
    source: &str,
    path: &Path,
    how: &How,
) -> anyhow::Result<FileLoaded> {
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| format!("the file {name} cannot be opened"))?;
    let snapshot = FileSnapshot::of(&file).with_context(|| format!("the size of {name} cannot be read"))?;
    // An unknown source is told before a missing manifest is.
    directory.profile_of(source).await?;
    let manifest = match Manifest::beside(path, how.wanted) {
        Ok(manifest) => manifest,
        Err(error) => return Ok(refused(Summary::new(source, &name), &format!("{error:#}"))),
    };
    let load = FileLoad {
        name,
        snapshot: Some(snapshot),
        promise: manifest.map(|manifest| manifest.promise(path)),
        dry: how.dry,
        rate: how.rate,
        group: how.group,
        confirm_absent: how.confirm_absent.clone(),
    };
    let mut bar = Bar { source, wanted: how.progress, shown: None };
    let copying = LogCopying::every(LOOK_AT_LOG_EVERY, directory.clone());
    let loaded = directory.load_file(source, OnDisk(file), &load, &mut bar).await;
    drop(copying);
    if let Some(shown) = bar.shown {
        shown.finish_and_clear();
    }
    Ok(loaded?)
}

/// A file of this machine.
struct OnDisk(File);

impl FileBytes for OnDisk {
    type Reader = File;

    fn read_anew(&mut self) -> io::Result<File> {
        self.0.rewind()?;
        self.0.try_clone()
    }
}

/// A file that is not taken because of what stands beside it.
fn refused(mut summary: Summary, message: &str) -> FileLoaded {
    summary.refused = Some(Refusal { code: "M01", row: None, byte: None, message: message.to_owned() });
    FileLoaded { summary, counts: Counts::default(), ending: FileEnding::Done { ended: 0 } }
}

/// A progress bar, from the moment at which the number of rows is known.
struct Bar<'a> {
    source: &'a str,
    wanted: bool,
    shown: Option<ProgressBar>,
}

impl Following for Bar<'_> {
    fn begins(&mut self, rows: u64) {
        self.shown = Some(bar(self.source, rows, self.wanted));
    }

    fn taken(&mut self, rows: usize) {
        if let Some(shown) = &self.shown {
            shown.inc(rows as u64);
        }
    }
}

fn bar(source: &str, rows: u64, wanted: bool) -> ProgressBar {
    let bar = ProgressBar::new(rows);
    if !wanted || !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = "{msg:>18} [{bar:32}] {human_pos} of {human_len} records, {per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(source.to_owned());
    bar
}
