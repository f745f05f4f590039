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

/// What was found about one delivery of a file, or about a file that was not loaded.
#[derive(Serialize)]
struct Checked {
    file: String,
    sha256: String,
    /// The source's own number of the delivery.
    sequence: Option<i64>,
    /// Rows in the file, and the sum of their digests.
    rows: u64,
    quarantined: u64,
    checksum: String,
    /// What the directory said of the delivery, over all the days given; of loads without a number, of all of them.
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
        checked.extend(check(path, profile, args.fhir_system.as_deref(), &told)?);
    }
    if args.json {
        println!("{}", serde_json::to_string(&checked)?);
    }
    for one in &checked {
        let Checked { file, rows, told, .. } = one;
        let numbered = one.sequence.map_or_else(String::new, |sequence| format!(" (number {sequence})"));
        match one.agrees {
            true => eprintln!("{file}{numbered}: {rows} rows, all of them accounted for"),
            false => eprintln!(
                "{file}{numbered}: {rows} rows with the checksum {}, and the directory accounts for {} with {}: ask for the receipts \
                 and look for the rows that are missing, or give the sums of the other days on which the file was loaded",
                one.checksum, told.sent, told.checksum
            ),
        }
    }
    Ok(if checked.iter().all(|one| one.agrees) { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// A file by its SHA-256, and the source's own number under which it was delivered: a night without changes has the bytes of the
/// one before.
type Delivery = (String, Option<i64>);

/// Of a delivery: what was told of it, the sum of its digests, and the first day on which it was loaded.
type Told = BTreeMap<Delivery, (Sums, u128, Date)>;

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
                told.entry((file.clone(), one.sequence)).or_insert_with(|| (Sums::default(), 0, day.day));
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

/// Looks at every delivery of a file; at one of which nothing was told where there is none.
fn check(
    path: &Path,
    profile: &'static Profile,
    own_system: Option<&str>,
    told: &Told,
) -> anyhow::Result<Vec<Checked>> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).with_context(|| format!("the file {name} cannot be opened"))?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    drop(bytes);
    let deliveries = told.range((sha256.clone(), None)..=(sha256.clone(), Some(i64::MAX)));
    let mut deliveries: Vec<_> = deliveries
        .map(|((_, sequence), (sums, digests, day))| (*sequence, sums.clone(), *digests, *day))
        .collect();
    if deliveries.is_empty() {
        let nothing = Sums { checksum: checksum([]), ..Sums::default() };
        deliveries.push((None, nothing, 0, Date::default()));
    }
    let mut checked = Vec::with_capacity(deliveries.len());
    for (sequence, told, digests, day) in deliveries {
        let found = Found::in_file(path, profile, own_system, day)?;
        let agrees = found.agrees(&told, digests, sequence);
        checked.push(Checked {
            file: name.clone(),
            sha256: sha256.clone(),
            sequence,
            rows: found.rows,
            quarantined: found.quarantined,
            checksum: checksum([found.digests]),
            told,
            agrees,
        });
    }
    Ok(checked)
}

/// What stands in a file.
struct Found {
    rows: u64,
    quarantined: u64,
    digests: u128,
}

impl Found {
    /// As the loader read it: what lies in the future depends on the day.
    fn in_file(
        path: &Path,
        profile: &'static Profile,
        own_system: Option<&str>,
        day: Date,
    ) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("the file {name} cannot be opened"))?;
        let snapshot = FileSnapshot::of(&file).ok();
        let own_system = own_system.map(str::to_owned);
        let options = Options { snapshot, own_system, ..Options::new(name, day) };
        let mut found = Self { rows: 0, quarantined: 0, digests: 0 };
        judge_file(file, profile, &options, |judged| {
            found.rows += 1;
            found.digests = found.digests.wrapping_add(match judged {
                Outcome::Accepted(row) => row_digest(&row),
                Outcome::Quarantined(row) => {
                    found.quarantined += 1;
                    aside_digest(&row)
                }
            });
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Whether the sums are those of this file, and the parts make the whole. Loads without a number are told together, so that
    /// theirs may be those of the file several times over.
    fn agrees(&self, told: &Sums, digests: u128, sequence: Option<i64>) -> bool {
        let whole =
            told.accepted + told.unchanged + told.quarantined + told.superseded + told.unread == told.sent;
        let loads = match sequence {
            Some(_) => 1,
            None => told.sent.checked_div(self.rows).unwrap_or(0).max(1),
        };
        whole
            && told.sent == self.rows * loads
            && told.quarantined == self.quarantined * loads
            && digests == self.digests.wrapping_mul(u128::from(loads))
    }
}
