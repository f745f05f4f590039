//! `contactpoint accredit`: the conformance kit (rule 11.1). A supplier tests a product alone; the signed report is what an
//! authority decides on. It needs no server and sends nothing anywhere.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use conformance::{Agreed, Case, Checked, Outcome, Report, Run, Signed, Tested, judge};
use directory::connecting::WayIn;
use feeds::Profile;

use self::listening::Listening;
use crate::system;

mod children;
mod exports;
mod key;
mod listening;
mod page;
mod receipts;
mod sheets;

/// Test a product before it feeds a directory, and check the report of a test.
#[derive(Args, Debug)]
pub struct AccreditArgs {
    #[command(subcommand)]
    command: AccreditCommand,
}

#[derive(Subcommand, Debug)]
enum AccreditCommand {
    /// Write the sheets of the cases: what is entered into the product, and when it exports.
    Cases(CasesArgs),
    /// Write the receipts of an export, which tell a product that writes files what was put aside.
    Receipts(ReceiptsArgs),
    /// Judge what the product sent for the cases, and write the signed report.
    #[command(disable_version_flag = true)]
    Type(Box<TypeArgs>),
    /// Check the signature of a report, and say who tested what, and when.
    Verify(VerifyArgs),
}

#[derive(Args, Debug)]
struct CasesArgs {
    /// By which profile the product feeds (docs/feeds).
    #[arg(long, value_name = "NAME")]
    profile: String,
    /// How it sends: files, json, fhir or hl7.
    #[arg(long, value_name = "WAY", default_value = "files")]
    way: String,
    /// The folder to write into; made if absent.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Args, Debug)]
struct ReceiptsArgs {
    /// By which profile the product feeds (docs/feeds).
    #[arg(long, value_name = "NAME")]
    profile: String,
    /// The system (Patient.identifier) of the numbers that the product gives its records in FHIR, where they are not Patient.id.
    #[arg(long, value_name = "SYSTEM")]
    fhir_system: Option<String>,
    /// The folder with what the product exported; the receipts are written beside the export that they are of.
    #[arg(long, value_name = "DIR")]
    files: PathBuf,
}

#[derive(Args, Debug)]
struct TypeArgs {
    /// Who makes the product.
    #[arg(long, value_name = "NAME")]
    supplier: String,
    /// What it is called.
    #[arg(long, value_name = "NAME")]
    product: String,
    /// Its version; another version is another product.
    #[arg(long, value_name = "VERSION")]
    version: String,
    /// By which profile it feeds (docs/feeds).
    #[arg(long, value_name = "NAME")]
    profile: String,
    /// How it sends: files, json, fhir or hl7. Without it, files, and with --endpoint hl7.
    #[arg(long, value_name = "WAY")]
    way: Option<String>,
    /// The system (Patient.identifier) of the numbers that the product gives its records in FHIR, where they are not Patient.id.
    #[arg(long, value_name = "SYSTEM")]
    fhir_system: Option<String>,
    /// The assigning authority (PID-3, component 4) of the numbers that the product gives its records in HL7.
    #[arg(long, value_name = "NAME")]
    assigning_authority: Option<String>,
    /// The folder with what the product exported: one file or folder a case, named by the case's id.
    #[arg(long, value_name = "DIR", required_unless_present = "endpoint", conflicts_with = "endpoint")]
    files: Option<PathBuf>,
    /// Listen on this address of this machine (127.0.0.1:8443) for what the product sends, and go through the cases one by one:
    /// JSON and FHIR over HTTPS, HL7 messages over MLLP.
    #[arg(long, value_name = "ADDRESS")]
    endpoint: Option<SocketAddr>,
    /// The folder of the certificate that the kit shows over HTTPS (server.pem, server.key); one is made where there is none, and
    /// the product must trust it.
    #[arg(long, value_name = "DIR", requires = "endpoint")]
    tls: Option<PathBuf>,
    /// The host name by which the product asks over HTTPS, where it is not localhost.
    #[arg(long, value_name = "NAME", requires = "endpoint")]
    host: Option<String>,
    /// The key that signs the report; a new one is made where there is no such file. Keep it: reports are known by it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Write the signed report, which is handed in.
    #[arg(long, value_name = "FILE")]
    json: PathBuf,
    /// Write the report as a page that needs nothing beside itself.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Let values into the report, for whoever mends the product. Such a report is not taken by a directory.
    #[arg(long)]
    show_values: bool,
}

#[derive(Args, Debug)]
struct VerifyArgs {
    /// The signed report (JSON).
    report: PathBuf,
}

/// What is wrong with the arguments: told before anything is judged.
pub(crate) struct Usage(pub(crate) String);

/// Runs the command.
pub fn run(args: AccreditArgs) -> anyhow::Result<ExitCode> {
    let ended = match args.command {
        AccreditCommand::Cases(args) => cases(&args),
        AccreditCommand::Receipts(args) => told(&args),
        AccreditCommand::Type(args) => test(&args),
        AccreditCommand::Verify(args) => verify(&args),
    };
    ended.unwrap_or_else(|Usage(message)| {
        eprintln!("contactpoint: {message}");
        Ok(ExitCode::from(2))
    })
}

/// An answer, or what is wrong with the question.
type Ended = Result<anyhow::Result<ExitCode>, Usage>;

fn profile(name: &str) -> Result<&'static Profile, Usage> {
    Profile::named(name).ok_or_else(|| {
        let known: Vec<&str> = Profile::ALL.iter().map(|profile| profile.name).collect();
        Usage(format!("--profile {name}: there is no such profile; the profiles are {}", known.join(", ")))
    })
}

