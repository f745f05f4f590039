//! `contactpoint audit`: proving a copy of the trail, and making one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use audit::{TrustedKeys, Verifier, Witness};
use clap::{Args, Subcommand};

use crate::config::Config;
use crate::{installation, serve, system};

/// What `audit` is given.
#[derive(Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    what: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Prove that no entry of a copy was changed, removed or reordered; needs neither the service nor its database.
    Verify {
        /// The copy (`audit export`); without one, the trail of the service in --config.
        file: Option<PathBuf>,
        /// The witness's checkpoints.
        #[arg(long, value_name = "FILE")]
        witness: Option<PathBuf>,
        /// The public key, as `audit key` prints it.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The configuration file, for its witness, its key and its trail.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print one JSON object on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Write a copy of the trail: headers in clear, bodies sealed.
    Export {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Where to; standard output without it.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print the public key that checks the checkpoints.
    Key {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

/// Runs the command.
pub fn run(args: AuditArgs) -> anyhow::Result<ExitCode> {
    match args.what {
        AuditCommand::Verify { file, witness, key, config, json } => verify(file, witness, key, config, json),
        AuditCommand::Export { config, out } => export(&Config::read(&config)?, out),
        AuditCommand::Key { config } => {
            println!("{}", public_key(&Config::read(&config)?)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn verify(
    file: Option<PathBuf>,
    witness: Option<PathBuf>,
    key: Option<PathBuf>,
    config: Option<PathBuf>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let config = config.map(|path| Config::read(&path)).transpose()?;
    let key = match (key, &config) {
        (Some(path), _) => std::fs::read_to_string(&path)
            .with_context(|| format!("the key {} cannot be read", path.display()))?,
        (None, Some(config)) => public_key(config)?,
        (None, None) => {
            anyhow::bail!("give --key FILE (as `contactpoint audit key` prints it) or --config FILE")
        }
    };
    let keys = TrustedKeys::parse(&key).context("the public key cannot be used")?;
    let witness = match witness.or_else(|| config.as_ref().map(|config| config.audit.witness_file.clone())) {
        Some(path) => {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("the witness file {} cannot be read", path.display()))?;
            Witness::parse(&text, &keys)
                .with_context(|| format!("the witness file {} is not sound", path.display()))?
        }
        None => Witness::new(),
    };
    let mut verifier = Verifier::new(&keys, &witness);
    match (file, &config) {
        (Some(path), _) => {
            let file = std::fs::File::open(&path)
                .with_context(|| format!("the copy {} cannot be opened", path.display()))?;
            for line in BufReader::new(file).split(b'\n') {
                if let ControlFlow::Break(()) = verifier.push(&line.context("the copy cannot be read")?) {
                    break;
                }
            }
        }
        (None, Some(config)) => {
            installation::run(async {
                let directory =
                    installation::open(config, &store::Options::default(), system::world()).await?;
                directory
                    .export_audit(|line| {
                        let _ = verifier.push(line.as_bytes());
                        Ok(())
                    })
                    .await?;
                directory.close().await;
                Ok(())
            })?;
        }
        (None, None) => {
            anyhow::bail!("name the copy to verify, or give --config FILE to verify the service's own trail")
        }
    }
    report(verifier, json)
}

fn report(verifier: Verifier<'_>, json: bool) -> anyhow::Result<ExitCode> {
    match verifier.finish() {
        Ok(report) => {
            if json {
                println!(
                    "{}",
                    serde_json::json!({
                        "sound": true,
                        "entries": report.entries,
                        "witnessed": report.witnessed_to,
                        "unwitnessed": report.unwitnessed_tail,
                    })
                );
            } else {
                println!(
                    "The trail is sound: {} entries, proved up to entry {} by the witness's checkpoints; {} after it are chained but not yet witnessed.",
                    report.entries, report.witnessed_to, report.unwitnessed_tail
                );
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            if json {
                println!("{}", serde_json::json!({ "sound": false, "fault": fault.to_string() }));
            } else {
                println!("The trail is NOT sound: {fault}");
            }
            Ok(ExitCode::from(1))
        }
    }
}

fn public_key(config: &Config) -> anyhow::Result<String> {
    installation::run(async {
        let directory = installation::open(config, &store::Options::default(), system::world()).await?;
        let key = directory.audit_public_key()?.to_string();
        directory.close().await;
        Ok(key)
    })
}

fn export(config: &Config, out: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    installation::run(async {
        let directory = installation::open(config, &store::Options::default(), system::world()).await?;
        serve::hand_to_witness(&directory, &config.audit.witness_file).await?;
        let mut writer: Box<dyn std::io::Write> = match &out {
            Some(path) => Box::new(std::io::BufWriter::new(
                std::fs::File::create(path)
                    .with_context(|| format!("{} cannot be written", path.display()))?,
            )),
            None => Box::new(std::io::stdout().lock()),
        };
        let entries = directory.export_audit(|line| writeln!(writer, "{line}")).await?;
        writer.flush().context("the copy cannot be written")?;
        directory.close().await;
        eprintln!("{entries} entries written");
        Ok(ExitCode::SUCCESS)
    })
}
