//! PostgreSQL's own programs, with which an operator copies its databases.

use std::path::PathBuf;

/// A program of PostgreSQL's, where Debian keeps it.
pub fn postgres_program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let mut found: Vec<PathBuf> = versions
        .map(|version| version.unwrap().path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| panic!("{name} is installed with PostgreSQL"))
}
