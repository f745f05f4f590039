//! The rules, one file each. A rule takes the tree and returns what breaks it; its tests plant a breach and look for it.

mod arrows;
mod clocks;
mod drawers;
mod guards;
mod laws;
mod length;
mod lints;
mod locks;
mod migrations;
mod purity;
mod sizes;
mod sql;
mod statements;
mod words;

use std::fmt;
use std::path::Path;

use anyhow::Result;

use crate::tree::Tree;

/// How many rules [`check`] applies.
pub const RULES: usize = 14;

/// Something that breaks a rule, and where.
#[derive(Debug)]
pub struct Finding {
    place: String,
    what: String,
}

impl Finding {
    fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { place: format!("{path}:{line}"), what: what.into() }
    }

    fn of(path: &str, what: impl Into<String>) -> Self {
        Self { place: path.to_owned(), what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Applies every rule.
///
/// # Errors
/// When `cargo tree` cannot be asked what the pure crates depend on.
pub fn check(root: &Path, tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for rule in [
        drawers::check,
        length::check,
        sql::check,
        clocks::check,
        words::check,
        sizes::check,
        migrations::check,
        lints::check,
        arrows::check,
        locks::check,
        laws::check,
        guards::check,
        statements::check,
    ] {
        findings.extend(rule(tree));
    }
    findings.extend(purity::check(root)?);
    Ok(findings)
}
