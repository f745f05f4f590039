//! Both databases have the same migrations: equal numbers, equal names.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::tree::Tree;

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    // What stands before and after the engine's name in the path: each such pair of ends must exist for both engines.
    let mut seen: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    for file in tree.ending(".sql") {
        for engine in ENGINES {
            if let Some((before, after)) = file.path.split_once(&format!("/{engine}/")) {
                seen.entry((before.to_owned(), after.to_owned())).or_default().insert(engine);
            }
        }
    }
    let mut findings = Vec::new();
    if seen.is_empty() {
        findings.push(Finding::of("crates/store", "has no migrations in folders named sqlite and postgres"));
    }
    for ((before, after), engines) in seen {
        for missing in ENGINES.iter().filter(|engine| !engines.contains(**engine)) {
            findings.push(Finding::of(
                &format!("{before}/{missing}/{after}"),
                "is missing; the other database has it",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_that_only_one_database_has_is_found() {
        let tree = Tree::of(&[
            ("crates/store/migrations/data/sqlite/0001_first.sql", ""),
            ("crates/store/migrations/data/postgres/0001_first.sql", ""),
            ("crates/store/migrations/data/sqlite/0002_more.sql", ""),
        ]);
        let places: Vec<_> = check(&tree).into_iter().map(|found| found.place).collect();
        assert_eq!(places, ["crates/store/migrations/data/postgres/0002_more.sql"]);
    }
}
