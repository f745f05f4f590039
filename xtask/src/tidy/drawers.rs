//! No drawers: a file is named for the one thing it holds, so that a stranger finds it.

use super::Finding;
use crate::tree::Tree;

const DRAWERS: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "misc", "stuff"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files() {
        // `common.rs` and `common/mod.rs` are the same drawer.
        let drawer = file.path.split('/').map(|part| part.split('.').next().unwrap_or(part));
        if drawer.into_iter().any(|stem| DRAWERS.contains(&stem.to_ascii_lowercase().as_str())) {
            findings.push(Finding::of(&file.path, "is a drawer: name the file for the one thing it holds"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_or_folder_named_as_a_drawer_is_found() {
        let tree = Tree::of(&[
            ("crates/web/src/utils.rs", ""),
            ("crates/web/src/common/mod.rs", ""),
            ("crates/web/src/commonness.rs", ""),
        ]);
        assert_eq!(check(&tree).len(), 2);
    }
}
