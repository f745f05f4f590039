//! Loading what sources upload, beside the pages.

use std::sync::Arc;
use std::time::Duration;

use service::Directory;
use tokio::sync::watch;

/// How often the service looks for a file that waits.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Loads what sources upload. One that is being loaded when the service ends stops between two of its groups, and is gone on with
/// by whichever server looks next.
pub async fn load(directory: Arc<Directory>, mut stopped: watch::Receiver<bool>) {
    let loading = async {
        loop {
            match directory.load_an_upload().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "an upload was not loaded; trying again"),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        () = loading => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
}
