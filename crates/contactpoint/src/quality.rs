//! `contactpoint quality`: the local data quality tool (rule 10.9). It reads files and writes reports; it needs no server,
//! opens no connection and sends nothing anywhere.

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use feeds::FileSnapshot;
use indicatif::{ProgressBar, ProgressBarIter, ProgressDrawTarget, ProgressStyle};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use quality::{Input, Profile, Report, Settings, Trend};

use crate::system;

/// Measure the data quality of files before they are sent: completeness, validity, uniqueness, consistency, timeliness, and
/// what should not be in them at all. CSV, XLSX, XML and FHIR NDJSON. Nothing leaves this machine.
#[derive(Args, Debug)]
pub struct QualityArgs {
    /// The files; all of one source.
    #[arg(required_unless_present = "write_profile", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What they are measured by: gro-births, gro-deaths, dwp-child-benefit, schools-census, nhs-gp, social-care,
    /// health-visiting, hospital, or a profile of your own (a TOML file, docs/quality.md).
    #[arg(long, value_name = "NAME", required_unless_present = "write_profile")]
    profile: Option<String>,
    /// Print a profile as TOML, to begin your own from, and do nothing else.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["files", "profile"])]
    write_profile: Option<String>,
    /// Write the report as a page that needs nothing beside itself.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the report as JSON; - for standard output.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write every fault of every row as CSV, for the person who mends them.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Estimate how many of the records would match a record of this file.
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// The profile of the file given by --against, where it is another.
    #[arg(long, value_name = "NAME", requires = "against")]
    against_profile: Option<String>,
    /// An earlier report (JSON), to show what has changed since.
    #[arg(long, value_name = "FILE.json")]
    previous: Option<PathBuf>,
    /// Let values of rows into the reports. They then hold personal data: keep them where the files are kept. Text about a
    /// child is never shown.
    #[arg(long)]
    show_values: bool,
    /// The system (Patient.identifier) of the source's own numbers in FHIR, where it is not Patient.id.
    #[arg(long, value_name = "SYSTEM")]
    fhir_system: Option<String>,
    /// Do not look for second records of one child.
    #[arg(long)]
    no_duplicates: bool,
    /// Measure as of this day; today where it is not given.
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
}

/// What is wrong with the arguments: told before anything is read.
struct Usage(String);

