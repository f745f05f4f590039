//! Time and chance are arguments below `web`: a rule about birthdays is tested by moving a clock, a seed gives the same
//! bytes twice. Clippy refuses the same calls; this rule also sees those behind an `#[allow]`.

use super::Finding;
use crate::tree::Tree;

/// The crates that may ask the machine: the edges, and the harness.
const EDGES: [&str; 4] = ["intake", "web", "contactpoint", "testkit"];

const GLOBALS: [&str; 11] = [
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "thread_rng",
    "rand::rng()",
    "rand::random",
    "OsRng",
    "SysRng",
    "getrandom::",
    "Uuid::new_v4",
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(".rs") {
        if file.crate_name().is_none_or(|name| EDGES.contains(&name)) {
            continue;
        }
        for (number, line) in file.shipped_lines() {
            if let Some(global) = GLOBALS.iter().find(|global| line.contains(**global)) {
                findings.push(Finding::at(
                    &file.path,
                    number,
                    format!("{global}: time and chance are arguments here"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_below_the_web_is_found_and_one_in_a_comment_or_a_test_is_not() {
        let tree = Tree::of(&[
            ("crates/directory/src/age.rs", "let today = Zoned::now();"),
            (
                "crates/service/src/hold.rs",
                "/// Never calls Timestamp::now.\n#[cfg(test)]\nmod t {\nTimestamp::now()\n}",
            ),
            ("crates/web/src/lib.rs", "Timestamp::now()"),
        ]);
        let places: Vec<_> = check(&tree).into_iter().map(|found| found.place).collect();
        assert_eq!(places, ["crates/directory/src/age.rs:1"]);
    }
}
