//! Finding what must not be there: planted names and dates in any file, in any form (law 10).
//!
//! A test plants *canaries*, values that occur nowhere else, in every field; then it looks through every file of the
//! databases, write-ahead logs, temporary files, server logs and backups.
//!
//! ```
//! use testkit::leaks::Canaries;
//! # let folder = tempfile::TempDir::new().unwrap();
//! let mut canaries = Canaries::new();
//! canaries.text("Zephyrine-Kanarienvogel");
//! canaries.date(jiff::civil::date(2015, 3, 7));
//! canaries.assert_absent(&[folder.path().to_owned()]);
//! ```

mod forms;
mod scan;

use forms::Needle;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::HashMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Canaries {
    needles: HashMap<Vec<u8>, Needle>,
    shown: Vec<String>,
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub file: PathBuf,
    /// Bytes from its beginning; 0 when the file's name is the finding.
    pub offset: u64,
    /// The form it was found in, such as `hex` or `seconds since 1970, i64 LE`.
    pub form: String,
    /// The canary as it was planted.
    pub canary: String,
    /// Could this hardly be chance? Short integers (of four bytes that are not zero) and short runs of hexadecimal digits meet by
    /// accident in megabytes of random bytes and their dumps: for those, compare with canaries of the same kind that were never planted.
    pub certain: bool,
}

/// What stands around a finding, for whoever has to find out how it came there.
fn around(finding: &Finding) -> String {
    let from = finding.offset.saturating_sub(60);
    let mut bytes = Vec::new();
    let read = std::fs::File::open(&finding.file).and_then(|mut file| {
        file.seek(SeekFrom::Start(from))?;
        file.take(140).read_to_end(&mut bytes)
    });
    read.map_or_else(|_| String::new(), |_| String::from_utf8_lossy(&bytes).into_owned())
}

impl Canaries {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text: as it is and in lower and upper case, each plain, in hexadecimal, base64 (three alignments, both
    /// alphabets) and UTF-16 of both byte orders.
    ///
    /// # Panics
    /// If it is shorter than five bytes: that would be found by chance.
    pub fn text(&mut self, canary: &str) -> &mut Self {
        assert!(canary.len() >= 5, "a canary of fewer than five bytes is found by chance");
        self.add(canary, forms::of_text(canary))
    }

    /// Adds a date: its usual spellings (each in the forms of a text), and as a number (`YYYYMMDD`, and days, seconds,
    /// milliseconds and microseconds since 1970 and, as PostgreSQL counts, since 2000), as digits and as `i32` and `i64`
    /// of both byte orders.
    pub fn date(&mut self, canary: Date) -> &mut Self {
        self.add(&canary.to_string(), forms::of_date(canary))
    }

    /// Adds an instant, as [`Canaries::date`] does its numbers.
    pub fn instant(&mut self, canary: Timestamp) -> &mut Self {
        self.add(&canary.to_string(), forms::of_instant(canary))
    }

    /// Looks through every file under the folders (and the folders given that are files), names included.
    ///
    /// # Panics
    /// If a file cannot be read: a search that skipped something proves nothing. (A file that vanishes meanwhile is passed
    /// over.)
    pub fn search(&self, folders: &[PathBuf]) -> Vec<Finding> {
        scan::Scanner::new(&self.needles, &self.shown).folders(folders)
    }

    /// Looks through bytes at hand (a response, a log kept in memory). Findings name the file `name`.
    pub fn search_bytes(&self, name: &str, bytes: &[u8]) -> Vec<Finding> {
        scan::Scanner::new(&self.needles, &self.shown).bytes(name.as_ref(), bytes)
    }

    /// Panics, listing where, if anything certain is found.
    ///
    /// # Panics
    /// If something leaked.
    pub fn assert_absent(&self, folders: &[PathBuf]) {
        assert_none_leaked(&self.search(folders));
    }

    fn add(&mut self, shown: &str, forms: Vec<forms::Form>) -> &mut Self {
        let canary = self.shown.len();
        self.shown.push(shown.to_owned());
        for form in forms {
            self.needles.entry(form.bytes).or_insert(Needle {
                canary,
                form: form.name,
                certain: form.certain,
            });
        }
        self
    }
}

/// Panics, listing where, if one of the findings is certain.
///
/// # Panics
/// If something leaked.
pub fn assert_none_leaked<'a>(findings: impl IntoIterator<Item = &'a Finding>) {
    let found: Vec<&Finding> = findings.into_iter().filter(|finding| finding.certain).collect();
    let shown: Vec<String> = found
        .iter()
        .take(20)
        .map(|f| {
            format!(
                "{} at byte {}: {} as {} in {:?}",
                f.file.display(),
                f.offset,
                f.canary,
                f.form,
                around(f)
            )
        })
        .collect();
    assert!(found.is_empty(), "{} leaks, such as:\n{}", found.len(), shown.join("\n"));
}
