//! A Rust file of more than 800 lines is two rooms.

use super::Finding;
use crate::tree::Tree;

const MOST: usize = 800;

pub fn check(tree: &Tree) -> Vec<Finding> {
    let long =
        tree.ending(".rs").map(|file| (file, file.text.lines().count())).filter(|(_, lines)| *lines > MOST);
    long.map(|(file, lines)| Finding::of(&file.path, format!("has {lines} lines; {MOST} is the most")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_hundred_lines_pass_and_one_more_does_not() {
        let full = "\n".repeat(800);
        let over = "\n".repeat(801);
        let tree = Tree::of(&[("a.rs", full.as_str()), ("b.rs", over.as_str()), ("c.csv", over.as_str())]);
        assert_eq!(check(&tree).iter().map(|found| found.place.as_str()).collect::<Vec<_>>(), ["b.rs"]);
    }
}
