//! `contactpoint demo`: everything, on invented children, in one command.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use directory::ChildNumber;
use directory::access::{Reason, Role};
use directory::shield::{ShieldReason, ShieldRequester};
use jiff::{SignedDuration, Timestamp};
use population::{Population, REGISTER_OF_DEATHS, Source, Story};
use service::{
    ClientAddress, Directory, NewAccount, SealProposal, ShieldDecision, ShieldRequest, SignedIn, World,
};
use web::WebConfig;

use crate::config::{Audit, Config, Database, Keys, Listen, OrganisationEntry, SourceEntry, Space};
use crate::doors::Doors;
use crate::{identity_providers, installation, load, serve, system};

/// What `demo` is given.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DemoArgs {
    #[command(subcommand)]
    what: Option<DemoCommand>,
    /// How many children to invent (at least 50).
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    children: u32,
    /// Where to listen.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the demo keeps its data.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    data: PathBuf,
}

#[derive(Subcommand)]
enum DemoCommand {
    /// Print the current one-time code of a demo account.
    Code {
        /// The username.
        user: String,
        /// Where the demo keeps its data.
        #[arg(long, value_name = "DIR", default_value = "demo-data")]
        data: PathBuf,
    },
}

/// One password for every demo account: the children are invented and the demo listens on this machine only.
const PASSWORD: &str = "invented-children-only";

/// The seed of the demo's population: the same children every time.
const SEED: u64 = 1;

/// The accounts: username, name, role, organisation by its place in [`organisations`].
const ACCOUNTS: [(&str, &str, Role, usize); 26] = [
    ("nurse", "Anita Rao", Role::Practitioner, TRUST),
    ("doctor", "Ewan Baptiste", Role::Practitioner, TRUST),
    ("teacher", "Angela Price", Role::Practitioner, AUTHORITY),
    ("socialworker", "Sam Okafor", Role::Practitioner, AUTHORITY),
    ("welfare", "Carol Hughes", Role::Practitioner, AUTHORITY),
    ("manager", "Bernadette Lowe", Role::Manager, AUTHORITY),
    ("manager2", "Christopher Hale", Role::Manager, AUTHORITY),
    ("usermanager", "Rosalind Achebe", Role::UserManager, AUTHORITY),
    ("usermanager2", "Piotr Zielinski", Role::UserManager, AUTHORITY),
    ("dataadmin", "Priya Nair", Role::DataAdministrator, AUTHORITY),
    ("trainer", "Gwen Morris", Role::Trainer, AUTHORITY),
    ("auditor", "Javier Ruiz", Role::Auditor, AUTHORITY),
    ("helpdesk", "Vicki Marsh", Role::Helpdesk, AUTHORITY),
    ("lead", "Dr Helen Oduya", Role::OrganisationLead, TRUST),
    // Three people accredit: one asks, one assesses, one decides.
    ("councillead", "Ruth Calder", Role::OrganisationLead, AUTHORITY),
    ("charitylead", "Nadia Osman", Role::OrganisationLead, PARTNER),
    ("partnermanager", "Tomos Griffiths", Role::Manager, PARTNER),
    ("partnermanager2", "Ayesha Malik", Role::Manager, PARTNER),
    ("partnerusers", "Owen Pryce", Role::UserManager, PARTNER),
    ("partnerusers2", "Siobhan Keane", Role::UserManager, PARTNER),
    ("charityworker", "Liam Doyle", Role::Practitioner, PARTNER),
    ("central", "Margaret Osei", Role::CentralTeam, CENTRE),
    ("central2", "Hugh Pemberton", Role::CentralTeam, CENTRE),
    ("centralusers", "Imani Clarke", Role::UserManager, CENTRE),
    ("centralusers2", "Pavel Novak", Role::UserManager, CENTRE),
    ("operator", "Niamh Kelly", Role::SupplierOperator, CENTRE),
];

/// Who may override a shield as well: one at the authority, and one at the charity, who could agree as the second person.
const OVERRIDE_HOLDERS: [&str; 2] = ["socialworker", "charityworker"];

