//! `contactpoint bench`: what this machine does, printed so that others can compare.

mod access;
mod adoptions;
mod holds;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use directory::access::{Reason, Role};
use directory::search::{Criteria, PostcodeQuery};
use directory::{Line, PartialDate};
use jiff::SignedDuration;
use population::{Population, Record, Source};
use serde::Serialize;
use service::{
    ClientAddress, Directory, NewAccount, NewOrganisation, NewSource, Policy, Reasoned, SearchAnswer,
    SignedIn, World,
};

use crate::{installation, load, system};

/// What `bench` is given.
#[derive(Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: BenchCommand,
}

#[derive(Subcommand)]
enum BenchCommand {
    /// Load the six sources of an invented population into an empty directory.
    Load(Measure),
    /// Load, then search by each kind of question.
    Search(Measure),
    /// Fill a database with accounts and entries of the trail, then look them up as those who watch do.
    Access(access::AccessArgs),
    /// Load three sources, protect some children, load three more: how many records of other children are held.
    Holds(HoldsArgs),
    /// Load six sources, and what they say half a year later: how many undeclared adoptions are noticed, and how many of other
    /// families' changes wait for nothing.
    Adoptions(AdoptionsArgs),
}

#[derive(Args, Clone)]
struct AdoptionsArgs {
    /// How many children.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    children: u32,
    /// A PostgreSQL server whose user may create databases; an embedded database without it.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Clone)]
struct HoldsArgs {
    /// How many children.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    children: u32,
    /// How many children of a thousand are shielded; the historical system expected fewer than five (rule 2.16).
    #[arg(long, value_name = "N", default_value_t = 5)]
    shielded_per_thousand: u32,
    /// A PostgreSQL server whose user may create databases; an embedded database without it.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Clone)]
struct Measure {
    /// How many children.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    children: u32,
    /// A PostgreSQL server whose user may create databases; an embedded database without it.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Keep the data in this folder and use what is there (embedded only).
    #[arg(long, value_name = "DIR", conflicts_with = "database")]
    data: Option<PathBuf>,
    /// How many searches of each kind.
    #[arg(long, value_name = "N", default_value_t = 400)]
    searches: usize,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

/// Everything measured in one run.
#[derive(Serialize)]
struct Figures {
    children: u32,
    engine: &'static str,
    durability: &'static str,
    machine: Machine,
    load: Option<LoadFigures>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    search: Vec<SearchFigures>,
}

#[derive(Serialize)]
struct Machine {
    cores: usize,
    memory_gib: Option<f64>,
}

impl Machine {
    fn this() -> Self {
        Self { cores: std::thread::available_parallelism().map_or(0, usize::from), memory_gib: memory() }
    }
}

#[derive(Serialize)]
struct LoadFigures {
    records: u64,
    seconds: f64,
    records_per_second: f64,
    sources: Vec<SourceFigures>,
    peak_memory_mib: Option<f64>,
}

#[derive(Serialize)]
struct SourceFigures {
    source: &'static str,
    records: u64,
    records_per_second: f64,
    /// Of this process: on a machine whose processors others use too, this tells more than the rate.
    processor_ms_per_record: Option<f64>,
    linked: u64,
    opened: u64,
    for_review: u64,
}

#[derive(Serialize)]
struct SearchFigures {
    question: &'static str,
    searches: usize,
    found_share: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// Runs the command.
pub fn run(args: BenchArgs) -> anyhow::Result<ExitCode> {
    let (measure, searching) = match args.what {
        BenchCommand::Load(measure) => (measure, false),
        BenchCommand::Search(measure) => (measure, true),
        BenchCommand::Access(args) => return access::run(args),
        BenchCommand::Holds(args) => {
            let json = args.json;
            return told(&installation::run(holds::figures(args))?, json);
        }
        BenchCommand::Adoptions(args) => {
            let json = args.json;
            return told(&installation::run(adoptions::figures(args))?, json);
        }
    };
    let json = measure.json;
    told(&installation::run(figures(measure, searching))?, json)
}

fn told(figures: &impl Serialize, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        println!("{}", serde_json::to_string(figures)?);
    } else {
        println!("{}", serde_json::to_string_pretty(figures)?);
    }
    Ok(ExitCode::SUCCESS)
}

async fn figures(measure: Measure, searching: bool) -> anyhow::Result<Figures> {
    let scratch = Scratch::new(measure.data.as_deref())?;
    eprintln!("Inventing {} children…", measure.children);
    let population = population::generate(&population::Config::new(measure.children, BENCH_SEED))?;
    let place = scratch.databases(measure.database.as_deref()).await?;
    // First sightings are held for ten minutes: the load happens twenty minutes ago, the searches now.
    let clock = Arc::new(system::SetBack::by_seconds(20 * 60));
    let directory = Arc::new(open(&place, &scratch.root, clock.clone()).await?);
    let load = if scratch.is_loaded() {
        None
    } else {
        let figures = loading(&directory, &population, &scratch.root, &Source::ALL).await?;
        std::fs::write(scratch.root.join("loaded"), "")?;
        Some(figures)
    };
    clock.end();
    let search =
        if searching { searches(&directory, &population, measure.searches).await? } else { Vec::new() };
    directory.close().await;
    scratch.remove(&place).await?;
    Ok(Figures {
        children: measure.children,
        engine: if measure.database.is_some() { "postgresql" } else { "sqlite" },
        durability: if measure.database.is_some() {
            "a group is acknowledged after its commit; the server's own fsync and synchronous_commit apply"
        } else {
            "a group is acknowledged after its commit; WAL, synchronous=FULL, two fsyncs a group (keys, data)"
        },
        machine: Machine::this(),
        load,
        search,
    })
}

/// Another seed than the demo's, so that nothing is tuned to it.
const BENCH_SEED: u64 = 20_261_122;

/// Where a bench keeps its things.
struct Scratch {
    root: PathBuf,
    keep: bool,
}

/// The two databases of a bench.
struct Place {
    data: String,
    keys: String,
    server: Option<(String, String)>,
}

impl Scratch {
    fn new(data: Option<&Path>) -> anyhow::Result<Self> {
        let (root, keep) = match data {
            Some(folder) => (std::path::absolute(folder)?, true),
            None => (std::env::temp_dir().join(format!("contactpoint-bench-{}", std::process::id())), false),
        };
        for folder in ["data", "keys", "feeds"] {
            installation::private_folder(&root.join(folder))?;
        }
        Ok(Self { root, keep })
    }

