//! What is kept of an offer that has ended goes by itself: its key, then its row.

use audit::{Action, ChangeDetail, Detail};
use store::{key_store, transfer_offers};
use uuid::Uuid;

use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many are destroyed in one round.
const GROUP: i64 = 25;

impl Directory {
    /// Destroys a group of offers whose time is over.
    pub(crate) async fn destroy_old_offers(&self) -> Result<(), ServiceError> {
        let now = self.world.now().as_microsecond();
        let ended = transfer_offers::ended(&mut self.store.reader().await?, now, GROUP).await?;
        if ended.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = ended.iter().map(|row| row.offer_id).collect();
        let mut keys = self.store.begin_keys().await?;
        key_store::destroy_bundles(&mut keys, &ids).await?;
        keys.commit().await?;
        let count = format!("offers {}", ids.len());
        let detail = ChangeDetail {
            change: "transfers_destroyed".to_owned(),
            fields: vec![count],
            ..ChangeDetail::default()
        };
        let mut tx = self.store.begin().await?;
        for id in ids {
            transfer_offers::remove(&mut tx, id).await?;
        }
        self.write_event(&mut tx, Event::new(Action::System, Detail::Change(detail))).await?;
        tx.commit().await?;
        self.scrub_keys().await
    }
}
