//! `contactpoint account`: the first accounts of a service.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use directory::access::Role;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use service::{Directory, Import, ImportBy, NewAccount};

use crate::config::Config;
use crate::{installation, system};

/// What `account` is given.
#[derive(Args)]
pub struct AccountArgs {
    #[command(subcommand)]
    what: AccountCommand,
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Create an account whose identity, clearance, training and agreement you hold on paper (rule 6.5). The password is
    /// read from standard input; the secret for the person's authenticator is printed once.
    Create {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The username; never used twice.
        #[arg(long)]
        username: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// The organisation, as the configuration names it.
        #[arg(long)]
        organisation: String,
        /// A role, such as `practitioner` or `manager`; may be repeated.
        #[arg(long, required = true)]
        role: Vec<String>,
        /// The last day of the enhanced disclosure check.
        #[arg(long, value_name = "DATE")]
        clearance_until: Date,
        /// The last day of the training.
        #[arg(long, value_name = "DATE")]
        training_until: Date,
    },
    /// Bring in joiners and leavers from a CSV file: all of it or nothing. What is wrong is told with line, column and
    /// remedy, and the exit status is then 1.
    Import {
        /// The configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Say what would happen, and do nothing.
        #[arg(long)]
        dry_run: bool,
        /// The CSV file, UTF-8; its first line names the columns.
        #[arg(value_name = "CSV")]
        file: PathBuf,
    },
    /// Print the header line of such a file.
    ImportHeader,
}

/// Runs the command.
pub fn run(args: AccountArgs) -> anyhow::Result<ExitCode> {
    match args.what {
        AccountCommand::Import { config, dry_run, file } => import(&config, &file, dry_run),
        AccountCommand::ImportHeader => {
            println!("{}", Directory::import_header());
            Ok(ExitCode::SUCCESS)
        }
        create @ AccountCommand::Create { .. } => make(create),
    }
}

fn import(config: &Path, file: &Path, dry_run: bool) -> anyhow::Result<ExitCode> {
    let config = Config::read(config)?;
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read as UTF-8 text", file.display()))?;
    installation::run(async {
        let directory = installation::open(&config, &store::Options::default(), system::world()).await?;
        let import = Import { text: &text, dry_run };
        let report = directory.import_accounts(&ImportBy::Operator, &import).await?;
        directory.close().await;
        for fault in &report.faults {
            let column = fault.column.map_or_else(String::new, |column| format!(", column {column}"));
            println!("line {}{column}: {}", fault.line, fault.message);
        }
        for line in &report.lines {
            let changes =
                if line.changes.is_empty() { "no change".to_owned() } else { line.changes.join(", ") };
            println!("line {}: {} ({})", line.line, changes, line.state.code());
        }
        let (faults, lines) = (report.faults.len(), report.lines.len());
        match (faults, report.written) {
            (0, true) => println!("Lines brought in: {lines}."),
            (0, false) => println!("Lines that would be brought in: {lines}. Nothing was done."),
            _ => println!("Faults: {faults}. Nothing was done."),
        }
        Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    })
}

fn make(create: AccountCommand) -> anyhow::Result<ExitCode> {
    let AccountCommand::Create {
        config,
        username,
        name,
        organisation,
        role,
        clearance_until,
        training_until,
    } = create
    else {
        anyhow::bail!("this is not the command that creates an account");
    };
    let config = Config::read(&config)?;
    let roles = role
        .iter()
        .map(|code| {
            Role::from_code(code).with_context(|| {
                let known: Vec<&str> = Role::ALL.iter().map(|role| role.code()).collect();
                format!("there is no role {code}; there are: {}", known.join(", "))
            })
        })
        .collect::<anyhow::Result<Vec<Role>>>()?;
    if let Some((role, other)) = roles.iter().find_map(|role| Some((role, role.counts_beside()?)))
        && !roles.contains(&other)
    {
        anyhow::bail!(
            "the role {} counts beside {other} alone: add --role {other}",
            role.code(),
            other = other.code()
        );
    }
    let mut password = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut password)
        .context("the password cannot be read from standard input")?;
    let instant = |date: Date| date.to_zoned(TimeZone::UTC).map(|day| day.timestamp());
    installation::run(async {
        let directory = installation::open(&config, &store::Options::default(), system::world()).await?;
        let organisation_id = directory
            .organisation_id(&organisation)
            .await?
            .with_context(|| format!("the configuration declares no organisation named {organisation}"))?;
        directory
            .create_account(NewAccount {
                username: username.clone(),
                display_name: name,
                password: password.trim_end_matches(['\r', '\n']).to_owned(),
                organisation: organisation_id,
                roles,
                clearance_until: instant(clearance_until)?,
                training_until: instant(training_until)?,
            })
            .await?;
        println!("{}", directory.enrolment(&username).await?);
        directory.close().await;
        Ok(ExitCode::SUCCESS)
    })
}