    fn is_loaded(&self) -> bool {
        self.keep && self.root.join("loaded").exists()
    }

    async fn databases(&self, server: Option<&str>) -> anyhow::Result<Place> {
        let Some(server) = server else {
            let url = |path: &str| format!("sqlite:{}", self.root.join(path).display());
            return Ok(Place { data: url("data/contactpoint.db"), keys: url("keys/keys.db"), server: None });
        };
        let name = format!("contactpoint_bench_{}", std::process::id());
        let keys = format!("{name}_keys");
        store::create_database(server, &name).await?;
        store::create_database(server, &keys).await?;
        Ok(Place {
            data: store::database_url(server, &name)?,
            keys: store::database_url(server, &keys)?,
            server: Some((server.to_owned(), name)),
        })
    }

    async fn remove(self, place: &Place) -> anyhow::Result<()> {
        if let Some((server, name)) = &place.server {
            store::drop_database(server, name).await?;
            store::drop_database(server, &format!("{name}_keys")).await?;
        }
        if !self.keep {
            std::fs::remove_dir_all(&self.root).context("the bench's folder cannot be removed")?;
        }
        Ok(())
    }
}

async fn open(place: &Place, root: &Path, clock: Arc<system::SetBack>) -> anyhow::Result<Directory> {
    let world = World { clock, chance: system::chance() };
    let key_file = root.join("key");
    let key = if key_file.exists() {
        vault::load_key_file(&key_file)?
    } else {
        vault::create_key_file(&key_file, &mut world.chance.generator())?
    };
    let options = load::database_options();
    let directory =
        Directory::open(&place.data, &place.keys, &options, key, Policy::default(), world).await?;
    let until = directory.now().checked_add(SignedDuration::from_hours(24 * 365))?;
    directory
        .declare_organisation(NewOrganisation {
            name: "Bench".to_owned(),
            kind: "authority".to_owned(),
            authority_code: None,
            accredited_until: until,
        })
        .await?;
    // As in the demo: those nearest to the child count most, the register of births least.
    for (precedence, source) in (1..).zip(Source::ALL.into_iter().rev()) {
        directory
            .declare_source(NewSource {
                name: source.name().to_owned(),
                profile: source.name().to_owned(),
                organisation: "Bench".to_owned(),
                precedence,
                one_record_per_child: false,
                accredited_until: Some(jiff::civil::date(2040, 3, 31)),
            })
            .await?;
    }
    Ok(directory)
}

async fn loading(
    directory: &Arc<Directory>,
    population: &Population,
    root: &Path,
    which: &[Source],
) -> anyhow::Result<LoadFigures> {
    let feeds = root.join("feeds");
    population.write(&feeds, &mut |_, _, _| {})?;
    let mut sources = Vec::new();
    let (mut records, mut seconds) = (0, 0.0);
    for &source in which {
        let path = feeds.join(format!("{}.csv", source.name()));
        let (begun, worked) = (instant(), processor_seconds());
        let how = load::How::in_groups_of(service::GROUP);
        let (summary, counts) = load::load_file_counted(directory, source.name(), &path, &how).await?;
        let took = begun.elapsed().as_secs_f64();
        anyhow::ensure!(summary.refused.is_none(), "the bench's own file was refused");
        records += summary.rows;
        seconds += took;
        let rate = summary.rows as f64 / took;
        eprintln!("{:>18}: {} records, {rate:.0} a second", source.name(), summary.rows);
        sources.push(SourceFigures {
            source: source.name(),
            records: summary.rows,
            records_per_second: rate,
            processor_ms_per_record: worked
                .zip(processor_seconds())
                .map(|(before, after)| (after - before) * 1000.0 / summary.rows as f64),
            linked: counts.linked,
            opened: counts.opened,
            for_review: counts.for_review,
        });
    }
    Ok(LoadFigures {
        records,
        seconds,
        records_per_second: records as f64 / seconds,
        sources,
        peak_memory_mib: peak_memory(),
    })
}

/// A question of one kind, made from a record.
type Ask = fn(&Record) -> Option<Criteria>;

/// The kinds of question, each made from what a school or a practice knows of a child.
const QUESTIONS: [(&str, Ask); 5] = [
    ("surname and date of birth", |record| {
        Some(Criteria {
            names: line(field(record, "surname")?),
            date_of_birth: born(record),
            ..Criteria::default()
        })
    }),
    ("forename, surname and age", |record| {
        let names = format!("{} {}", field(record, "forenames")?, field(record, "surname")?);
        let age =
            directory::search::AgeBand::parse(&born(record)?.age_on(population::DEFAULT_AS_OF)?.to_string());
        Some(Criteria { names: line(&names), age: age.ok(), ..Criteria::default() })
    }),
    ("surname and street", |record| {
        let street = field(record, "address_line_1")?.trim_start_matches(|c: char| !c.is_alphabetic());
        Some(Criteria { names: line(field(record, "surname")?), street: line(street), ..Criteria::default() })
    }),
    ("surname and postcode", |record| {
        let postcode = PostcodeQuery::parse(field(record, "postcode")?).ok();
        let names = line(field(record, "surname")?);
        postcode.map(|postcode| Criteria {
            names,
            postcode: Some(postcode),
            date_of_birth: born(record),
            ..Criteria::default()
        })
    }),
    ("surname and school", |record| {
        Some(Criteria {
            names: line(field(record, "surname")?),
            school: line(field(record, "school_name")?),
            ..Criteria::default()
        })
    }),
];

async fn searches(
    directory: &Directory,
    population: &Population,
    wanted: usize,
) -> anyhow::Result<Vec<SearchFigures>> {
    let who = practitioner(directory).await?;
    let every = (population.len(Source::SchoolsCensus) / wanted.max(1)).max(1);
    let records: Vec<Record> =
        population.records(Source::SchoolsCensus).step_by(every).take(wanted).collect();
    let mut figures = Vec::new();
    for (question, ask) in QUESTIONS {
        let mut times: Vec<Duration> = Vec::new();
        let mut found = 0_usize;
        for record in &records {
            let Some(criteria) = ask(record) else { continue };
            let begun = instant();
            let answer = directory.search(&who, criteria).await;
            let took = begun.elapsed();
            // A question too weak to be answered is no look-up.
            let Ok(answer) = answer else { continue };
            times.push(took);
            found += usize::from(matches!(answer.data(), SearchAnswer::Found(_)));
        }
        times.sort_unstable();
        figures.push(SearchFigures {
            question,
            searches: times.len(),
            found_share: found as f64 / times.len().max(1) as f64,
            p50_ms: percentile(&times, 0.50),
            p99_ms: percentile(&times, 0.99),
        });
    }
    Ok(figures)
}

/// What a share of the times, sorted, is not longer than, in milliseconds.
fn percentile(times: &[Duration], share: f64) -> f64 {
    let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
    times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

/// Every account of a bench has it: the people are invented and the database is gone afterwards.
const PASSWORD: &str = "seven quiet otters swim";

async fn practitioner(directory: &Directory) -> anyhow::Result<Reasoned> {
    let username = "bench";
    if !directory.has_account(username).await? {
        let organisation =
            directory.organisation_id("Bench").await?.context("the bench's organisation is missing")?;
        let until = directory.now().checked_add(SignedDuration::from_hours(24 * 365))?;
        directory
            .create_account(NewAccount {
                username: username.to_owned(),
                display_name: "Bench".to_owned(),
                password: PASSWORD.to_owned(),
                organisation,
                roles: vec![Role::Practitioner],
                clearance_until: until,
                training_until: until,
            })
            .await?;
    }
    let who = sign_in(directory, username).await?;
    Ok(directory.state_reason(&who, Reason::WhoElseIsInvolved).await?)
}

async fn sign_in(directory: &Directory, username: &str) -> anyhow::Result<SignedIn> {
    let from = ClientAddress(IpAddr::from([127, 0, 0, 1]));
    let challenge = directory.begin_sign_in(username, PASSWORD, &from).await?;
    let code = directory.current_code(username).await?;
    let session = directory.finish_sign_in(&challenge.token, &code, &from).await?;
    Ok(directory.authenticate(&session.token).await?)
}

fn field<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    Some(record.get(name)).filter(|value| !value.is_empty())
}

fn line(text: &str) -> Option<Line> {
    Line::parse(text).ok()
}

fn born(record: &Record) -> Option<PartialDate> {
    PartialDate::parse(field(record, "date_of_birth")?).ok()
}

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn instant() -> Instant {
    Instant::now()
}

/// How long processors have worked for this process, from the system's account, which counts in hundredths.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the program's name, ends with the last bracket; times are the fourteenth and fifteenth.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

/// The most memory this process has had, from the system's account.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    kib_of(&status, "VmHWM:").map(|kib| kib / 1024.0)
}

fn memory() -> Option<f64> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    kib_of(&info, "MemTotal:").map(|kib| kib / (1024.0 * 1024.0))
}

fn kib_of(text: &str, field: &str) -> Option<f64> {
    text.lines().find(|line| line.starts_with(field))?.split_whitespace().nth(1)?.parse().ok()
}
