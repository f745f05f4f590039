//! `contactpoint serve`: the service.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use directory::vocabulary::Vocabulary;
use service::{Directory, Notary, SourceDoor, World};
use web::{AppState, Space, WebConfig};

use crate::config::{self, Config};
use crate::doors::Doors;
use crate::log_copying::LogCopying;
use crate::{doctor, identity_providers, inbox, installation, system, uploads};

/// What `serve` is given.
#[derive(Args)]
pub struct ServeArgs {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Runs the command.
pub fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    system::log();
    let config = Config::read(&args.config)?;
    let faults = doctor::faults(&config);
    anyhow::ensure!(faults.is_empty(), "the configuration cannot be used:\n  {}", faults.join("\n  "));
    installation::run(async {
        let world = system::world();
        let directory = Arc::new(installation::open(&config, &database_options(), world.clone()).await?);
        installation::has_the_journal(&directory).await?;
        let listener = listen(config.listen.address)?;
        let doors = Doors::open(&config)?;
        let web = WebConfig {
            space: match config.space {
                config::Space::Live => Space::Live,
                config::Space::Demo => Space::Demo,
            },
            hosts: config.listen.hosts.clone(),
            https: config.listen.https,
            trusted_proxies: config.listen.trusted_proxies.clone(),
            // The faults were told above.
            providers: identity_providers::providers(&config).unwrap_or_default(),
        };
        eprintln!("listening on {}", listener.local_addr()?);
        serve(directory, web, world, listener, doors, config.audit.witness_file.clone()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// A practitioner's commit never copies the log of an embedded database: [`serve`] does so beside it.
pub fn database_options() -> store::Options {
    store::Options { checkpoint_pages: 0, ..store::Options::default() }
}

/// Takes the address, or says which one is taken.
pub fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| {
        format!("{address} cannot be listened on: another program may be using it; choose another address (`listen.address` in the configuration, --listen for the demo)")
    })
}

/// Serves until the program is told to stop, chaining the audit trail and copying the database's log meanwhile.
pub async fn serve(
    directory: Arc<Directory>,
    web: WebConfig,
    world: World,
    listener: TcpListener,
    doors: Doors,
    witness: PathBuf,
) -> anyhow::Result<()> {
    let state = AppState::new(Arc::clone(&directory), web, Vocabulary::shipped(), world);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let chaining = tokio::spawn(chain(Arc::clone(&directory), witness, stopped));
    let (at_duty, off_duty) = (Arc::clone(&directory), stop.subscribe());
    let duties = tokio::spawn(do_duties(at_duty, off_duty));
    let loading = tokio::spawn(uploads::load(Arc::clone(&directory), stop.subscribe()));
    let working = tokio::spawn(inbox::work_through(Arc::clone(&directory), stop.subscribe()));
    let copying = LogCopying::every(LOOK_AT_LOG_EVERY, Arc::clone(&directory));
    let mut doors = doors.serve(&SourceDoor::of(Arc::clone(&directory)), &stop.subscribe());
    let served = web::serve(listener, state, told_to_stop()).await;
    stop.send_replace(true);
    while let Some(door) = doors.join_next().await {
        door.context("a door ended early")?.context("a door failed")?;
    }
    chaining.await.context("the chaining of the audit trail ended early")?;
    duties.await.context("the service's own duties ended early")?;
    loading.await.context("the loading of uploads ended early")?;
    working.await.context("working through the inbox ended early")?;
    drop(copying);
    directory.close().await;
    served.context("the service ended")
}

/// Ready when the terminal or the system asks the program to stop.
async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}

/// How often the embedded database's log is looked at.
const LOOK_AT_LOG_EVERY: Duration = Duration::from_secs(5);

/// Entries are chained and signed within a second (decision 8).
const CHAIN_EVERY: Duration = Duration::from_millis(500);

/// How often the service looks for what is due.
const DUTIES_EVERY: Duration = Duration::from_secs(1);

async fn do_duties(directory: Arc<Directory>, mut stopped: tokio::sync::watch::Receiver<bool>) {
    while !*stopped.borrow() {
        if let Err(error) = directory.do_duties().await {
            tracing::error!(%error, "a duty was not done; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(DUTIES_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
}

async fn chain(directory: Arc<Directory>, witness: PathBuf, mut stopped: tokio::sync::watch::Receiver<bool>) {
    let mut notary = None;
    loop {
        if let Err(error) = chain_once(&directory, &mut notary, &witness).await {
            tracing::error!(%error, "the audit trail was not chained; trying again");
            notary = None;
        }
        if *stopped.borrow() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(CHAIN_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
}

async fn chain_once(
    directory: &Directory,
    notary: &mut Option<Notary>,
    witness: &Path,
) -> anyhow::Result<()> {
    if notary.is_none() {
        *notary = Some(directory.notary().await?);
    }
    if let Some(notary) = notary
        && let Some(signed) = directory.notarise(notary).await?
    {
        // An empty line ends a checkpoint in the witness's file.
        append(witness, &format!("{}\n", signed.to_text()))?;
    }
    Ok(())
}

/// Chains what is pending and hands the checkpoint to the witness: what a command does at its end.
pub async fn hand_to_witness(directory: &Directory, witness: &Path) -> anyhow::Result<()> {
    chain_once(directory, &mut None, witness).await
}

fn append(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("the witness file {} cannot be written", path.display()))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_data())
        .context("the witness file cannot be written")
}
