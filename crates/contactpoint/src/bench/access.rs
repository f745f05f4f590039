//! `contactpoint bench access`: the pages of those who watch, over years of invented accounts and entries, through the
//! service's own use cases. Each reading writes its entry of the trail, durable before the answer, as in use.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use audit::Action;
use clap::Args;
use directory::ChildNumber;
use directory::access::Role;
use jiff::{SignedDuration, ToSpan as _};
use population::Source;
use serde::Serialize;
use service::{About, AuditQuestion, Directory, Filled, Filling, NewAccount, NewOrganisation, SignedIn};
use store::Uuid;

use super::{Machine, Scratch, instant, percentile};
use crate::{installation, system};

/// What `bench access` is given.
#[derive(Args, Clone)]
pub(super) struct AccessArgs {
    /// How many accounts.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    accounts: u64,
    /// How many entries of the audit trail.
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    entries: u64,
    /// How many requests of each kind, at least.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    requests: usize,
    /// A PostgreSQL server whose user may create databases; an embedded database without it.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Make the embedded database in this folder, and keep it.
    #[arg(long, value_name = "DIR", conflicts_with = "database")]
    data: Option<PathBuf>,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct AccessFigures {
    accounts: u64,
    entries: u64,
    engine: &'static str,
    machine: Machine,
    fill_seconds: f64,
    /// Of 200 milliseconds at the 99th percentile: whether every kind of request keeps it.
    within_200_ms: bool,
    requests: Vec<RequestFigures>,
}

#[derive(Serialize)]
struct RequestFigures {
    request: &'static str,
    requests: usize,
    /// Lines answered by a request, on average: an empty page is quick and proves nothing.
    lines: f64,
    p50_ms: f64,
    p99_ms: f64,
    longest_ms: f64,
}

/// Authorities, and partners under each.
const AUTHORITIES: u64 = 152;
const PARTNERS: u64 = 3;
/// Children that can be looked up by their numbers.
const REAL_CHILDREN: u32 = 500;
/// Over how long the entries are spread.
const DAYS: i64 = 90;

pub(super) fn run(args: AccessArgs) -> anyhow::Result<std::process::ExitCode> {
    let json = args.json;
    let figures = installation::run(measure(args))?;
    if json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    }
    table(&figures);
    Ok(std::process::ExitCode::SUCCESS)
}

fn table(figures: &AccessFigures) {
    eprintln!("{:<44} {:>8} {:>7} {:>9} {:>9} {:>9}", "", "requests", "lines", "p50 ms", "p99 ms", "longest");
    for of in &figures.requests {
        let (p50, p99, longest) = (of.p50_ms, of.p99_ms, of.longest_ms);
        let (name, requests, lines) = (of.request, of.requests, of.lines);
        eprintln!("{name:<44} {requests:>8} {lines:>7.1} {p50:>9.2} {p99:>9.2} {longest:>9.2}");
    }
}

async fn measure(args: AccessArgs) -> anyhow::Result<AccessFigures> {
    let scratch = Scratch::new(args.data.as_deref())?;
    let place = scratch.databases(args.database.as_deref()).await?;
    let clock = Arc::new(system::SetBack::by_seconds(0));
    let directory = Arc::new(super::open(&place, &scratch.root, clock).await?);
    directory.bind_to_space("bench").await?;
    let real = real_children(&directory, &scratch).await?;
    let organisations = organisations(&directory).await?;
    let filling = Filling {
        organisations: organisations.all.clone(),
        accounts: args.accounts,
        entries: args.entries,
        real_children: real.clone(),
        other_children: args.entries / 25,
        days: DAYS,
    };
    let begun = instant();
    let mut told = 0;
    let filled = directory
        .fill(&filling, |what, done, of| {
            let percent = done * 100 / of.max(1);
            if percent / 5 != told {
                told = percent / 5;
                eprintln!("{done:>12} of {of} {what}, {:.0} s", begun.elapsed().as_secs_f64());
            }
        })
        .await?;
    let fill_seconds = begun.elapsed().as_secs_f64();
    if args.database.is_some() {
        // As the server's own housekeeping leaves a database that has grown over months.
        store::vacuum(&place.data).await?;
    }
    let requests = requests(&directory, &organisations, &filled, &real, args.requests).await?;
    directory.close().await;
    scratch.remove(&place).await?;
    Ok(AccessFigures {
        accounts: args.accounts,
        entries: args.entries,
        engine: if args.database.is_some() { "postgresql" } else { "sqlite" },
        machine: Machine::this(),
        fill_seconds,
        within_200_ms: requests.iter().all(|of| of.p99_ms <= 200.0),
        requests,
    })
}

/// A few children that can be looked up by their numbers, among all those the entries are about.
async fn real_children(directory: &Arc<Directory>, scratch: &Scratch) -> anyhow::Result<Vec<ChildNumber>> {
    let source = Source::GroBirths;
    let population = population::generate(&population::Config::new(REAL_CHILDREN, super::BENCH_SEED))?;
    super::loading(directory, &population, &scratch.root, &[source]).await?;
    let named: Vec<(String, String)> = population
        .records(source)
        .filter_map(|record| Some((source.name().to_owned(), super::field(&record, "record_id")?.to_owned())))
        .collect();
    Ok(directory.numbers_of_records(&named).await?)
}

