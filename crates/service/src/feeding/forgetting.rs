//! Receipts and rows put aside are kept for a time and no longer (law 9): the key of their run is destroyed, then the rows go.

use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use store::{key_store, quarantine, receipts, runs};

use crate::{Directory, ServiceError};

/// How many runs are looked at together.
const AT_MOST: i64 = 10;

impl Directory {
    /// Forgets what runs left whose time is over: a few of them, a round.
    pub(crate) async fn forget_old_runs(&self) -> Result<(), ServiceError> {
        let days = i64::from(self.policy.feeding.keep_days).days();
        let day = self.today().saturating_sub(days).to_zoned(TimeZone::UTC);
        let before = day.map_err(ServiceError::internal)?.timestamp().as_microsecond();
        let old = runs::kept_before(&mut self.store.reader().await?, before, AT_MOST).await?;
        if old.is_empty() {
            return Ok(());
        }
        let mut keys = self.store.begin_feed_keys().await?;
        key_store::destroy_bundles(&mut keys, &old).await?;
        keys.commit().await?;
        let now = self.world.now().as_microsecond();
        for run in old {
            let mut tx = self.store.begin_feed().await?;
            quarantine::remove_of_run(&mut tx, run).await?;
            receipts::remove_of_run(&mut tx, run).await?;
            runs::forget(&mut tx, run, now).await?;
            tx.commit().await?;
        }
        self.scrub_keys().await
    }
}
