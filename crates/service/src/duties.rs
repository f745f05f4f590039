//! What the service does by itself, beside people's work. Each duty looks for what is due, does a bounded part of it and
//! can be stopped and begun again at any moment, by any server.

use crate::{Directory, ServiceError};

impl Directory {
    /// One round of everything that is due. `serve` asks for it every second or so. A duty that fails keeps none of the others
    /// from being done: the watch does not stand still because a publication cannot be put together.
    ///
    /// # Errors
    ///
    /// The system's, of the duty that failed first; the next round tries it again.
    pub async fn do_duties(&self) -> Result<(), ServiceError> {
        let done = [
            Box::pin(self.watch()).await.map(drop),
            self.mark_accreditations().await.map(drop),
            self.keep_ends_of_facts().await.map(drop),
            self.end_acts_that_ran_out().await.map(drop),
            self.forget_old_failures().await.map(drop),
            self.forget_used_values().await,
            self.forget_old_quotas().await,
            Box::pin(self.publication()).await.map(drop),
            Box::pin(self.keep_nothing_too_long()).await,
            self.route_broker_requests().await.map(drop),
            self.follow_family_matters().await,
            Box::pin(self.look_around_the_shielded()).await,
            self.forget_old_runs().await,
            self.destroy_old_offers().await,
            self.fill_a_group().await.map(drop),
            self.forget_old_uploads().await,
            Box::pin(self.take_off_what_was_left()).await,
        ];
        done.into_iter().collect()
    }

    async fn forget_used_values(&self) -> Result<(), ServiceError> {
        let mut tx = self.store.begin().await?;
        store::used_once::forget(&mut tx, self.world.now().as_microsecond()).await?;
        Ok(tx.commit().await?)
    }
}
