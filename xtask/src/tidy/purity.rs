//! The pure crates stay pure all the way down: no runtime, no database, no web server among their dependencies.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Finding;

const PURE: [&str; 3] = ["linkage", "directory", "audit"];

const IMPURE: [&str; 9] =
    ["tokio", "sqlx", "sqlx-core", "axum", "hyper", "reqwest", "mio", "libsqlite3-sys", "async-std"];

pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for name in PURE {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let arguments = [
            "tree",
            "--locked",
            "--package",
            name,
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ];
        let output = Command::new(cargo)
            .args(arguments)
            .current_dir(root)
            .output()
            .context("cannot run cargo tree")?;
        ensure!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
        findings.extend(impure(name, &String::from_utf8_lossy(&output.stdout)));
    }
    Ok(findings)
}

/// Looks through `cargo tree`'s flat list, one `name version` a line.
fn impure(name: &str, listed: &str) -> Vec<Finding> {
    let packages = listed.lines().filter_map(|line| line.split_whitespace().next());
    let mut found: Vec<&str> = packages.filter(|package| IMPURE.contains(package)).collect();
    found.sort_unstable();
    found.dedup();
    let path = format!("crates/{name}/Cargo.toml");
    found
        .into_iter()
        .map(|package| Finding::of(&path, format!("a pure crate depends on {package}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_below_a_pure_crate_is_found() {
        let listed = "audit v0.1.0\nsha2 v0.11.0\ntokio v1.50.0\ntokio v1.50.0\n";
        let found: Vec<_> = impure("audit", listed).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["crates/audit/Cargo.toml: a pure crate depends on tokio"]);
    }
}
