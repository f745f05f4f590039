//! The sums of a source's own files beside those it was told (law 8): whoever holds the files can prove that nothing was lost.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use feeds::{FileSnapshot, Options, Outcome, Profile, judge_file};
use jiff::civil::Date;
use serde::Serialize;
use service::{Reconciliation, Sums, aside_digest, checksum, row_digest};
use sha2::{Digest as _, Sha256};

/// What `receipts check` is given.
#[derive(Args)]
pub struct CheckArgs {
    /// The files that were sent.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The feed profile they follow.
    #[arg(long, value_name = "NAME")]
    profile: String,
    /// The system of the source's own numbers in FHIR, where another was agreed (intake.https.fhir_systems).
    #[arg(long, value_name = "SYSTEM")]
    fhir_system: Option<String>,
    /// The sums that `receipts --reconcile` gave for the days on which they were loaded; one file a day.
    #[arg(long = "against", required = true, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

/// What was found about one file.
#[derive(Serialize)]
struct Checked {
    file: String,
    sha256: String,
    /// Rows in the file, and the sum of their digests.
    rows: u64,
    quarantined: u64,
    checksum: String,
    /// What the directory said of it, over all the days given.
    told: Sums,
    /// Whether the two are the same, and the parts make the whole.
    agrees: bool,
}

/// Runs the command.
pub fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let profile = Profile::named(&args.profile)
        .with_context(|| format!("there is no profile named {}", args.profile))?;
    let days = args.against.iter().map(|path| read_day(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let told = told_of_files(&days)?;
    let mut checked = Vec::new();
    for path in &args.files {
        checked.push(check(path, profile, args.fhir_system.clone(), &told)?);
    }
    if args.json {
        println!("{}", serde_json::to_string(&checked)?);
    }
    for one in &checked {
        let Checked { file, rows, told, .. } = one;
        match one.agrees {
            true => eprintln!("{file}: {rows} rows, all of them accounted for"),
            false => eprintln!(
                "{file}: {rows} rows with the checksum {}, and the directory accounts for {} with {}: ask for the receipts and \
                 look for the rows that are missing, or give the sums of the other days on which the file was loaded",
                one.checksum, told.sent, told.checksum
            ),
        }
    }
    Ok(if checked.iter().all(|one| one.agrees) { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Of a file: what was told of it, the sum of its digests, and the first day on which it was loaded.
type Told = BTreeMap<String, (Sums, u128, Date)>;

fn read_day(path: &Path) -> anyhow::Result<Reconciliation> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the sums {} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!("{} is not what `contactpoint receipts --reconcile DATE` prints", path.display())
    })
}

fn told_of_files(days: &[Reconciliation]) -> anyhow::Result<Told> {
    let mut told = Told::new();
    for day in days {
        for one in &day.files {
            let Some(file) = &one.file else { continue };
            let digest = u128::from_str_radix(&one.sums.checksum, 16)
                .with_context(|| format!("the checksum of {file} is no hexadecimal number"))?;
            let (sums, digests, first) =
                told.entry(file.clone()).or_insert_with(|| (Sums::default(), 0, day.day));
            sums.sent += one.sums.sent;
            sums.accepted += one.sums.accepted;
            sums.unchanged += one.sums.unchanged;
            sums.quarantined += one.sums.quarantined;
            sums.superseded += one.sums.superseded;
            sums.unread += one.sums.unread;
            *digests = digests.wrapping_add(digest);
            *first = (*first).min(day.day);
        }
    }
    for (sums, digests, _) in told.values_mut() {
        sums.checksum = checksum([*digests]);
    }
    Ok(told)
}

fn check(
    path: &Path,
    profile: &'static Profile,
    own_system: Option<String>,
    told: &Told,
) -> anyhow::Result<Checked> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).with_context(|| format!("the file {name} cannot be opened"))?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    drop(bytes);
    let (told, _, day) = told
        .get(&sha256)
        .cloned()
        .unwrap_or_else(|| (Sums { checksum: checksum([]), ..Sums::default() }, 0, Date::default()));
    let file = File::open(path).with_context(|| format!("the file {name} cannot be opened"))?;
    let snapshot = FileSnapshot::of(&file).ok();
    // As the loader read it: what lies in the future depends on the day.
    let options = Options { snapshot, own_system, ..Options::new(name.clone(), day) };
    let (mut rows, mut quarantined, mut digests) = (0, 0, 0_u128);
    judge_file(file, profile, &options, |judged| {
        rows += 1;
        digests = digests.wrapping_add(match judged {
            Outcome::Accepted(row) => row_digest(&row),
            Outcome::Quarantined(row) => {
                quarantined += 1;
                aside_digest(&row)
            }
        });
        ControlFlow::Continue(())
    })?;
    let checksum = checksum([digests]);
    let whole =
        told.accepted + told.unchanged + told.quarantined + told.superseded + told.unread == told.sent;
    let agrees = whole && told.sent == rows && told.quarantined == quarantined && told.checksum == checksum;
    Ok(Checked { file: name, sha256, rows, quarantined, checksum, told, agrees })
}
