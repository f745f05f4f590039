//! Every law is enforced in a place that exists and proved by a test that exists.
//!
//! ARCHITECTURE.md has a table `| law | enforced in | proved by |`. A row's first cell begins with the law's number; the
//! second names paths, the third names tests (functions, or files of browser tests), each between backticks.

use super::Finding;
use crate::tree::Tree;

const PAGE: &str = "ARCHITECTURE.md";
const LAWS: usize = 12;

pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.text(PAGE) else { return vec![Finding::of(PAGE, "is missing")] };
    let rows = rows(page);
    let mut findings = Vec::new();
    for law in 1..=LAWS {
        let Some(row) = rows.iter().find(|row| row.law == law) else {
            findings.push(Finding::of(PAGE, format!("law {law} has no row in the table of laws")));
            continue;
        };
        let places = quoted(row.enforced);
        if places.is_empty() {
            findings.push(Finding::at(PAGE, row.line, format!("law {law} names no place that enforces it")));
        }
        for place in places.into_iter().filter(|place| !place_exists(tree, place)) {
            findings.push(Finding::at(PAGE, row.line, format!("law {law}: there is no {place}")));
        }
        let tests = quoted(row.proved);
        if tests.is_empty() {
            findings.push(Finding::at(PAGE, row.line, format!("law {law} names no test that proves it")));
        }
        for test in tests.into_iter().filter(|test| !test_exists(tree, test)) {
            findings.push(Finding::at(PAGE, row.line, format!("law {law}: there is no test {test}")));
        }
    }
    findings
}

struct Row<'a> {
    line: usize,
    law: usize,
    enforced: &'a str,
    proved: &'a str,
}

fn rows(page: &str) -> Vec<Row<'_>> {
    let lines = page.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let table = lines
        .skip_while(|(_, line)| !is_header(line))
        .take_while(|(_, line)| line.starts_with('|'))
        .filter_map(|(line, text)| row(line, text));
    table.collect()
}

fn is_header(line: &str) -> bool {
    let cells: Vec<String> = line.split('|').map(|cell| cell.trim().to_lowercase()).collect();
    matches!(cells.as_slice(), [_, law, enforced, proved, ..]
        if law == "law" && enforced == "enforced in" && proved == "proved by")
}

fn row(line: usize, text: &str) -> Option<Row<'_>> {
    let mut cells = text.split('|').skip(1).map(str::trim);
    let (law, enforced, proved) = (cells.next()?, cells.next()?, cells.next()?);
    let digits: String = law.chars().take_while(char::is_ascii_digit).collect();
    Some(Row { line, law: digits.parse().ok()?, enforced, proved })
}

/// What stands between backticks.
pub(super) fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// A path from the root, or a module written `service::search` for `crates/service/src/search.rs` (an item may follow).
fn place_exists(tree: &Tree, place: &str) -> bool {
    if !place.contains("::") {
        return tree.has(place);
    }
    let mut parts = place.split("::");
    let name = parts.next().unwrap_or_default();
    let mut folder = format!("crates/{name}/src");
    let mut file = format!("{folder}/lib.rs");
    for part in parts {
        let inner = format!("{folder}/{part}.rs");
        if !tree.has(&inner) {
            return tree.text(&file).is_some_and(|text| text.contains(part));
        }
        folder = format!("{folder}/{part}");
        file = inner;
    }
    tree.has(&file)
}

/// A test function that stands in test code, or a file of tests.
fn test_exists(tree: &Tree, test: &str) -> bool {
    if test.contains('/') {
        return tree.has(test);
    }
    let name = test.rsplit("::").next().unwrap_or(test);
    let declared = [format!("fn {name}("), format!("fn {name}<")];
    tree.ending(".rs").any(|file| {
        let from = if file.is_test() { 0 } else { file.test_module_start() };
        file.text.lines().skip(from).any(|line| declared.iter().any(|words| line.contains(words)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# Architecture\n\n| law | enforced in | proved by |\n|---|---|---|\n";
    const CODE: &str =
        "pub fn view() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn a_shield_hides_where() {}\n}\n";

    fn findings(third_row: &str) -> Vec<String> {
        let other = |law: usize| format!("| {law}. words | `crates/directory` | `a_shield_hides_where` |\n");
        let mut page = HEAD.to_owned();
        for law in 1..=LAWS {
            page += &if law == 3 { third_row.to_owned() } else { other(law) };
        }
        let tree = Tree::of(&[(PAGE, page.as_str()), ("crates/directory/src/disclosure.rs", CODE)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_law_with_its_place_and_its_test_passes() {
        let row = "| 3. A shield hides where | `directory::disclosure::view` | `a_shield_hides_where` |\n";
        assert_eq!(findings(row), Vec::<String>::new());
    }

    #[test]
    fn a_law_without_a_row_a_place_or_a_test_is_found() {
        assert_eq!(findings(""), ["ARCHITECTURE.md: law 3 has no row in the table of laws"]);
        assert_eq!(
            findings("| 3 | `crates/gone` | `no_such_test` |\n"),
            [
                "ARCHITECTURE.md:7: law 3: there is no crates/gone",
                "ARCHITECTURE.md:7: law 3: there is no test no_such_test"
            ]
        );
        assert_eq!(
            findings("| 3 | by care | by hope |\n"),
            [
                "ARCHITECTURE.md:7: law 3 names no place that enforces it",
                "ARCHITECTURE.md:7: law 3 names no test that proves it"
            ]
        );
    }

    #[test]
    fn a_function_that_ships_is_not_a_test() {
        assert_eq!(
            findings("| 3 | `crates/directory` | `view` |\n"),
            ["ARCHITECTURE.md:7: law 3: there is no test view"]
        );
    }
}