fn way(code: &str, profile: &Profile) -> Result<WayIn, Usage> {
    match WayIn::from_code(code) {
        Some(way @ (WayIn::Files | WayIn::Json | WayIn::Fhir)) => Ok(way),
        Some(WayIn::Hl7) if profile.name == "hospital" => Ok(WayIn::Hl7),
        Some(WayIn::Hl7) => Err(Usage(format!(
            "--way hl7: messages are read by the profile hospital alone; test {} by files, json or fhir",
            profile.name
        ))),
        None => {
            Err(Usage(format!("--way {code}: the kit tests files, json, fhir and hl7; give one of them")))
        }
    }
}

fn cases(args: &CasesArgs) -> Ended {
    let profile = profile(&args.profile)?;
    let way = way(&args.way, profile)?;
    Ok(children::of(profile).and_then(|cast| {
        let count = sheets::write(&args.out, &cast, way)?;
        eprintln!("{count} cases of {} in {}; begin with cases.txt", profile.name, args.out.display());
        Ok(ExitCode::SUCCESS)
    }))
}

fn told(args: &ReceiptsArgs) -> Ended {
    let profile = profile(&args.profile)?;
    let agreed = Agreed { fhir_system: args.fhir_system.clone(), ..Agreed::default() };
    let cast = match children::of(profile) {
        Ok(cast) => cast,
        Err(error) => return Ok(Err(error)),
    };
    let written = receipts::write(&args.files, &cast, agreed)?;
    written.iter().for_each(|path| eprintln!("{}: give it to the product", path.display()));
    Ok(Ok(ExitCode::SUCCESS))
}

fn test(args: &TypeArgs) -> Ended {
    let profile = profile(&args.profile)?;
    let usual = if args.endpoint.is_some() { "hl7" } else { "files" };
    let way = way(args.way.as_deref().unwrap_or(usual), profile)?;
    if way == WayIn::Files && args.endpoint.is_some() {
        return Err(Usage(
            "--endpoint: the kit listens for json, fhir and hl7; give --files for files".to_owned(),
        ));
    }
    if matches!(way, WayIn::Json | WayIn::Fhir) && args.endpoint.is_none() {
        return Err(Usage(format!(
            "--way {}: the kit listens for it; give --endpoint and --tls",
            way.code()
        )));
    }
    let agreed = agreed(args, way)?;
    for (option, path) in
        [("--json", Some(&args.json)), ("--html", args.html.as_ref()), ("--key", Some(&args.key))]
    {
        let folder = path.and_then(|path| path.parent()).filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(Usage(format!("{option}: there is no folder {}; make it first", folder.display())));
        }
    }
    for (option, text) in
        [("--supplier", &args.supplier), ("--product", &args.product), ("--version", &args.version)]
    {
        if let Err(error) = directory::Line::parse(text) {
            return Err(Usage(format!("{option}: {error}; give it as it stands on the product")));
        }
    }
    let seed = key::read_or_make(&args.key)?;
    let cast = match children::of(profile) {
        Ok(cast) => cast,
        Err(error) => return Ok(Err(error)),
    };
    let given = match (&args.files, args.endpoint) {
        (Some(folder), _) => exports::read(folder, profile, way)?,
        (None, Some(address)) => {
            let (tls, host) = (args.tls.as_deref(), args.host.as_deref());
            listening::listen(&Listening { address, way, agreed: &agreed, tls, host }, &cast)?
        }
        (None, None) => return Err(Usage("give --files or --endpoint".to_owned())),
    };
    let line = |text: &str| {
        directory::Line::parse(text).map_or_else(|_| text.to_owned(), |line| line.as_str().to_owned())
    };
    let tested =
        Tested { supplier: line(&args.supplier), product: line(&args.product), version: line(&args.version) };
    let (now, show_values) = (system::world().now(), args.show_values);
    let run = Run { tested, way, agreed, cast: &cast, now, show_values };
    let report = judge(&run, &given);
    let signed = Signed::new(report, &seed);
    Ok(write(args, &signed).map(|()| tell(signed.report())))
}

