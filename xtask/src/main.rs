//! Repository rules. `cargo xtask tidy` says what in this repository breaks a rule that no compiler checks.

mod tidy;
mod tree;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::tree::Tree;

#[derive(Parser)]
#[command(name = "xtask", about = "Repository rules.")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check the repository's own rules; exit status 1 if one is broken.
    Tidy,
}

#[expect(clippy::print_stdout, reason = "the findings are this program's output")]
fn main() -> Result<ExitCode> {
    let Task::Tidy = Arguments::parse().task;
    // Asked when run, not when built: a cached build may come from another clone.
    let package =
        env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).context("run this as `cargo xtask`")?;
    let root = package.parent().context("xtask lies inside the repository")?;
    let tree = Tree::read(root)?;
    let findings = tidy::check(root, &tree)?;
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} rules, {} files, {} findings", tidy::RULES, tree.files().len(), findings.len());
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
