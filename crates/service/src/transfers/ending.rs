//! What is kept of an offer that has ended goes by itself: its key, then its row. So does every offer of a child whose record was
//! destroyed, with the child (law 9).

use audit::{Action, ChangeDetail, Detail};
use store::{key_store, parted_keys, transfer_offers};
use uuid::Uuid;

use crate::trail::Event;
use crate::{Directory, ServiceError};

/// How many are destroyed in one round.
const GROUP: i64 = 25;

/// How many are looked at together.
const LOOKED_AT: i64 = 200;

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
        self.remove_offers(&ids).await
    }

    /// Looks at the group of offers after this one, open and ended; where it ended, or nothing when there is none. What a backup
    /// brought back of offers whose keys are destroyed is found with them.
    pub(crate) async fn sweep_offers_after(&self, after: Uuid) -> Result<Option<Uuid>, ServiceError> {
        let found = transfer_offers::after(&mut self.store.reader().await?, after, LOOKED_AT).await?;
        let Some(last) = found.last().map(|row| row.offer_id) else { return Ok(None) };
        let ids: Vec<Uuid> = found.iter().map(|row| row.offer_id).collect();
        let mut gone = parted_keys::destroyed(&mut self.store.key_reader().await?, &ids).await?;
        let offers = self.open_offers(found).await?;
        let children: Vec<Uuid> = offers.iter().map(|offer| offer.content.child).collect();
        let destroyed = parted_keys::destroyed(&mut self.store.key_reader().await?, &children).await?;
        let ends = offers.iter().filter(|offer| destroyed.contains(&offer.content.child));
        gone.extend(ends.map(|offer| offer.row.offer_id));
        if !gone.is_empty() {
            self.destroy_own_keys(&gone).await?;
            self.remove_offers(&gone).await?;
        }
        Ok(Some(last))
    }

    /// Removes the rows of offers whose keys are destroyed.
    async fn remove_offers(&self, ids: &[Uuid]) -> Result<(), ServiceError> {
        let detail = ChangeDetail {
            change: "transfers_destroyed".to_owned(),
            fields: vec![format!("offers {}", ids.len())],
            ..ChangeDetail::default()
        };
        let mut tx = self.store.begin().await?;
        for id in ids {
            transfer_offers::remove(&mut tx, *id).await?;
        }
        self.write_event(&mut tx, Event::new(Action::System, Detail::Change(detail))).await?;
        tx.commit().await?;
        self.scrub_keys().await
    }
}
