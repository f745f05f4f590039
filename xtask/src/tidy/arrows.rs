//! The house's arrows point one way: a crate uses only what stands below it, `web` reaches the store through `service`
//! alone, and the test harness is nobody's normal dependency.

use super::Finding;
use crate::tree::Tree;

/// Each crate and what it may use of ours outside its tests.
const MAY_USE: [(&str, &[&str]); 15] = [
    ("guards", &[]),
    ("audit", &["guards"]),
    ("directory", &["guards"]),
    ("linkage", &["guards"]),
    ("population", &[]),
    ("vault", &["guards"]),
    ("store", &["guards"]),
    ("testkit", &[]),
    ("feeds", &["directory", "guards"]),
    ("quality", &["directory", "feeds", "linkage"]),
    ("conformance", &["directory", "feeds"]),
    (
        "service",
        &["audit", "conformance", "directory", "feeds", "guards", "linkage", "quality", "store", "vault"],
    ),
    // What systems say: nothing of it may ask about a child (law 7).
    ("intake", &["directory", "feeds", "service"]),
    ("web", &["audit", "directory", "guards", "service"]),
    (
        "contactpoint",
        &[
            "audit",
            "conformance",
            "directory",
            "feeds",
            "intake",
            "linkage",
            "population",
            "quality",
            "service",
            "store",
            "vault",
            "web",
        ],
    ),
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending("/Cargo.toml") {
        let Some(name) = file.crate_name() else { continue };
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == name) else {
            findings.push(Finding::of(&file.path, "is a crate the arrows do not know: say what it may use"));
            continue;
        };
        let Ok(manifest) = file.text.parse::<toml::Table>() else { continue };
        let Some(used) = manifest.get("dependencies").and_then(toml::Value::as_table) else { continue };
        for dependency in used.keys().filter(|key| MAY_USE.iter().any(|(ours, _)| ours == *key)) {
            if !allowed.contains(&dependency.as_str()) {
                findings.push(Finding::of(&file.path, format!("{name} may not use {dependency}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_pointing_up_or_round_the_service_is_found() {
        let tree = Tree::of(&[
            ("crates/web/Cargo.toml", "[dependencies]\nservice.workspace = true\nstore.workspace = true\n"),
            ("crates/store/Cargo.toml", "[dev-dependencies]\ntestkit.workspace = true\n"),
            ("crates/directory/Cargo.toml", "[dependencies]\nservice.workspace = true\n"),
        ]);
        let found: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "crates/web/Cargo.toml: web may not use store",
                "crates/directory/Cargo.toml: directory may not use service"
            ]
        );
    }
}
