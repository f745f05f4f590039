//! How a store is opened.

use std::time::Duration;

/// Settings of [`crate::Store::open`]. The defaults suit one authority on one machine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections for reading, per database.
    pub readers: u32,
    /// PostgreSQL: connections for writing, per database. (SQLite has one writer.)
    pub writers: u32,
    /// How long a writer waits for another process's transaction before [`crate::StoreError::Busy`].
    pub busy_timeout: Duration,
    /// How long to wait for a free connection before [`crate::StoreError::Busy`].
    pub acquire_timeout: Duration,
    /// SQLite: bytes of the file a reader maps into memory. Mapped pages are the system's page cache, given back under
    /// pressure, but tools that measure a process count them; `load` may set less.
    pub mmap_bytes: u64,
    /// SQLite: page cache of the writer in KiB.
    pub writer_cache_kib: u32,
    /// SQLite: a commit that finds this many pages of 4 KiB in the write-ahead log copies them into the database; 0 leaves
    /// that to [`crate::Store::copy_log`] and to the closing of the store.
    pub checkpoint_pages: u32,
    /// SQLite: a page limit for the data store; the file will not grow beyond it.
    pub max_pages: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            writers: 4,
            busy_timeout: Duration::from_secs(10),
            acquire_timeout: Duration::from_secs(30),
            mmap_bytes: 4 << 30,
            writer_cache_kib: 64 * 1024,
            checkpoint_pages: 32_768,
            max_pages: None,
        }
    }
}
