//! The size a file had when its load began.

use std::fs::File;
use std::io;

/// The length of a file at opening. A reader given one reads exactly that many bytes and says so when the
/// file has grown or shrunk in the meantime: a source system still writing its export is a common accident,
/// and the half-written last row must not be taken for a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSnapshot {
    length: u64,
}

impl FileSnapshot {
    /// A file of `length` bytes.
    pub const fn new(length: u64) -> Self {
        Self { length }
    }

    /// The length of an open file, now.
    ///
    /// # Errors
    /// The operating system's, when it will not tell.
    pub fn of(file: &File) -> io::Result<Self> {
        Ok(Self { length: file.metadata()?.len() })
    }

    /// Bytes.
    pub const fn length(self) -> u64 {
        self.length
    }
}