/// Who is named to the shield desk of their organisation: two at the authority, two at the charity.
const SHIELD_DESK: [&str; 4] = ["manager", "manager2", "partnermanager", "partnermanager2"];

/// Those who know a child by several names come before child benefit, which knows one: then its record finds the others
/// joined (a bridge that comes last would leave two children and a question for a person).
const LOADED_IN_ORDER: [Source; 6] = [
    Source::GroBirths,
    Source::SchoolsCensus,
    Source::NhsGp,
    Source::SocialCare,
    Source::HealthVisiting,
    Source::DwpChildBenefit,
];

const AUTHORITY: usize = 4;
const TRUST: usize = 5;
const PARTNER: usize = 6;
const CENTRE: usize = 7;

/// First sightings are held for ten minutes; the demo's are long past that.
const SET_BACK_SECONDS: i64 = 20 * 60;

/// Where everything of a demo stands.
struct Place {
    root: PathBuf,
}

impl Place {
    fn of(root: &Path) -> anyhow::Result<Self> {
        let root = std::path::absolute(root).context("the current folder cannot be found")?;
        Ok(Self { root })
    }

    fn config(&self) -> PathBuf {
        self.root.join("contactpoint.toml")
    }

    /// Written last: with it, the demo is whole.
    fn ready(&self) -> PathBuf {
        self.root.join("ready")
    }

    fn feeds(&self) -> PathBuf {
        self.root.join("feeds")
    }
}

/// Runs the command.
pub fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    match args.what {
        Some(DemoCommand::Code { user, data }) => code(&user, &Place::of(&data)?),
        None => installation::run(demo(args.children, args.listen, Place::of(&args.data)?)),
    }
}

fn code(user: &str, place: &Place) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        place.config().exists(),
        "there is no demo in {}; start one with `contactpoint demo`, or name its folder with --data",
        place.root.display()
    );
    let config = Config::read(&place.config())?;
    anyhow::ensure!(
        config.space == Space::Demo,
        "{} is not a demo: nobody's code is told",
        place.root.display()
    );
    installation::run(async {
        let directory = installation::open(&config, &store::Options::default(), system::world()).await?;
        println!("{}", directory.current_code(user).await?);
        directory.close().await;
        Ok(ExitCode::SUCCESS)
    })
}

async fn demo(children: u32, listen: SocketAddr, place: Place) -> anyhow::Result<ExitCode> {
    system::log_quietly();
    // Taking the address first: nobody waits a minute to learn that it is taken.
    let listener = serve::listen(listen)?;
    let clock = Arc::new(system::SetBack::by_seconds(SET_BACK_SECONDS));
    let world = World { clock: clock.clone(), chance: system::chance() };
    let directory = if place.ready().exists() {
        let said = std::fs::read_to_string(place.ready()).unwrap_or_default();
        if said.trim() != children.to_string() && children != DemoArgs::DEFAULT_CHILDREN {
            eprintln!(
                "This demo has {} children; remove {} to begin anew.",
                said.trim(),
                place.root.display()
            );
        }
        let config = Config::read(&place.config())?;
        Arc::new(installation::open(&config, &serve::database_options(), world.clone()).await?)
    } else {
        begin(children, &place, world.clone()).await?
    };
    clock.end();
    introduce(&listener.local_addr()?, &place);
    let config = Config::read(&place.config())?;
    let providers = identity_providers::providers(&config).map_err(|faults| {
        anyhow::anyhow!("the demo's configuration cannot be used:\n  {}", faults.join("\n  "))
    })?;
    let web = WebConfig { providers, ..WebConfig::demo() };
    let doors = Doors::open(&config)?;
    serve::serve(directory, web, world, listener, doors, config.audit.witness_file).await?;
    eprintln!("Stopped.");
    Ok(ExitCode::SUCCESS)
}

impl DemoArgs {
    const DEFAULT_CHILDREN: u32 = 20_000;
}