/// By what the product's own numbers are known. It is named in the report, so it is one line, and of the way that is tested.
fn agreed(args: &TypeArgs, way: WayIn) -> Result<Agreed, Usage> {
    let line = |option: &str, given: &Option<String>, fits: bool, ways: &str| match given {
        None => Ok(None),
        Some(_) if !fits => {
            Err(Usage(format!("{option}: --way {} knows none; it is for {ways}", way.code())))
        }
        Some(text) => directory::Line::parse(text)
            .map(|line| Some(line.as_str().to_owned()))
            .map_err(|error| Usage(format!("{option}: {error}; give it as the product sends it"))),
    };
    let by_fhir = matches!(way, WayIn::Fhir | WayIn::Files);
    Ok(Agreed {
        fhir_system: line("--fhir-system", &args.fhir_system, by_fhir, "fhir, and files of FHIR NDJSON")?,
        assigning_authority: line(
            "--assigning-authority",
            &args.assigning_authority,
            way == WayIn::Hl7,
            "hl7",
        )?,
    })
}

fn write(args: &TypeArgs, signed: &Signed) -> anyhow::Result<()> {
    let save = |path: &Path, text: &str| {
        std::fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
    };
    save(&args.json, &signed.to_json())?;
    args.html.as_ref().map_or(Ok(()), |path| save(path, &page::of(signed.report())))
}

/// What became of each case, in a few lines; what is wrong stands in the report.
fn tell(report: &Report) -> ExitCode {
    for case in &report.cases {
        let became = match case.outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::NotGiven => "nothing was given".to_owned(),
            Outcome::Failed => format!("failed, {} finding(s)", case.findings.len()),
        };
        eprintln!("{} {}: {became}", case.id, case.title);
        for finding in case.findings.iter().filter(|_| case.outcome == Outcome::Failed).take(3) {
            eprintln!("    {}: {}. {}", finding.place, finding.what, finding.remedy);
        }
    }
    if report.is_passed() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn verify(args: &VerifyArgs) -> Ended {
    let shown = args.report.display();
    let text = std::fs::read_to_string(&args.report)
        .map_err(|error| Usage(format!("{shown}: cannot be read: {error}; give the JSON report")))?;
    let checked = match Checked::read_any(&text) {
        Ok(checked) => checked,
        Err(error) => {
            eprintln!("contactpoint: {shown}: {error}");
            return Ok(Ok(ExitCode::from(1)));
        }
    };
    let report = checked.report();
    let failed: Vec<&str> = report.failed().map(|case| case.id.as_str()).collect();
    let outcome = match failed.as_slice() {
        [] => format!("all {} cases passed", report.cases.len()),
        failed => {
            format!("{} of {} cases not passed: {}", failed.len(), report.cases.len(), failed.join(", "))
        }
    };
    let mut lines = vec![
        "the signature fits".to_owned(),
        format!(
            "product     {} {} by {}",
            report.tested.product, report.tested.version, report.tested.supplier
        ),
        format!("tested on   {}, by {}, profile {}", report.on, report.way_in_words(), report.profile),
        format!("cases       version {} of the kit: {outcome}", report.kit),
        format!("signed by   the key {}", checked.key()),
        format!("SHA-256     {}", checked.digest()),
    ];
    for (what, agreed) in [
        ("the system", &report.agreed.fhir_system),
        ("the assigning authority", &report.agreed.assigning_authority),
    ] {
        lines.extend(agreed.iter().map(|agreed| format!("own numbers by {what} {agreed}")));
    }
    if report.values_shown {
        lines.push("values are shown: a directory does not take this report".to_owned());
    }
    let mut out = std::io::stdout().lock();
    for line in lines {
        // Whoever closes the pipe has read enough.
        let _ = writeln!(out, "{line}");
    }
    Ok(Ok(ExitCode::SUCCESS))
}

/// The case that a name of a file or folder begins with.
pub(crate) fn case_named(name: &str, case: &Case) -> bool {
    let begins = name.get(..case.id.len()).is_some_and(|start| start.eq_ignore_ascii_case(case.id));
    begins
        && !name
            .get(case.id.len()..)
            .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_alphanumeric()))
}
