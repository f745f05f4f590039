//! Bounds of files that sources upload.

use serde::{Deserialize, Serialize};

/// How much a source may upload, and how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UploadPolicy {
    /// The most bytes of one file.
    pub most_bytes: u64,
    /// The most bytes of one source that are announced and of which it was not told yet how they ended.
    pub most_bytes_of_a_source: u64,
    /// The most files of one source, counted in the same way.
    pub most_files_of_a_source: u32,
    /// The fewest bytes of a part that does not end its file: a file of very small parts is very many rows.
    pub least_part_bytes: u32,
    /// Days after which an upload is forgotten, loaded or not, with everything that is here of it (law 9).
    pub keep_days: u16,
}

impl Default for UploadPolicy {
    fn default() -> Self {
        Self {
            most_bytes: 4 << 30,
            most_bytes_of_a_source: 8 << 30,
            most_files_of_a_source: 50,
            least_part_bytes: 256 << 10,
            keep_days: 7,
        }
    }
}
