//! `contactpoint receipts`: a source's receipts after a cursor, one JSON object a line; the sums of a day; and, without any
//! server, whether those sums are the sums of the source's own files.

mod check;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use service::ReceiptCursor;

use crate::config::Config;
use crate::{installation, serve, system};

/// What `receipts` is given.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ReceiptsArgs {
    #[command(subcommand)]
    command: Option<Command>,
    /// The configuration file.
    #[arg(long, value_name = "FILE", required = true)]
    config: Option<PathBuf>,
    /// The source system, as the configuration names it.
    #[arg(long, value_name = "NAME", required = true)]
    source: Option<String>,
    /// Only receipts after this one: the value "cursor" of the last that was read.
    #[arg(long, value_name = "CURSOR")]
    after: Option<ReceiptCursor>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    limit: usize,
    /// The sums of this day instead, as one JSON object: sent, accepted, unchanged, quarantined, superseded, unread, checksum.
    #[arg(long, value_name = "DATE", conflicts_with_all = ["after", "limit"])]
    reconcile: Option<Date>,
    /// One JSON object a line (the only form there is).
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Compare a source's files with the sums of the days on which they were loaded. Needs no server.
    Check(check::CheckArgs),
}

/// Runs the command.
pub fn run(args: ReceiptsArgs) -> anyhow::Result<ExitCode> {
    let (Some(config), Some(source)) = (&args.config, &args.source) else {
        return match args.command {
            Some(Command::Check(check)) => check::run(&check),
            None => anyhow::bail!("--config and --source are needed"),
        };
    };
    let config = Config::read(config)?;
    installation::run(async {
        let directory = installation::open(&config, &serve::database_options(), system::world()).await?;
        match args.reconcile {
            Some(day) => {
                println!("{}", serde_json::to_string(&directory.reconciliation(source, day).await?)?);
            }
            None => {
                let after = args.after.unwrap_or_default();
                for receipt in directory.receipts(source, after, args.limit).await?.lines {
                    println!("{}", serde_json::to_string(&receipt)?);
                }
            }
        }
        serve::hand_to_witness(&directory, &config.audit.witness_file).await?;
        directory.close().await;
        Ok(ExitCode::SUCCESS)
    })
}
