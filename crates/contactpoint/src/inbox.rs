//! Working through what sources say over a network, beside everything else that the service does.

use std::sync::Arc;
use std::time::Duration;

use service::Directory;
use tokio::sync::watch;

/// How often it is looked at when nothing was delivered here: another server may have taken something in and ended, or a source
/// goes on that was paused.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Works through the inbox until `stopped` says so: at once when something was delivered to this process.
pub async fn work_through(directory: Arc<Directory>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match directory.work_through_inbox().await {
            // More may wait.
            Ok(worked) if worked > 0 => continue,
            Ok(_) => tokio::select! {
                () = directory.something_was_said() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stopped.changed() => {}
            },
            Err(error) => {
                tracing::error!(%error, "the inbox was not worked through; trying again");
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    _ = stopped.changed() => {}
                }
            }
        }
    }
}
