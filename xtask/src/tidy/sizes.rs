//! No heavy files: what a script can make again is not kept in the repository.

use super::Finding;
use crate::tree::Tree;

/// The longest list of names is half of it.
const MOST_BYTES: usize = 512 * 1024;

pub fn check(tree: &Tree) -> Vec<Finding> {
    let heavy = tree.files().iter().filter(|file| file.text.len() > MOST_BYTES);
    let finding = |path: &str| Finding::of(path, "is over 512 KiB: let a script make it, and ignore it");
    heavy.map(|file| finding(&file.path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_made_data_is_found() {
        let rows = "SCH00000001,Max,Jones\n".repeat(30_000);
        let tree = Tree::of(&[("docs/rows.csv", rows.as_str()), ("docs/page.md", "short")]);
        assert_eq!(check(&tree).len(), 1);
    }
}