/// Runs the command.
pub fn run(args: QualityArgs) -> anyhow::Result<ExitCode> {
    if let Some(name) = &args.write_profile {
        return Ok(match Profile::named(name) {
            Some(profile) => {
                print!("{}", profile.to_toml());
                ExitCode::SUCCESS
            }
            None => refuse(&unknown_profile("--write-profile", name)),
        });
    }
    let prepared = match prepare(&args) {
        Ok(prepared) => prepared,
        Err(usage) => return Ok(refuse(&usage)),
    };
    let settings = Settings {
        profile: &prepared.profile,
        today: args.on.unwrap_or_else(|| system::world().now().to_zoned(TimeZone::UTC).date()),
        show_values: args.show_values,
        against_profile: prepared.against_profile.as_ref(),
        duplicates: !args.no_duplicates,
        own_system: args.fhir_system.as_deref(),
    };
    let bar = bar(args.files.iter().chain(&args.against));
    let inputs = open(&args.files, &bar)?;
    let against = open(&args.against, &bar)?;
    let mut faults = args.faults.as_deref().map(create).transpose()?;
    let cannot = || match &args.faults {
        Some(path) => format!("{}: cannot be written", path.display()),
        None => "the list of faults cannot be written".to_owned(),
    };
    let list = faults.as_mut().map(|faults| faults as &mut dyn Write);
    let report = quality::measure(inputs, against, &settings, list).with_context(cannot)?;
    if let Some(mut faults) = faults {
        faults.flush().with_context(cannot)?;
    }
    bar.finish_and_clear();
    write(&args, &report, prepared.trend.as_ref())?;
    tell(&report, prepared.trend.as_ref());
    Ok(if report.has_faults() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn refuse(Usage(message): &Usage) -> ExitCode {
    eprintln!("contactpoint: {message}");
    ExitCode::from(2)
}

/// What the arguments name, read.
struct Prepared {
    profile: Profile,
    against_profile: Option<Profile>,
    trend: Option<Trend>,
}

fn prepare(args: &QualityArgs) -> Result<Prepared, Usage> {
    outputs(args)?;
    let profile = profile("--profile", args.profile.as_deref().unwrap_or_default())?;
    let against_profile =
        args.against_profile.as_deref().map(|name| self::profile("--against-profile", name)).transpose()?;
    let trend = match &args.previous {
        Some(path) => {
            let shown = path.display();
            let text = std::fs::read_to_string(path)
                .map_err(|error| Usage(format!("--previous {shown}: cannot be read: {error}")))?;
            let trend = quality::previous(&text, &profile);
            Some(trend.map_err(|error| Usage(format!("--previous {shown} {error}")))?)
        }
        None => None,
    };
    Ok(Prepared { profile, against_profile, trend })
}

/// A profile has some hundred lines; what is larger is another file.
const LARGEST_PROFILE: u64 = 1 << 20;

/// The profile of a name or a file.
fn profile(option: &str, name: &str) -> Result<Profile, Usage> {
    if let Some(profile) = Profile::named(name) {
        return Ok(profile);
    }
    let Ok(facts) = std::fs::metadata(name) else { return Err(unknown_profile(option, name)) };
    if !facts.is_file() || facts.len() > LARGEST_PROFILE {
        return Err(Usage(format!("{option} {name}: is no profile; give a TOML file (docs/quality.md)")));
    }
    let text = std::fs::read_to_string(name)
        .map_err(|error| Usage(format!("{option} {name}: cannot be read: {error}; save it as UTF-8 text")))?;
    Profile::from_toml(&text).map_err(|error| Usage(format!("{option} {name}, {error}")))
}

fn unknown_profile(option: &str, name: &str) -> Usage {
    let known: Vec<&str> = feeds::Profile::ALL.iter().map(|profile| profile.name).collect();
    Usage(format!(
        "{option} {name}: there is no such profile and no such file; the profiles are {}",
        known.join(", ")
    ))
}

/// Files that are read must be there; files that are written must be others, in a folder that is there.
fn outputs(args: &QualityArgs) -> Result<(), Usage> {
    let read = || args.files.iter().chain(&args.against);
    if let Some(path) = read().find(|path| !path.is_file()) {
        return Err(Usage(format!("{}: there is no such file; give the path of a file", path.display())));
    }
    let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut known: Vec<PathBuf> = read().chain(&args.previous).map(|path| place(path)).collect();
    for (option, path) in [("--html", &args.html), ("--json", &args.json), ("--faults", &args.faults)] {
        let Some(path) = path.as_ref().filter(|path| path.as_os_str() != "-") else { continue };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(Usage(format!(
                "{option} {}: there is no folder {}; make it first",
                path.display(),
                folder.display()
            )));
        }
        if path.is_dir() {
            return Err(Usage(format!("{option} {}: is a folder; give the name of a file", path.display())));
        }
        let own = place(path);
        if known.contains(&own) {
            return Err(Usage(format!(
                "{option} {}: would overwrite a file that is read, or another report; give another name",
                path.display()
            )));
        }
        known.push(own);
    }
    Ok(())
}

fn open(paths: &[PathBuf], bar: &ProgressBar) -> anyhow::Result<Vec<Input<ProgressBarIter<File>>>> {
    let open = |path: &PathBuf| {
        // A report goes to people whom the folders of this machine do not concern.
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("{shown}: cannot be opened"))?;
        let snapshot =
            FileSnapshot::of(&file).with_context(|| format!("{shown}: its size cannot be read"))?;
        Ok(Input { name, source: bar.wrap_read(file), snapshot: Some(snapshot) })
    };
    paths.iter().map(open).collect()
}

/// The bytes of all files, on a terminal.
fn bar<'a>(files: impl Iterator<Item = &'a PathBuf>) -> ProgressBar {
    let bytes = files.filter_map(|path| path.metadata().ok()).map(|facts| facts.len()).sum();
    let bar = ProgressBar::new(bytes);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template =
        "measuring [{bar:32}] {binary_bytes} of {binary_total_bytes}, {binary_bytes_per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
    Ok(BufWriter::new(file))
}

fn write(args: &QualityArgs, report: &Report, trend: Option<&Trend>) -> anyhow::Result<()> {
    let save = |path: &Path, text: &str| {
        std::fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
    };
    if let Some(path) = &args.html {
        save(path, &quality::page(report, trend))?;
    }
    match &args.json {
        Some(path) if path.as_os_str() == "-" => println!("{}", serde_json::to_string(report)?),
        Some(path) => save(path, &format!("{}\n", serde_json::to_string_pretty(report)?))?,
        None => {}
    }
    Ok(())
}

/// The verdict in a few lines.
fn tell(report: &Report, trend: Option<&Trend>) {
    let words =
        if report.scores.verdict.ready_to_rehearse { "ready to rehearse" } else { "not ready to rehearse" };
    let before = trend.map_or_else(String::new, |trend| format!(" (was {:.1})", trend.overall));
    eprintln!(
        "{}: {} rows, {} with faults; score {:.1} of 100{before}: {words}",
        report.profile, report.rows, report.faulty_rows, report.scores.overall
    );
    for file in report.files.iter().chain(&report.against_files) {
        if let Some(refused) = &file.refused {
            eprintln!("  {}", refused.message);
        }
    }
    for reason in &report.scores.verdict.reasons {
        eprintln!("  {reason}");
    }
}