struct Organisations {
    centre: Uuid,
    /// An authority that is watched from within.
    watched: Uuid,
    all: Vec<Uuid>,
}

async fn organisations(directory: &Directory) -> anyhow::Result<Organisations> {
    let until = directory.now().checked_add(SignedDuration::from_hours(24 * 365))?;
    let declare = async |name: String, kind: &str, code: Option<String>| {
        let new =
            NewOrganisation { name, kind: kind.to_owned(), authority_code: code, accredited_until: until };
        directory.declare_organisation(new).await
    };
    let centre = declare("The centre".to_owned(), "centre", None).await?;
    let mut all = Vec::new();
    for number in 0..AUTHORITIES {
        let code = format!("E{:08}", 10_000_000 + number);
        all.push(declare(format!("Authority {number}"), "authority", Some(code.clone())).await?);
        for partner in 0..PARTNERS {
            let name = format!("Partner {partner} of authority {number}");
            all.push(declare(name, "partner", Some(code.clone())).await?);
        }
    }
    let watched = all.first().copied().context("there is no authority")?;
    Ok(Organisations { centre, watched, all })
}

async fn person(
    directory: &Directory,
    username: &str,
    role: Role,
    organisation: Uuid,
) -> anyhow::Result<SignedIn> {
    let until = directory.now().checked_add(SignedDuration::from_hours(24 * 365))?;
    directory
        .create_account(NewAccount {
            username: username.to_owned(),
            display_name: format!("The {role:?}"),
            password: super::PASSWORD.to_owned(),
            organisation,
            roles: vec![role],
            clearance_until: until,
            training_until: until,
        })
        .await?;
    super::sign_in(directory, username).await
}

async fn requests(
    directory: &Directory,
    organisations: &Organisations,
    filled: &Filled,
    children: &[ChildNumber],
    wanted: usize,
) -> anyhow::Result<Vec<RequestFigures>> {
    let central = person(directory, "central", Role::CentralTeam, organisations.centre).await?;
    let auditor = person(directory, "auditor", Role::Auditor, organisations.watched).await?;
    let today = directory.today();
    let mut figures = Vec::new();
    let mut kind =
        async |name: &'static str, who: &SignedIn, ask: &dyn Fn(usize) -> Option<AuditQuestion>| {
            let mut times = Vec::with_capacity(wanted);
            let mut lines = 0;
            for number in 0..wanted {
                let question = ask(number).context("nothing was invented to ask about")?;
                let begun = instant();
                let page = directory.read_audit(who, &question).await?;
                times.push(begun.elapsed());
                lines += page.lines.len();
            }
            figures.push(summary(name, times, lines));
            eprintln!("{name}: measured");
            anyhow::Ok(())
        };
    let account = |at: usize| filled.accounts.get(at % filled.accounts.len().max(1));
    let organisation = |at: usize| organisations.all.get(at % organisations.all.len().max(1)).copied();
    let by = |about: About| Some(AuditQuestion::about(about));
    kind("audit: by account", &central, &|at| by(About::Account(account(at)?.username.clone()))).await?;
    kind("audit: by child", &central, &|at| {
        by(About::Child(children.get(at % children.len().max(1))?.clone()))
    })
    .await?;
    kind("audit: by organisation", &central, &|at| by(About::Organisation(organisation(at)?))).await?;
    kind("audit: own authority, by its auditor", &auditor, &|_| {
        by(About::Organisation(organisations.watched))
    })
    .await?;
    kind("audit: by action at an organisation", &central, &|at| {
        by(About::Action(organisation(at)?, Action::RecordViewed))
    })
    .await?;
    kind("audit: by organisation, one day in the past", &central, &|at| {
        let day = today.checked_sub((5 + at as i64 % (DAYS - 10)).days()).ok()?;
        let about = About::Organisation(organisation(at)?);
        Some(AuditQuestion { from: Some(day), until: Some(day), ..AuditQuestion::about(about) })
    })
    .await?;
    kind("audit: everything, one day in the past", &central, &|at| {
        let day = today.checked_sub((5 + at as i64 % (DAYS - 10)).days()).ok()?;
        Some(AuditQuestion { from: Some(day), until: Some(day), ..AuditQuestion::about(About::Everything) })
    })
    .await?;
    let mut times = Vec::with_capacity(wanted);
    for number in 0..wanted {
        let entry = filled.entries.get(number % filled.entries.len().max(1)).copied();
        let begun = instant();
        directory.read_audit_entry(&central, entry.context("no entry was invented")?).await?;
        times.push(begun.elapsed());
    }
    figures.push(summary("audit: one entry, opened and checked", times, wanted));
    Ok(figures)
}

fn summary(request: &'static str, mut times: Vec<Duration>, lines: usize) -> RequestFigures {
    times.sort_unstable();
    RequestFigures {
        request,
        requests: times.len(),
        lines: lines as f64 / times.len().max(1) as f64,
        p50_ms: percentile(&times, 0.50),
        p99_ms: percentile(&times, 0.99),
        longest_ms: percentile(&times, 1.0),
    }
}
