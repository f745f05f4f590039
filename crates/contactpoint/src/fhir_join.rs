//! `contactpoint fhir-join`: makes the file of a bulk export that can be measured and loaded.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use feeds::fhir::export::{JoinError, Part, join};
use indicatif::{ProgressBar, ProgressStyle};

/// Join the files of a FHIR bulk export, one for each type of resource, into one in which what is about a child stands behind its
/// Patient, as `quality` and `load` read it. Needs no server; each file is read twice.
#[derive(Args, Clone, Debug)]
pub struct FhirJoinArgs {
    /// The files: Patient.ndjson, RelatedPerson.ndjson, EpisodeOfCare.ndjson, Organization.ndjson …, in any order.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The file to write, with every child in it; it must not exist.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Leave out, and count, resources about a Patient who is in none of the files.
    #[arg(long)]
    pub leave_out: bool,
}

/// Joins and writes. Exit status 1 where the files cannot be joined, 2 where the arguments are wrong.
///
/// # Errors
/// If a file cannot be opened or the result cannot be written.
pub fn run(args: FhirJoinArgs) -> anyhow::Result<ExitCode> {
    let mut parts = Vec::with_capacity(args.files.len());
    let mut bytes = 0;
    for path in &args.files {
        let shown = path.display();
        let lines = File::open(path).with_context(|| format!("{shown}: cannot be opened"))?;
        bytes += lines.metadata().with_context(|| format!("{shown}: cannot be read"))?.len();
        parts.push(Part { name: shown.to_string(), lines });
    }
    let shown = args.out.display();
    if args.out.exists() {
        eprintln!("contactpoint: --out {shown}: is there already; name a new file, so that none is lost");
        return Ok(ExitCode::from(2));
    }
    // Written beside and put in its place whole: what was interrupted is never taken for an export.
    let unfinished = args.out.with_extension("unfinished");
    let out = private(&unfinished).with_context(|| format!("{}: cannot be made", unfinished.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, out);
    let style = ProgressStyle::with_template("{bar:40} {percent}% {eta} to go")?;
    let bar = ProgressBar::new(bytes * 2).with_style(style);
    let outcome = join(&mut parts, &mut out, args.leave_out, &mut |more| bar.inc(more));
    bar.finish_and_clear();
    let joined = match outcome {
        Ok(joined) => joined,
        Err(error) => {
            drop(out);
            let _ = std::fs::remove_file(&unfinished);
            let status = if matches!(error, JoinError::TooManyFiles(_)) { 2 } else { 1 };
            eprintln!("contactpoint: {error}");
            return Ok(ExitCode::from(status));
        }
    };
    let kept = out.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|mut file| {
        file.flush()?;
        file.sync_all()?;
        std::fs::rename(&unfinished, &args.out)
    });
    kept.with_context(|| format!("{shown}: cannot be written"))?;
    eprintln!(
        "{shown}: {} Patients, {} resources behind them, {} before the first that children may share",
        joined.patients, joined.of_patients, joined.shared
    );
    for (kind, count) in &joined.left_out {
        eprintln!("left out: {count} {kind} about a Patient in none of the files");
    }
    Ok(ExitCode::SUCCESS)
}

/// A new file that its owner alone may read: it names children.
fn private(path: &std::path::Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}
