//! Loading what sources upload, beside the pages.

use std::sync::Arc;

use service::Directory;
use tokio::sync::watch;

/// Loads what sources upload until `stopped` says so.
pub async fn load(directory: Arc<Directory>, mut stopped: watch::Receiver<bool>) {
    directory.load_uploads(async move { drop(stopped.wait_for(|stopped| *stopped).await) }).await;
}
