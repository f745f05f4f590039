//! SQL stands in `store` alone: nobody else can ask the database anything that `store` does not offer.

use super::Finding;
use crate::tree::Tree;

/// Crates that may speak to a database: the store, and the harness that makes databases for tests.
const SPEAKERS: [&str; 2] = ["store", "testkit"];

const STATEMENTS: [&str; 7] =
    ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "DROP TABLE ", "ALTER TABLE ", "PRAGMA "];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(".rs") {
        let Some(name) = file.crate_name() else { continue };
        if SPEAKERS.contains(&name) {
            continue;
        }
        for (number, line) in file.shipped_lines() {
            let statement = STATEMENTS.iter().find(|word| line.contains(&format!("\"{word}")));
            if statement.is_some() || line.contains("sqlx::") {
                findings.push(Finding::at(&file.path, number, "SQL outside crates/store"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_in_shipped_code_outside_the_store_is_found() {
        let query = "fn f() { ask(\"SELECT 1\") }";
        let tested = format!("#[cfg(test)]\nmod tests {{\n{query}\n}}");
        let tree = Tree::of(&[
            ("crates/service/src/search.rs", query),
            ("crates/service/src/load.rs", tested.as_str()),
            ("crates/service/tests/it/main.rs", query),
            ("crates/store/src/child.rs", query),
        ]);
        let places: Vec<_> = check(&tree).into_iter().map(|found| found.place).collect();
        assert_eq!(places, ["crates/service/src/search.rs:1"]);
    }
}
