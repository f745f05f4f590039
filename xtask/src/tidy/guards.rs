//! The table of guards says what the list of proofs says.
//!
//! ARCHITECTURE.md has a table `| law | guard | tests that fail without it … |`: in a row the guards of a law, and for each of
//! them, in the same order, the first test of `guards::PROOFS` that fails without it. Every guard is in it once.

use super::Finding;
use super::laws::quoted;
use crate::tree::Tree;

const PAGE: &str = "ARCHITECTURE.md";
const GUARDS: &str = "crates/guards/src/lib.rs";
const PROOFS: &str = "crates/guards/src/proofs.rs";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let missing = |path: &str| vec![Finding::of(path, "is missing")];
    let Some(page) = tree.text(PAGE) else { return missing(PAGE) };
    let Some(guards) = tree.text(GUARDS) else { return missing(GUARDS) };
    let Some(proofs) = tree.text(PROOFS) else { return missing(PROOFS) };
    let (guards, proofs) = (declared(guards), listed(proofs));
    let mut findings = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    for (line, law, names, tests) in rows(page) {
        if names.len() != tests.len() {
            findings.push(Finding::at(PAGE, line, "names another number of tests than of guards"));
            continue;
        }
        for (name, test) in names.into_iter().zip(tests) {
            told.push(name);
            match guards.iter().find(|(guard, _)| *guard == name) {
                None => findings.push(Finding::at(PAGE, line, format!("there is no guard {name}"))),
                Some((_, of)) if *of != law => {
                    findings.push(Finding::at(PAGE, line, format!("{name} is a guard of law {of}")));
                }
                Some(_) => {}
            }
            let first = proofs.iter().find(|(_, without)| without.contains(&name)).map(|(test, _)| *test);
            if first != Some(test) {
                let first = first.unwrap_or("none");
                let what = format!("the first test that fails without {name} is {first}, not {test}");
                findings.push(Finding::at(PAGE, line, what));
            }
        }
    }
    for (guard, law) in guards {
        let times = told.iter().filter(|name| **name == guard).count();
        if times != 1 {
            let what = format!("{guard}, a guard of law {law}, stands in the table of guards {times} times");
            findings.push(Finding::of(PAGE, what));
        }
    }
    findings
}

/// Each guard and its law: a variant under a comment that begins `/// Law N:`.
fn declared(text: &str) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines
        .iter()
        .zip(lines.iter().skip(1))
        .filter_map(|(comment, variant)| {
            let (law, _) = comment.strip_prefix("/// Law ")?.split_once(':')?;
            Some((variant.strip_suffix(',')?, law))
        })
        .collect()
}

/// Each proof, in order: the test's own name, and the guards without which it fails.
fn listed(text: &str) -> Vec<(&str, Vec<&str>)> {
    let Some((_, rest)) = text.split_once("PROOFS: &[Proof] = &[") else { return Vec::new() };
    let list = rest.split_once("\n];").map_or(rest, |(list, _)| list);
    let mut proofs = Vec::new();
    // `once("feeds", "bad_files::every_refusal…", &[Guard::ClosedSchema], "…")`
    for proof in list.split("once(").flat_map(|part| part.split("both(")).skip(1) {
        let Some(test) = proof.split('"').nth(3) else { continue };
        let guards = proof.split("Guard::").skip(1).map(|guard| {
            let end = guard.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(guard.len());
            guard.split_at(end).0
        });
        proofs.push((test.rsplit("::").next().unwrap_or(test), guards.collect()));
    }
    proofs
}

/// The rows: their line, law, guards and tests.
fn rows(page: &str) -> impl Iterator<Item = (usize, &str, Vec<&str>, Vec<&str>)> {
    let lines = page.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines
        .skip_while(|(_, line)| !line.starts_with("| law | guard |"))
        .skip(2)
        .take_while(|(_, line)| line.starts_with('|'))
        .filter_map(|(line, text)| {
            let mut cells = text.split('|').skip(1).map(str::trim);
            let (law, guards, tests) = (cells.next()?, cells.next()?, cells.next()?);
            Some((line, law, quoted(guards), quoted(tests)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "\
pub enum Guard {
    /// Law 2: what a shield leaves.
    LeastDisclosure,
    /// Law 3: a record near.
    Holds,
}
";
    const LIST: &str = "\
pub const PROOFS: &[Proof] = &[
    once(
        \"directory\",
        \"disclosures::four_fields\",
        &[Guard::LeastDisclosure],
        \"a view\",
    ),
    both(\"service\", \"shields::near\", &[Guard::Holds], \"found\"),
    both(\"web\", \"worlds::alike\", &[Guard::LeastDisclosure, Guard::Holds], \"told apart\"),
];
";

    fn findings(rows: &str) -> Vec<String> {
        let page = format!("| law | guard | tests that fail without it |\n|---|---|---|\n{rows}");
        let tree = Tree::of(&[(PAGE, page.as_str()), (GUARDS, LIB), (PROOFS, LIST)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_table_that_says_what_the_list_says_passes() {
        assert_eq!(
            findings("| 2 | `LeastDisclosure` | `four_fields` |\n| 3 | `Holds` | `near` |\n"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn another_test_another_law_and_a_guard_left_out_are_found() {
        assert_eq!(
            findings("| 2 | `LeastDisclosure` | `alike` |\n"),
            [
                "ARCHITECTURE.md:3: the first test that fails without LeastDisclosure is four_fields, not alike",
                "ARCHITECTURE.md: Holds, a guard of law 3, stands in the table of guards 0 times"
            ]
        );
        assert_eq!(
            findings("| 2 | `LeastDisclosure`, `Holds` | `four_fields`, `near` |\n"),
            ["ARCHITECTURE.md:3: Holds is a guard of law 3"]
        );
        assert_eq!(
            findings("| 2 | `LeastDisclosure` | `four_fields` |\n| 3 | `Holds`, `Gone` | `near`, `gone` |\n"),
            [
                "ARCHITECTURE.md:4: there is no guard Gone",
                "ARCHITECTURE.md:4: the first test that fails without Gone is none, not gone"
            ]
        );
    }
}