/// Makes the demo from nothing.
async fn begin(children: u32, place: &Place, world: World) -> anyhow::Result<Arc<Directory>> {
    clear_unfinished(place)?;
    eprintln!("Inventing {children} children…");
    let population = population::generate(&population::Config::new(children, SEED))?;
    for folder in [
        &place.root,
        &place.feeds(),
        &place.root.join("data"),
        &place.root.join("keys"),
        &place.root.join("custodian-1"),
        &place.root.join("custodian-2"),
        &place.root.join("witness"),
    ] {
        installation::private_folder(folder)?;
    }
    population.write(&place.feeds(), &mut |_, _, _| {})?;
    let config = configuration(place, &population);
    for file in std::iter::once(&config.keys.key_file).chain(config.keys.custodian_files.iter().flatten()) {
        vault::create_key_file(file, &mut world.chance.generator())?;
    }
    std::fs::write(place.config(), toml::to_string_pretty(&config)?)
        .with_context(|| format!("{} cannot be written", place.config().display()))?;
    let directory = Arc::new(installation::open(&config, &load::database_options(), world).await?);
    accounts(&directory, &config).await?;
    // The register of deaths comes last: what it says is about children of whom others tell.
    for name in LOADED_IN_ORDER.map(Source::name).into_iter().chain([REGISTER_OF_DEATHS]) {
        let path = place.feeds().join(format!("{name}.csv"));
        let how = load::How::in_groups_of(GROUP_BEFORE_SERVING);
        let summary = load::load_file(&directory, name, &path, &how).await?;
        if let Some(refusal) = summary.refused {
            anyhow::bail!("the demo's own file was refused: {}", refusal.message);
        }
        eprintln!(
            "{name:>18}: {} records loaded, {} put aside",
            summary.rows - summary.quarantined,
            summary.quarantined
        );
    }
    protect(&directory, &population).await?;
    newborn(&directory, &population, place).await?;
    serve::hand_to_witness(&directory, &config.audit.witness_file).await?;
    std::fs::write(place.ready(), format!("{children}\n")).context("the demo's folder cannot be written")?;
    Ok(directory)
}

/// Nobody waits for the writer before the demo serves, so a group may be larger than a service's: fewer pages are written
/// again and again.
const GROUP_BEFORE_SERVING: usize = 4 * service::GROUP;

/// A demo that was stopped while it was made is made again; a folder that is not a demo is left alone.
fn clear_unfinished(place: &Place) -> anyhow::Result<()> {
    if !place.root.exists() || std::fs::read_dir(&place.root)?.next().is_none() {
        return Ok(());
    }
    anyhow::ensure!(
        place.feeds().exists() || place.config().exists(),
        "the folder {} holds something else; name another with --data",
        place.root.display()
    );
    std::fs::remove_dir_all(&place.root)
        .with_context(|| format!("the unfinished demo in {} cannot be removed", place.root.display()))
}

fn configuration(place: &Place, population: &Population) -> Config {
    let url = |path: PathBuf| format!("sqlite:{}", path.display());
    Config {
        space: Space::Demo,
        listen: Listen {
            address: SocketAddr::from(([127, 0, 0, 1], 8080)),
            hosts: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            trusted_proxies: Vec::new(),
            https: false,
        },
        database: Database { url: url(place.root.join("data/contactpoint.db")) },
        keys: Keys {
            url: url(place.root.join("keys/keys.db")),
            key_file: place.root.join("keys/key-encryption-key"),
            custodian_files: Some([1, 2].map(|number| place.root.join(format!("custodian-{number}/key")))),
        },
        audit: Audit { witness_file: place.root.join("witness/checkpoints.txt") },
        policy: service::Policy::default(),
        organisations: organisations(population),
        sources: sources(population),
        identity_providers: Vec::new(),
        intake: None,
    }
}

fn organisations(population: &Population) -> Vec<OrganisationEntry> {
    let home = population.areas().first();
    let (code, name) =
        home.map_or((None, "The authority"), |area| (Some(area.code.clone()), area.name.as_str()));
    let entry = |name: String, kind: &str, authority: Option<String>| OrganisationEntry {
        name,
        kind: kind.to_owned(),
        authority,
        accredited_until: jiff::civil::date(2036, 12, 31),
    };
    vec![
        entry("General Register Office".to_owned(), "national_source", None),
        entry("Department for Work and Pensions".to_owned(), "national_source", None),
        entry("Department for Education".to_owned(), "national_source", None),
        entry("NHS England".to_owned(), "national_source", None),
        entry(format!("{name} children's services"), "authority", code.clone()),
        entry(format!("{name} Community Health Trust"), "partner", code),
        entry("Harbour Children's Charity".to_owned(), "national_partner", None),
        entry("Department for Education, central team".to_owned(), "centre", None),
    ]
}

