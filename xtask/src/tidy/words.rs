//! Words that belong to one machine or one afternoon and not to the product: paths of somebody's machine, and marks of
//! unfinished work.

use super::Finding;
use crate::tree::Tree;

/// Written in halves, so that this file does not find itself.
const MACHINES: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("../sha", "red/"),
];

const UNFINISHED: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("#[ign", "ore"),
];

/// Data and licences say what they say.
const LEFT_ALONE: [&str; 4] = [".csv", ".lock", "package-lock.json", "LICENSE"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files().iter().filter(|file| !LEFT_ALONE.iter().any(|end| file.path.ends_with(end))) {
        let code = [".rs", ".ts", ".sql", ".html"].iter().any(|end| file.path.ends_with(end));
        for (index, line) in file.text.lines().enumerate() {
            if let Some(word) = MACHINES.iter().find(|word| line.contains(**word)) {
                findings.push(Finding::at(&file.path, index + 1, format!("{word} is a path of one machine")));
            }
            if let Some(word) = UNFINISHED.iter().find(|word| code && line.contains(**word)) {
                findings.push(Finding::at(
                    &file.path,
                    index + 1,
                    format!("{word}: finish it, or say it in an issue"),
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
    fn a_path_of_one_machine_and_an_unfinished_mark_are_found() {
        let path = format!("see {}", MACHINES.concat());
        let mark = format!("// {} later", UNFINISHED.concat());
        let tree =
            Tree::of(&[("README.md", path.as_str()), ("a.rs", mark.as_str()), ("data.csv", path.as_str())]);
        assert_eq!(check(&tree).len(), 2);
    }
}
