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
use directory::access::{AccountState, FactKind};
use jiff::{SignedDuration, ToSpan as _};
use population::Source;
use serde::Serialize;
use service::{
    About, AccountQuery, AuditQuestion, Directory, Filled, Filling, NewAccount, NewOrganisation, SignedIn,
};
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
    /// How many partners under each of 152 authorities.
    #[arg(long, value_name = "N", default_value_t = 70)]
    partners: u64,
    /// How many requests of each kind, at least.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    requests: usize,
    /// Only the kinds whose name holds this text, such as `audit: by child`.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
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
    organisations: u64,
    alerts: u64,
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

/// Authorities.
const AUTHORITIES: u64 = 152;
/// Entries of the trail for one alert.
const ENTRIES_OF_AN_ALERT: u64 = 400;
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
    let organisations = organisations(&directory, args.partners).await?;
    let filling = Filling {
        organisations: organisations.all.clone(),
        accounts: args.accounts,
        entries: args.entries,
        real_children: real.clone(),
        other_children: args.entries / 25,
        alerts: args.entries / ENTRIES_OF_AN_ALERT,
        days: DAYS,
    };
    let begun = instant();
    let mut told = 0;
    let taken = match args.database {
        Some(_) => Some(store::take_off_indexes(&place.data).await?),
        None => None,
    };
    let filled = directory
        .fill(&filling, |what, done, of| {
            let percent = done * 100 / of.max(1);
            if percent / 5 != told {
                told = percent / 5;
                eprintln!("{done:>12} of {of} {what}, {:.0} s", begun.elapsed().as_secs_f64());
            }
        })
        .await?;
    if let Some(taken) = taken {
        eprintln!("putting the indexes back, {:.0} s", begun.elapsed().as_secs_f64());
        store::put_back_indexes(&place.data, taken).await?;
    }
    let fill_seconds = begun.elapsed().as_secs_f64();
    if args.database.is_some() {
        // As the server's own housekeeping leaves a database that has grown over months.
        store::vacuum(&place.data).await?;
    }
    let wanted = Wanted { requests: args.requests, only: args.only };
    let mut requests = requests(&directory, &organisations, &filled, &real, &wanted).await?;
    requests.retain(|of| of.requests > 0);
    directory.close().await;
    scratch.remove(&place).await?;
    Ok(AccessFigures {
        accounts: args.accounts,
        entries: args.entries,
        organisations: organisations.all.len() as u64 + 1,
        alerts: filling.alerts,
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
    /// The code of each authority.
    codes: Vec<String>,
    all: Vec<Uuid>,
}

async fn organisations(directory: &Directory, partners: u64) -> anyhow::Result<Organisations> {
    let until = directory.now().checked_add(SignedDuration::from_hours(24 * 365))?;
    let declare = async |name: String, kind: &str, code: Option<String>| {
        let new =
            NewOrganisation { name, kind: kind.to_owned(), authority_code: code, accredited_until: until };
        directory.declare_organisation(new).await
    };
    let centre = declare("The centre".to_owned(), "centre", None).await?;
    let (mut all, mut codes) = (Vec::new(), Vec::new());
    for number in 0..AUTHORITIES {
        let code = format!("E{:08}", 10_000_000 + number);
        codes.push(code.clone());
        all.push(declare(format!("Authority {number}"), "authority", Some(code.clone())).await?);
        for partner in 0..partners {
            let name = format!("Partner {partner} of authority {number}");
            all.push(declare(name, "partner", Some(code.clone())).await?);
        }
    }
    let watched = all.first().copied().context("there is no authority")?;
    Ok(Organisations { centre, watched, codes, all })
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

/// The people who ask.
struct Askers {
    central: SignedIn,
    auditor: SignedIn,
    /// Of an authority with its partners.
    user_manager: SignedIn,
    manager: SignedIn,
}

async fn requests(
    directory: &Directory,
    organisations: &Organisations,
    filled: &Filled,
    children: &[ChildNumber],
    wanted: &Wanted,
) -> anyhow::Result<Vec<RequestFigures>> {
    let watched = organisations.watched;
    let askers = Askers {
        central: person(directory, "central", Role::CentralTeam, organisations.centre).await?,
        auditor: person(directory, "auditor", Role::Auditor, watched).await?,
        user_manager: person(directory, "user-manager", Role::UserManager, watched).await?,
        manager: person(directory, "manager", Role::Manager, watched).await?,
    };
    let mut figures = user_lists(directory, organisations, &askers, wanted).await?;
    figures.extend(alert_queues(directory, organisations, filled, &askers, wanted).await?);
    // To read the trail of one person or child asks for a fresh proof, and minutes have passed.
    let askers = Askers {
        central: super::sign_in(directory, "central").await?,
        auditor: super::sign_in(directory, "auditor").await?,
        ..askers
    };
    figures.extend(audit_searches(directory, organisations, filled, children, &askers, wanted).await?);
    Ok(figures)
}

/// How many requests of which kinds.
struct Wanted {
    requests: usize,
    only: Option<String>,
}

impl Wanted {
    fn of(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|only| name.contains(only))
    }
}

/// Asks so many times, and says how long each answer took and how many lines it had.
async fn measured<F: Future<Output = anyhow::Result<usize>>>(
    name: &'static str,
    wanted: &Wanted,
    mut ask: impl FnMut(usize) -> F,
) -> anyhow::Result<RequestFigures> {
    let mut times = Vec::with_capacity(wanted.requests);
    let mut lines = 0;
    if !wanted.of(name) {
        return Ok(summary(name, times, lines));
    }
    for number in 0..wanted.requests {
        let begun = instant();
        lines += ask(number).await.with_context(|| format!("{name}, request {number}"))?;
        times.push(begun.elapsed());
    }
    let figures = summary(name, times, lines);
    eprintln!("{name}: p99 {:.1} ms", figures.p99_ms);
    Ok(figures)
}

async fn user_lists(
    directory: &Directory,
    organisations: &Organisations,
    askers: &Askers,
    wanted: &Wanted,
) -> anyhow::Result<Vec<RequestFigures>> {
    let (central, user_manager) = (&askers.central, &askers.user_manager);
    let list = async |who: &SignedIn, query: AccountQuery| -> anyhow::Result<usize> {
        Ok(directory.list_accounts(who, &query).await?.lines.len())
    };
    let one = |at: usize| organisations.all.get(at % organisations.all.len().max(1)).copied();
    // Pages in the middle of the list too: an id after which to go on.
    let after = |at: usize| Some(Uuid::from_u128((at as u128 % 64) << 120));
    let whole = AccountQuery::default;
    let word = |at: usize| service::invented_name((at % 400) as u32);
    let both =
        |at: usize| format!("{} {}", service::invented_name(0), service::invented_name((at % 50) as u32));
    let mut figures = Vec::new();
    let mut add = |of: RequestFigures| figures.push(of);
    add(measured("accounts: whole country", wanted, |at| {
        list(central, AccountQuery { after: after(at), ..whole() })
    })
    .await?);
    for (name, state) in [
        ("accounts: whole country, suspended", AccountState::Suspended),
        ("accounts: whole country, active", AccountState::Active),
    ] {
        add(measured(name, wanted, |at| {
            list(central, AccountQuery { state: Some(state), after: after(at), ..whole() })
        })
        .await?);
    }
    for (name, role, state) in [
        ("accounts: whole country, practitioners", Role::Practitioner, None),
        ("accounts: whole country, auditors", Role::Auditor, None),
        ("accounts: whole country, active auditors", Role::Auditor, Some(AccountState::Active)),
        ("accounts: whole country, suspended auditors", Role::Auditor, Some(AccountState::Suspended)),
    ] {
        add(measured(name, wanted, |at| {
            list(central, AccountQuery { role: Some(role), state, after: after(at), ..whole() })
        })
        .await?);
    }
    add(measured("accounts: an authority and its partners", wanted, |at| {
        list(user_manager, AccountQuery { after: after(at), ..whole() })
    })
    .await?);
    add(measured("accounts: an authority, its auditors", wanted, |_| {
        list(user_manager, AccountQuery { role: Some(Role::Auditor), ..whole() })
    })
    .await?);
    add(measured("accounts: one organisation", wanted, |at| {
        list(central, AccountQuery { organisation: one(at), ..whole() })
    })
    .await?);
    add(measured("accounts: a name, whole country", wanted, |at| {
        list(central, AccountQuery { words: word(at), ..whole() })
    })
    .await?);
    add(measured("accounts: two common names, whole country", wanted, |at| {
        list(central, AccountQuery { words: both(at), ..whole() })
    })
    .await?);
    add(measured("accounts: a name, an authority", wanted, |at| {
        list(user_manager, AccountQuery { words: word(at), ..whole() })
    })
    .await?);
    add(measured("accounts: a common name among auditors", wanted, |_| {
        list(central, AccountQuery { words: service::invented_name(0), role: Some(Role::Auditor), ..whole() })
    })
    .await?);
    let soon = async |who: &SignedIn| -> anyhow::Result<usize> {
        Ok(directory.accounts_that_run_out(who, FactKind::Clearance, None).await?.lines.len())
    };
    add(measured("accounts: what runs out, whole country", wanted, |_| soon(central)).await?);
    add(measured("accounts: what runs out, an authority", wanted, |_| soon(user_manager)).await?);
    Ok(figures)
}

async fn alert_queues(
    directory: &Directory,
    organisations: &Organisations,
    filled: &Filled,
    askers: &Askers,
    wanted: &Wanted,
) -> anyhow::Result<Vec<RequestFigures>> {
    let (central, manager) = (&askers.central, &askers.manager);
    let queue = async |who: &SignedIn, of: Option<&str>, closed: bool| -> anyhow::Result<usize> {
        Ok(directory.alerts(who, of, closed, None).await?.lines.len())
    };
    let code = |at: usize| organisations.codes.get(at % organisations.codes.len().max(1)).map(String::as_str);
    Ok(vec![
        measured("alerts: the centre's queue", wanted, |_| queue(central, None, false)).await?,
        measured("alerts: an authority's queue, by the centre", wanted, |at| queue(central, code(at), false))
            .await?,
        measured("alerts: the own authority's queue", wanted, |_| queue(manager, None, false)).await?,
        measured("alerts: decided ones of the own authority", wanted, |_| queue(manager, None, true)).await?,
        measured("alerts: one alert with its day", wanted, async |at| {
            let id = filled.alerts.get(at % filled.alerts.len().max(1)).context("no alert was invented")?;
            directory.alert(central, *id).await?;
            Ok(1)
        })
        .await?,
    ])
}

async fn audit_searches(
    directory: &Directory,
    organisations: &Organisations,
    filled: &Filled,
    children: &[ChildNumber],
    askers: &Askers,
    wanted: &Wanted,
) -> anyhow::Result<Vec<RequestFigures>> {
    let (central, auditor) = (&askers.central, &askers.auditor);
    let today = directory.today();
    let read = async |who: &SignedIn, question: Option<AuditQuestion>| -> anyhow::Result<usize> {
        let question = question.context("nothing was invented to ask about")?;
        Ok(directory.read_audit(who, &question).await?.lines.len())
    };
    let account = |at: usize| filled.accounts.get(at % filled.accounts.len().max(1));
    let organisation = |at: usize| organisations.all.get(at % organisations.all.len().max(1)).copied();
    let by = |about: About| Some(AuditQuestion::about(about));
    let one_day = |at: usize, about: About| {
        let day = today.checked_sub((5 + at as i64 % (DAYS - 10)).days()).ok()?;
        Some(AuditQuestion { from: Some(day), until: Some(day), ..AuditQuestion::about(about) })
    };
    let child = |at: usize| children.get(at % children.len().max(1)).cloned();
    Ok(vec![
        measured("audit: the form", wanted, async |_| {
            Ok(directory.organisations_to_audit(central).await?.len())
        })
        .await?,
        measured("audit: by account", wanted, |at| {
            read(central, account(at).and_then(|of| by(About::Account(of.username.clone()))))
        })
        .await?,
        measured("audit: by child", wanted, |at| {
            read(central, child(at).and_then(|number| by(About::Child(number))))
        })
        .await?,
        measured("audit: by organisation", wanted, |at| {
            read(central, organisation(at).and_then(|id| by(About::Organisation(id))))
        })
        .await?,
        measured("audit: own authority, by its auditor", wanted, |_| {
            read(auditor, by(About::Organisation(organisations.watched)))
        })
        .await?,
        measured("audit: by action at an organisation", wanted, |at| {
            read(central, organisation(at).and_then(|id| by(About::Action(id, Action::RecordViewed))))
        })
        .await?,
        measured("audit: by organisation, one day in the past", wanted, |at| {
            read(central, organisation(at).and_then(|id| one_day(at, About::Organisation(id))))
        })
        .await?,
        measured("audit: everything, one day in the past", wanted, |at| {
            read(central, one_day(at, About::Everything))
        })
        .await?,
        measured("audit: one entry, opened and checked", wanted, async |at| {
            let entry = filled.entries.get(at % filled.entries.len().max(1)).copied();
            directory.read_audit_entry(central, entry.context("no entry was invented")?).await?;
            Ok(1)
        })
        .await?,
    ])
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
