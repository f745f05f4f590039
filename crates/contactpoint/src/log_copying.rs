//! Copying the write-ahead log of an embedded database beside the work, so that no commit has to (nothing on PostgreSQL, which
//! does it itself).

use std::sync::Arc;
use std::time::Duration;

use service::Directory;
use tokio::task::JoinHandle;

/// A log of more bytes than this is copied.
const LONG_ENOUGH: u64 = 32 << 20;

/// Looks at the log again and again; ends when dropped.
pub struct LogCopying(JoinHandle<()>);

impl LogCopying {
    /// Begins, and looks once every so often.
    pub fn every(period: Duration, directory: Arc<Directory>) -> Self {
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(period).await;
                if let Err(error) = directory.copy_log(LONG_ENOUGH).await {
                    tracing::warn!(%error, "the database's log was not copied; trying again");
                }
            }
        }))
    }
}

impl Drop for LogCopying {
    fn drop(&mut self) {
        self.0.abort();
    }
}
