//! Lock files name packages and their hashes, and no registry but the public one: anybody can build from them.

use super::Finding;
use crate::tree::Tree;

const CRATES: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files() {
        let strange: fn(&str) -> bool = match file.path.rsplit('/').next() {
            Some("Cargo.lock") => |line| line.starts_with("source = ") && !line.contains(CRATES),
            Some("package-lock.json") => |line| line.contains("\"resolved\"") && line.contains("://"),
            _ => continue,
        };
        for (index, _) in file.text.lines().enumerate().filter(|(_, line)| strange(line)) {
            findings.push(Finding::at(&file.path, index + 1, "names a registry of its own"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_registry_in_a_lock_file_is_found() {
        let crates = format!("source = \"{CRATES}\"\nsource = \"registry+https://mirror.example/index\"\n");
        let tree = Tree::of(&[
            ("Cargo.lock", crates.as_str()),
            ("e2e/package-lock.json", "\"resolved\": \"https://mirror.example/a.tgz\""),
        ]);
        let places: Vec<_> = check(&tree).into_iter().map(|found| found.place).collect();
        assert_eq!(places, ["Cargo.lock:2", "e2e/package-lock.json:1"]);
    }
}
