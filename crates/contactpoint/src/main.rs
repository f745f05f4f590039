//! The binary: every command of the directory.
#![allow(clippy::print_stdout, reason = "a command answers on standard output")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod account;
mod accredit;
mod audit;
mod backup;
mod bench;
mod config;
mod demo;
mod doctor;
mod doors;
mod fhir_join;
mod identity_providers;
mod inbox;
mod installation;
mod link;
mod load;
mod log_copying;
mod openapi;
mod population;
mod quality;
mod receipts;
mod retention;
mod serve;
mod system;
mod uploads;

/// An online directory that tells an authorised practitioner who else is working with the same child.
#[derive(Parser)]
#[command(name = "contactpoint", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything, on invented children, in one command.
    Demo(demo::DemoArgs),
    /// Run the service.
    Serve(serve::ServeArgs),
    /// Load a source system's files.
    Load(load::LoadArgs),
    /// What became of each row a source sent, and whether nothing was lost.
    Receipts(receipts::ReceiptsArgs),
    /// Link the records of one, two or more CSV files.
    Link(Box<link::LinkArgs>),
    /// Measure the data quality of files before they are sent; needs no server.
    Quality(Box<quality::QualityArgs>),
    /// Join the files of a FHIR bulk export into one that can be measured and loaded; needs no server.
    FhirJoin(fhir_join::FhirJoinArgs),
    /// Test a product with the published cases before it feeds, and check the report of a test; needs no server.
    Accredit(accredit::AccreditArgs),
    /// Write a population of invented children, and the truth about it.
    Population(population::PopulationArgs),
    /// Archive and destroy what is due, and rotate the keys; `serve` does the same group by group.
    Retention(retention::RetentionArgs),
    /// Copy both stores so that old copies open nothing that was destroyed, and return the generation keys after a restore.
    Backup(backup::BackupArgs),
    /// Verify or export the audit trail.
    Audit(audit::AuditArgs),
    /// Create the first accounts of a service.
    Account(account::AccountArgs),
    /// Measure this machine.
    Bench(bench::BenchArgs),
    /// Check the configuration.
    Config(doctor::ConfigArgs),
    /// Print what source systems may ask of the HTTPS door, as an OpenAPI document.
    Openapi,
    /// Look at the whole installation and say what is wrong with it.
    Doctor(doctor::DoctorArgs),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Load(args) => load::run(args),
        Command::Receipts(args) => receipts::run(args),
        Command::Link(args) => link::run(*args),
        Command::Quality(args) => quality::run(*args),
        Command::FhirJoin(args) => fhir_join::run(args),
        Command::Accredit(args) => accredit::run(args),
        Command::Population(args) => population::run(args),
        Command::Retention(args) => retention::run(args),
        Command::Backup(args) => backup::run(args),
        Command::Audit(args) => audit::run(args),
        Command::Account(args) => account::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Config(args) => doctor::config(args),
        Command::Openapi => openapi::run(),
        Command::Doctor(args) => doctor::run(args),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("contactpoint: {error:#}");
            ExitCode::from(3)
        }
    }
}
