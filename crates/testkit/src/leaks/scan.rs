//! Looking for many byte sequences at once.

use super::Finding;
use super::forms::Needle;
use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// How much of a file is held at once.
const CHUNK: usize = 4 << 20;

/// Bits of the filter of anchors: 2^22 bits are half a megabyte and stay in the processor's cache.
const FILTER_BITS: u32 = 22;

/// How many bytes of a needle are looked for first.
const ANCHOR: usize = 4;

/// Needles that share an anchor, each with the number of its bytes that come before the anchor.
type Group<'a> = Vec<(usize, &'a [u8], &'a Needle)>;

pub(super) struct Scanner<'a> {
    filter: Vec<u64>,
    by_anchor: HashMap<u32, Group<'a>>,
    longest: usize,
    shown: &'a [String],
}

impl<'a> Scanner<'a> {
    pub fn new(needles: &'a HashMap<Vec<u8>, Needle>, shown: &'a [String]) -> Self {
        let mut filter = vec![0_u64; (1 << FILTER_BITS) / 64];
        let mut by_anchor: HashMap<u32, Group<'a>> = HashMap::new();
        for (bytes, needle) in needles {
            let (ahead, anchor) = anchor(bytes).expect("every form has four bytes");
            let slot = slot(anchor);
            filter[slot / 64] |= 1 << (slot % 64);
            by_anchor.entry(anchor).or_default().push((ahead, bytes, needle));
        }
        Self { filter, by_anchor, longest: needles.keys().map(Vec::len).max().unwrap_or(0), shown }
    }

    pub fn folders(&self, folders: &[PathBuf]) -> Vec<Finding> {
        let mut found = Vec::new();
        for folder in folders {
            self.path(folder, &mut found);
        }
        found
    }

    pub fn bytes(&self, file: &Path, bytes: &[u8]) -> Vec<Finding> {
        let mut found = Vec::new();
        self.window(file, bytes, 0, bytes.len(), &mut found);
        found
    }

    fn path(&self, path: &Path, found: &mut Vec<Finding>) {
        let kind = match std::fs::symlink_metadata(path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            Err(error) => panic!("cannot look at {}: {error}", path.display()),
        };
        if let Some(name) = path.file_name() {
            let name = name.as_encoded_bytes();
            self.window(path, name, 0, name.len(), found);
        }
        if kind.is_dir() {
            let entries =
                std::fs::read_dir(path).unwrap_or_else(|e| panic!("cannot list {}: {e}", path.display()));
            for entry in entries {
                let entry = entry.unwrap_or_else(|e| panic!("cannot list {}: {e}", path.display()));
                self.path(&entry.path(), found);
            }
        } else if kind.is_file() {
            match File::open(path) {
                Ok(file) => self.file(path, file, found),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => panic!("cannot read {}, so nothing is proved: {error}", path.display()),
            }
        }
    }

    fn file(&self, path: &Path, mut file: File, found: &mut Vec<Finding>) {
        // Each window is followed by as much of the next as the longest needle needs.
        let mut window = Vec::with_capacity(CHUNK + self.longest);
        let mut start = 0_u64;
        loop {
            let missing = (CHUNK + self.longest - window.len()) as u64;
            let read = file.by_ref().take(missing).read_to_end(&mut window);
            let read =
                read.unwrap_or_else(|e| panic!("cannot read {}, so nothing is proved: {e}", path.display()));
            let last = (read as u64) < missing;
            let beginnings = if last { window.len() } else { CHUNK };
            self.window(path, &window, start, beginnings, found);
            if last {
                return;
            }
            window.drain(..CHUNK);
            start += CHUNK as u64;
        }
    }

    /// Finds what begins in the first `beginnings` bytes.
    fn window(&self, file: &Path, window: &[u8], start: u64, beginnings: usize, found: &mut Vec<Finding>) {
        let before = found.len();
        for (at, four) in window.windows(ANCHOR).enumerate() {
            let anchor = u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
            let slot = slot(anchor);
            if self.filter[slot / 64] & (1 << (slot % 64)) == 0 {
                continue;
            }
            for (ahead, bytes, needle) in self.by_anchor.get(&anchor).into_iter().flatten() {
                let Some(begin) = at.checked_sub(*ahead).filter(|begin| *begin < beginnings) else {
                    continue;
                };
                if window[begin..].starts_with(bytes) {
                    found.push(Finding {
                        file: file.to_owned(),
                        offset: start + begin as u64,
                        form: needle.form.clone(),
                        canary: self.shown[needle.canary].clone(),
                        certain: needle.certain,
                    });
                }
            }
        }
        found[before..].sort_by_key(|finding| finding.offset);
    }
}

/// The four bytes a needle is known by, and how many bytes come before them: those with the fewest zero and 0xff bytes,
/// because most of any file is made of these.
fn anchor(bytes: &[u8]) -> Option<(usize, u32)> {
    let empty = |four: &[u8]| four.iter().filter(|byte| matches!(byte, 0 | 0xff)).count();
    let (ahead, four) = bytes.windows(ANCHOR).enumerate().min_by_key(|(_, four)| empty(four))?;
    Some((ahead, u32::from_le_bytes(*four.first_chunk()?)))
}

fn slot(anchor: u32) -> usize {
    (anchor.wrapping_mul(0x9e37_79b1) >> (32 - FILTER_BITS)) as usize
}
