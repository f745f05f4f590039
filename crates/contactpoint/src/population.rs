//! `contactpoint population`: writes an invented population.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use jiff::civil::Date;
use population::PopulationError;

/// Invent children and write what six sources would hold about them: one CSV a source, with a register of deaths, the census of
/// two terms before, truth.csv, constraints.csv and stories.csv. The same arguments give the same bytes on any machine.
#[derive(Args, Clone, Debug)]
pub struct PopulationArgs {
    /// How many children (50 to 12,000,000).
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub children: u32,
    /// The seed of all chance.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// The folder to write into; made if absent.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The day the world is seen on (YYYY-MM-DD); ages are 0-17 on it.
    #[arg(long, value_name = "DATE", default_value_t = population::DEFAULT_AS_OF)]
    pub as_of: Date,
}

/// Invents and writes; progress goes to standard error.
///
/// # Errors
/// If a file cannot be written.
pub fn run(args: PopulationArgs) -> anyhow::Result<ExitCode> {
    let config = population::Config { children: args.children, seed: args.seed, as_of: args.as_of };
    let mut screen = std::io::stderr().lock();
    let population = match population::generate(&config) {
        Ok(population) => population,
        // What was asked for is impossible: wrong usage, not a failure.
        Err(error @ (PopulationError::Size { .. } | PopulationError::AsOf { .. })) => {
            writeln!(screen, "contactpoint: {error}").context("standard error is closed")?;
            return Ok(ExitCode::from(2));
        }
        Err(error) => return Err(error.into()),
    };
    let live = screen.is_terminal();
    let summary = population.write(&args.out, &mut |source, done, all| {
        if done == all {
            let start = if live { "\r" } else { "" };
            // A closed standard error must not stop the work.
            let _ = writeln!(screen, "{start}{source}: {all} records");
        } else if live && done % 5_000 == 0 {
            let _ = write!(screen, "\r{source}: {done} of {all} records");
        }
    })?;
    writeln!(
        screen,
        "{} children, {} records, {} pairs never to be joined, in {}",
        summary.children,
        summary.records.iter().map(|(_, rows)| rows).sum::<u64>(),
        summary.constraints,
        args.out.display()
    )
    .context("standard error is closed")?;
    Ok(ExitCode::SUCCESS)
}
