//! `contactpoint retention`: the day's sweep and the rotation of keys at once, instead of group by group beside `serve`; and
//! bringing restored data in line with the journal.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use service::{ReplayCounts, RotationCounts, SweepCounts};

use crate::config::Config;
use crate::{installation, serve, system};

/// What `retention` is given.
#[derive(Args)]
pub struct RetentionArgs {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Say what would happen, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// After a restore: do again what the journal holds and the data does not. Nothing is swept.
    #[arg(long)]
    replay: bool,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

/// What one `retention` reports: counts, never which.
#[derive(Serialize)]
struct Report {
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<ReplayCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    swept: Option<SweepCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<RotationCounts>,
}

/// Runs the command.
pub fn run(args: RetentionArgs) -> anyhow::Result<ExitCode> {
    let config = Config::read(&args.config)?;
    installation::run(async {
        let directory = installation::open(&config, &serve::database_options(), system::world()).await?;
        let mut report = Report { dry_run: args.dry_run, replayed: None, swept: None, keys: None };
        if args.replay {
            report.replayed = Some(match args.dry_run {
                true => directory.missing_from_journal().await?,
                false => directory.replay_journal().await?,
            });
        } else {
            installation::has_the_journal(&directory).await?;
            report.swept = Some(directory.sweep(args.dry_run).await?);
            if !args.dry_run {
                report.keys = Some(directory.rotate_generations().await?);
            }
        }
        serve::hand_to_witness(&directory, &config.audit.witness_file).await?;
        directory.close().await;
        if args.json {
            println!("{}", serde_json::to_string(&report)?);
        } else {
            tell(&report);
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn tell(report: &Report) {
    let would = if report.dry_run { "would be " } else { "" };
    if let Some(replayed) = &report.replayed {
        eprintln!(
            "{} entries of the journal looked at; {would}done again: {} shields, {} seals, {} releases, {} \
             destructions, {} words of young people, {} withdrawn consents, {} legal holds, {} joinings, {} \
             transfers, {} revocations, {} protected places; {} former identities {would}held until they are sealed again",
            replayed.looked_at,
            replayed.shields,
            replayed.seals,
            replayed.releases,
            replayed.destroyed,
            replayed.participations,
            replayed.consents,
            replayed.holds,
            replayed.joinings,
            replayed.transfers,
            replayed.revocations,
            replayed.places,
            replayed.seals_held
        );
    }
    if let Some(swept) = &report.swept {
        eprintln!("{} records looked at", swept.looked_at);
        for (what, by_reason) in [("archived", &swept.archived), ("destroyed", &swept.destroyed)] {
            for (why, count) in by_reason {
                eprintln!("  {count} {would}{what}: {why}");
            }
        }
        eprintln!("  {} {would}brought back from the archive", swept.returned);
        eprintln!("  {} ended items {would}destroyed", swept.items_destroyed);
        eprintln!(
            "  the bodies of {} months of the audit trail {would}destroyed; {} more wait for an alert, an investigation or a \
             legal hold to end",
            swept.audit_months_destroyed, swept.audit_months_waiting
        );
        eprintln!("  {} entries of the disclosure register {would}destroyed", swept.disclosures_destroyed);
    }
    if let Some(keys) = &report.keys {
        eprintln!(
            "keys: {} generations begun, {} root keys and {} bundles wrapped anew, {} generations destroyed",
            keys.begun, keys.root_keys, keys.rewrapped, keys.destroyed
        );
    }
}
