//! Which record ids a file has shown already, in bounded memory.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher};

/// A set of 64-bit hashes of record ids, about 16 bytes a row: 11 million rows need under 200 MB, 200,000 rows
/// under 4 MB, and a file of two gigabytes no more than its number of rows says.
///
/// Two different ids share a hash with a probability of n² / 2^65: three in a million for a whole file of
/// 11 million rows. Were it to happen, the later row would be quarantined, never lost.
#[derive(Debug, Default)]
pub(crate) struct SeenIds {
    hashes: HashSet<u64, BuildHasherDefault<AsIs>>,
}

impl SeenIds {
    /// Notes the id; `false` when it was there already.
    pub(crate) fn insert(&mut self, record_id: &str) -> bool {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(record_id);
        self.hashes.insert(hash)
    }
}

/// The numbers in the set are hashes already.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}
