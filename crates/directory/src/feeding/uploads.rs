//! Bounds of files that sources upload.

use serde::{Deserialize, Serialize};

/// How much a source may upload, and how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UploadPolicy {
    /// The most bytes of one file.
    pub most_bytes: u64,
    /// The most bytes of one source that are announced and not loaded yet.
    pub most_bytes_of_a_source: u64,
    /// Days after which an upload is forgotten, loaded or not, with everything that is here of it (law 9).
    pub keep_days: u16,
}

impl Default for UploadPolicy {
    fn default() -> Self {
        Self { most_bytes: 4 << 30, most_bytes_of_a_source: 8 << 30, keep_days: 7 }
    }
}
