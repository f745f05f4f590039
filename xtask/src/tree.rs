//! The repository's text files, read once.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Folders that are made, not written.
const MADE: [&str; 8] = [
    ".git",
    "target",
    "node_modules",
    "demo-data",
    "test-results",
    "playwright-report",
    "screenshots-out",
    "proptest-regressions",
];

/// One text file: its path from the repository's root with forward slashes, and what it says.
pub struct File {
    pub path: String,
    pub text: String,
}

/// The files of the repository, sorted by path. What is not UTF-8 text is not in it.
pub struct Tree {
    files: Vec<File>,
}

impl Tree {
    /// Reads every text file under `root` except in folders that are made.
    ///
    /// # Errors
    /// A folder or file that cannot be read, named.
    pub fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            let entries =
                fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name();
                let path = entry.path();
                if entry.file_type()?.is_dir() {
                    if !MADE.iter().any(|made| name == *made) {
                        folders.push(path);
                    }
                    continue;
                }
                let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                files.push(File { path: relative, text });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// A repository made of these (path, text) pairs.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: (*text).to_owned() };
        Self { files: files.iter().map(file).collect() }
    }

    /// Every file.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The files whose path ends so.
    pub fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.path.ends_with(end))
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Whether a file or folder of this path exists.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.iter().any(|file| {
            file.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

impl File {
    /// The crate this Rust file belongs to: `linkage` for `crates/linkage/src/lib.rs`.
    pub fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Whether the whole file is test or measurement code.
    pub fn is_test(&self) -> bool {
        ["/tests/", "/benches/", "/tests.rs"].iter().any(|part| self.path.contains(part))
    }

    /// The lines that ship, numbered from 1: no comment lines, and nothing from the test module at the foot on.
    pub fn shipped_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = if self.is_test() { 0 } else { self.test_module_start() };
        let lines = self.text.lines().enumerate().take(end).map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The zero-based line at which `#[cfg(test)] mod … {` begins; the number of lines if there is none.
    pub fn test_module_start(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        let opens = |pair: &[&str]| match pair {
            [attribute, module] => {
                attribute.trim() == "#[cfg(test)]"
                    && module.trim_start().starts_with("mod ")
                    && module.ends_with('{')
            }
            _ => false,
        };
        lines.windows(2).position(opens).unwrap_or(lines.len())
    }
}
