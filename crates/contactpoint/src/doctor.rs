//! `contactpoint config` and `contactpoint doctor`: what is wrong, all of it at once, with the remedy; and the key file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::config::{Config, Keys, Space};
use crate::{doors, identity_providers, installation, system};

/// What `config` is given.
#[derive(Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    what: ConfigCommand,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check the configuration file without opening any database.
    Check {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Make the key-encryption key of a new installation: once, and never over one that is there.
    Key {
        /// The new file; nobody but its owner can read it (mode 0600).
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// What `doctor` is given.
#[derive(Args)]
pub struct DoctorArgs {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Runs `config`.
pub fn config(args: ConfigArgs) -> anyhow::Result<ExitCode> {
    match args.what {
        ConfigCommand::Check { config } => match Config::read(&config) {
            Ok(config) => {
                advice(&config);
                Ok(tell(&faults(&config)))
            }
            Err(error) if config.exists() => Ok(tell(&[format!("{error:#}")])),
            Err(error) => Err(error),
        },
        ConfigCommand::Key { out } => {
            vault::create_key_file(&out, &mut system::chance().generator())?;
            eprintln!(
                "The key is in {}. Copy it to two safe places before the first real record is loaded: without it, \
                 everything sealed is lost.",
                out.display()
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Runs `doctor`: the configuration, then both databases and every statement.
pub fn run(args: DoctorArgs) -> anyhow::Result<ExitCode> {
    let config = Config::read(&args.config)?;
    advice(&config);
    let mut found = faults(&config);
    if found.is_empty() {
        installation::run(async {
            let directory = installation::open(&config, &store::Options::default(), system::world()).await?;
            found.extend(directory.check_statements().await?);
            let backlog = directory.audit_backlog().await?;
            if backlog > 1_000 {
                found.push(format!(
                    "{backlog} audit entries wait to be chained: is `contactpoint serve` running?"
                ));
            }
            directory.close().await;
            Ok(())
        })?;
    }
    Ok(tell(&found))
}

fn tell(faults: &[String]) -> ExitCode {
    if faults.is_empty() {
        println!("No fault found.");
        return ExitCode::SUCCESS;
    }
    for fault in faults {
        println!("{fault}");
    }
    ExitCode::from(1)
}

const ORGANISATION_KINDS: [&str; 5] =
    ["authority", "national_partner", "partner", "national_source", "centre"];

/// What is wrong with a configuration.
pub fn faults(config: &Config) -> Vec<String> {
    let mut faults = Vec::new();
    if config.listen.hosts.is_empty() {
        faults.push("listen.hosts is empty: name the host names browsers use".to_owned());
    }
    if let Err(error) = store::Store::check_addresses(&config.database.url, &config.keys.url) {
        faults.push(format!("database.url and keys.url: {error}"));
    }
    if let Err(error) = config.keys.load() {
        faults.push(format!("{error:#}"));
    }
    if let Err(found) = identity_providers::providers(config) {
        faults.extend(found);
    }
    faults.extend(doors::faults(config));
    if config.space != Space::Demo {
        faults.extend(keys_beside_the_data(config));
        faults.extend(custodians_in_one_hand(&config.keys));
    }
    for organisation in &config.organisations {
        if !ORGANISATION_KINDS.contains(&organisation.kind.as_str()) {
            faults.push(format!(
                "organisation {}: there is no kind {}; there are: {}",
                organisation.name,
                organisation.kind,
                ORGANISATION_KINDS.join(", ")
            ));
        }
        if let Some(code) = &organisation.authority
            && let Err(error) = directory::AuthorityCode::parse(code)
        {
            faults.push(format!("organisation {}: authority = \"{code}\" is {error}", organisation.name));
        }
    }
    for source in &config.sources {
        if !config.organisations.iter().any(|organisation| organisation.name == source.organisation) {
            faults.push(format!(
                "source {}: the organisation {} is not declared; add an [[organisation]] of that name",
                source.name, source.organisation
            ));
        }
        if feeds::Profile::named(&source.profile).is_none() {
            faults.push(format!("source {}: there is no profile {}", source.name, source.profile));
        }
        if let Err(fault) = source.declared_credentials() {
            faults.push(format!("source {}: {fault}", source.name));
        }
    }
    faults.extend(config.policy.faults().into_iter().map(|fault| format!("policy.{fault}")));
    if let Some(folder) = config.audit.witness_file.parent()
        && !folder.is_dir()
    {
        faults.push(format!("audit.witness_file: the folder {} does not exist", folder.display()));
    }
    faults
}

/// Outside the demo, neither the key-encryption key nor a custodian's may stand on the data's own filesystem (decision 2): one stolen
/// disk would be everything.
fn keys_beside_the_data(config: &Config) -> Vec<String> {
    let data = config.database.url.strip_prefix("sqlite:").map(|data| data.trim_start_matches("//"));
    let Some(folder) = data.and_then(|data| Path::new(data).parent()) else { return Vec::new() };
    let custodians = config.keys.custodian_files.iter().flatten().map(|file| ("keys.custodian_files", file));
    let files = std::iter::once(("keys.key_file", &config.keys.key_file)).chain(custodians);
    files
        .filter_map(|(setting, file)| match vault::same_filesystem(folder, file) {
            Ok(true) => Some(format!(
                "{setting} lies on the filesystem of the data ({}): put it on another one, or on a key server's mount",
                folder.display()
            )),
            Ok(false) => None,
            Err(error) => Some(format!("the filesystems of the data and the key cannot be compared: {error}")),
        })
        .collect()
}

/// Custody is split while no folder holds two of the three keys (decision 12).
fn custodians_in_one_hand(keys: &Keys) -> Option<String> {
    let [one, other] = keys.custodian_files.as_ref()?;
    let [key, one, other] = [&keys.key_file, one, other].map(|file| file.parent());
    (key == one || one == other || other == key).then(|| {
        "keys.custodian_files: two of the key files lie in one folder; put each where another custodian keeps it".to_owned()
    })
}

/// What is allowed and not advised.
fn advice(config: &Config) {
    if config.space != Space::Demo && config.keys.custodian_files.is_none() {
        eprintln!(
            "Advice: keys.custodian_files is not set, so that whoever has the key file and the key store can ask which identities \
             are kept apart. Make two more keys with `contactpoint config key`, and name their files there."
        );
    }
}