/// The sources in the order of authority for a child's identity: those nearest to the child first.
fn sources(population: &Population) -> Vec<SourceEntry> {
    let organisations = organisations(population);
    let at = |place: usize| organisations.get(place).map_or_else(String::new, |entry| entry.name.clone());
    let entry = |name: &str, organisation: usize, precedence: i64| SourceEntry {
        name: name.to_owned(),
        profile: name.to_owned(),
        organisation: at(organisation),
        precedence,
        one_record_per_child: false,
        accredited_until: None,
        credentials: Vec::new(),
    };
    vec![
        entry(Source::SocialCare.name(), AUTHORITY, 1),
        entry(Source::HealthVisiting.name(), TRUST, 2),
        entry(Source::NhsGp.name(), 3, 3),
        entry(Source::SchoolsCensus.name(), 2, 4),
        entry(Source::DwpChildBenefit.name(), 1, 5),
        entry(Source::GroBirths.name(), 0, 6),
        entry(REGISTER_OF_DEATHS, 0, 7),
    ]
}

async fn accounts(directory: &Directory, config: &Config) -> anyhow::Result<()> {
    let years = |now: Timestamp, years: i64| now.checked_add(SignedDuration::from_hours(years * 365 * 24));
    for (username, name, role, organisation) in ACCOUNTS {
        // One check runs out within two months, so that the demo shows how that is told.
        let cleared = if username == "doctor" {
            directory.now().checked_add(SignedDuration::from_hours(60 * 24))?
        } else {
            years(directory.now(), 3)?
        };
        let organisation = config.organisations.get(organisation).map_or("", |entry| entry.name.as_str());
        let organisation =
            directory.organisation_id(organisation).await?.context("an organisation is missing")?;
        let mut roles = vec![role];
        if OVERRIDE_HOLDERS.contains(&username) {
            roles.push(Role::OverrideHolder);
        }
        if SHIELD_DESK.contains(&username) {
            roles.push(Role::ShieldDesk);
        }
        directory
            .create_account(NewAccount {
                username: username.to_owned(),
                display_name: name.to_owned(),
                password: PASSWORD.to_owned(),
                organisation,
                roles,
                clearance_until: cleared,
                training_until: years(directory.now(), 2)?,
            })
            .await?;
    }
    Ok(())
}

/// Shields and seals go through the service's own use cases, by people who signed in; never by a feed.
async fn protect(directory: &Directory, population: &Population) -> anyhow::Result<()> {
    let asks = signed_in(directory, "socialworker").await?;
    let first = signed_in(directory, "manager").await?;
    let second = signed_in(directory, "manager2").await?;
    if let Some(story) = population.story("shielded") {
        for number in numbers_of(directory, story).await? {
            let file = directory::shield::EvidenceReference::parse("police:26DV00417")?;
            let request = ShieldRequest::new(number, ShieldRequester::Parent, ShieldReason::DomesticAbuse)
                .shown_by(file, directory::shield::Asked::by_an_agency())?;
            shield(directory, [&asks, &first, &second], request).await?;
        }
    }
    for name in ["adoption", "protected_identity"] {
        if let Some(proposal) = population.story(name).map(|story| proposal(population, story)) {
            directory.seal_identities(&first, &second, &proposal).await?;
        }
    }
    directory.sign_out(&asks).await?;
    directory.sign_out(&first).await?;
    directory.sign_out(&second).await?;
    Ok(())
}

/// A social worker asks, one manager proposes, the other decides: the child, and everybody of the household with it.
async fn shield(
    directory: &Directory,
    [asks, first, second]: [&SignedIn; 3],
    request: ShieldRequest,
) -> anyhow::Result<()> {
    directory.request_shield(asks, request).await?;
    let reasoned = directory.state_reason(first, Reason::Management).await?;
    for line in directory.shield_requests(first).await?.waiting {
        let view = directory.shield_request(&reasoned, line.id).await?;
        let household = view.data().household.iter();
        let household = household.map(|member| (member.child.number.clone(), !member.child.shielded));
        directory.propose_shield(first, line.id, &ShieldDecision::Shield(household.collect())).await?;
        directory.decide_shield(second, line.id, true).await?;
    }
    Ok(())
}

