//! Every crate obeys the workspace's lints.

use super::Finding;
use crate::tree::Tree;

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending("/Cargo.toml") {
        let obeys = file.text.parse::<toml::Table>().is_ok_and(|manifest| {
            manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool)
                == Some(true)
        });
        if !obeys {
            findings.push(Finding::of(&file.path, "lacks `[lints] workspace = true`"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_the_workspace_lints_is_found() {
        let tree = Tree::of(&[
            ("crates/a/Cargo.toml", "[lints]\nworkspace = true\n"),
            ("crates/b/Cargo.toml", "[package]\nname = \"b\"\n"),
        ]);
        let places: Vec<_> = check(&tree).into_iter().map(|found| found.place).collect();
        assert_eq!(places, ["crates/b/Cargo.toml"]);
    }
}