/// A newborn whom the practice registers where the shielded children live: the sealed desk has something to decide.
async fn newborn(directory: &Arc<Directory>, population: &Population, place: &Place) -> anyhow::Result<()> {
    let practice = Source::NhsGp.name();
    let told = population.story("shielded").and_then(|story| {
        story.records.iter().find(|record| record.source.name() == practice).map(|record| &record.record_id)
    });
    let Some(told) = told else { return Ok(()) };
    let mut rows = csv::Reader::from_path(place.feeds().join(format!("{practice}.csv")))?;
    let header = rows.headers()?.clone();
    let number = header.iter().position(|column| column == "record_id");
    let of = |row: &csv::StringRecord| number.and_then(|at| row.get(at)).is_some_and(|id| id == told);
    let days_ago = |days| directory.today().checked_sub(jiff::Span::new().days(days));
    let (born, told_on) = (days_ago(12)?.to_string(), days_ago(3)?.to_string());
    let path = place.feeds().join("newborn.csv");
    let mut written = csv::Writer::from_path(&path)?;
    written.write_record(&header)?;
    for row in rows.records() {
        let row = row?;
        if !of(&row) {
            continue;
        }
        written.write_record(header.iter().zip(&row).map(|(column, value)| match column {
            "record_id" => "N-1",
            "forenames" => "Noor",
            "date_of_birth" => &born,
            "effective_at" | "practice_start" => &told_on,
            "nhs_number" => "",
            _ => value,
        }))?;
    }
    written.flush()?;
    load::load_file(directory, practice, &path, &load::How::in_groups_of(GROUP_BEFORE_SERVING)).await?;
    Ok(())
}

/// The numbers of the children a story's records are linked to.
async fn numbers_of(directory: &Directory, story: &Story) -> anyhow::Result<Vec<ChildNumber>> {
    let named: Vec<(String, String)> = story
        .records
        .iter()
        .map(|record| (record.source.name().to_owned(), record.record_id.clone()))
        .collect();
    Ok(directory.numbers_of_records(&named).await?)
}

/// The two sides of a story of two identities, from the pairs that may never be joined.
fn proposal(population: &Population, story: &Story) -> SealProposal {
    let named =
        |record: &population::StoryRecord| (record.source.name().to_owned(), record.record_id.clone());
    let (former, current) = story.records.iter().partition::<Vec<_>, _>(|record| {
        population.constraints().iter().any(|pair| pair.a.0 == record.source && pair.a.1 == record.record_id)
    });
    SealProposal {
        former: former.into_iter().map(named).collect(),
        current: current.into_iter().map(named).collect(),
        ..SealProposal::default()
    }
}

async fn signed_in(directory: &Directory, username: &str) -> anyhow::Result<SignedIn> {
    let from = ClientAddress(std::net::IpAddr::from([127, 0, 0, 1]));
    let challenge = directory.begin_sign_in(username, PASSWORD, &from).await?;
    let code = directory.current_code(username).await?;
    let session = directory.finish_sign_in(&challenge.token, &code, &from).await?;
    Ok(directory.authenticate(&session.token).await?)
}

/// What a newcomer needs to know, on standard output.
fn introduce(address: &SocketAddr, place: &Place) {
    println!();
    println!("ContactPoint is ready: http://localhost:{}", address.port());
    println!("Every child in it is invented.");
    println!();
    println!("Sign in as one of these, with the password  {PASSWORD}");
    for (username, name, role, _) in ACCOUNTS {
        println!("  {username:<16} {name} ({})", role.code().replace('_', " "));
    }
    println!();
    println!("and the current one-time code, in another terminal:");
    println!("  contactpoint demo code nurse --data {}", place.root.display());
    println!();
    println!("Press Ctrl-C to stop.");
}
