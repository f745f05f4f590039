//! Sealing what belongs to an organisation: applications, acts of two people, alerts, investigations. Each organisation
//! has a bundle of keys of its own; each row is bound to its id. No child's data is ever sealed here, only
//! handles and ids of entries of the trail: what people decide about a child is sealed under a key of its own (`act_keys.rs`).

use std::sync::{Arc, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::key_store;
use uuid::Uuid;
use vault::{Aad, Bundle};

use crate::{Directory, ServiceError};

impl Directory {
    /// Seals the content of a row that belongs to an organisation.
    pub(crate) async fn seal_at(
        &self,
        organisation: Uuid,
        row: Uuid,
        content: &impl Serialize,
    ) -> Result<Vec<u8>, ServiceError> {
        let bundle = self.organisation_bundle(organisation).await?;
        let plain = serde_json::to_vec(content).map_err(ServiceError::internal)?;
        let mut rng = self.world.chance.generator();
        Ok(vault::seal(key(&bundle)?, Aad::new(row, 0), &plain, &mut rng)?)
    }

    /// As [`Directory::seal_at`], padded to a multiple of `block` bytes, where the length would tell what stands in it.
    pub(crate) async fn seal_padded_at(
        &self,
        organisation: Uuid,
        row: Uuid,
        content: &impl Serialize,
        block: usize,
    ) -> Result<Vec<u8>, ServiceError> {
        let bundle = self.organisation_bundle(organisation).await?;
        let plain = serde_json::to_vec(content).map_err(ServiceError::internal)?;
        let mut rng = self.world.chance.generator();
        Ok(vault::seal_padded(key(&bundle)?, Aad::new(row, 0), &plain, block, &mut rng)?)
    }

    /// Opens what [`Directory::seal_at`] sealed for the same row.
    pub(crate) async fn open_at<T: DeserializeOwned>(
        &self,
        organisation: Uuid,
        row: Uuid,
        sealed: &[u8],
    ) -> Result<T, ServiceError> {
        let bundle = self.organisation_bundle(organisation).await?;
        let plain = vault::open(key(&bundle)?, Aad::new(row, 0), sealed)?;
        serde_json::from_slice(&plain).map_err(ServiceError::internal)
    }

    /// The organisation's keys, made when they are first needed. They are never destroyed, so they may be remembered.
    pub(crate) async fn organisation_bundle(&self, organisation: Uuid) -> Result<Arc<Bundle>, ServiceError> {
        let known = self
            .organisation_bundles
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&organisation)
            .cloned();
        if let Some(bundle) = known {
            return Ok(bundle);
        }
        let bundle = Arc::new(self.own_bundle(organisation).await?);
        let mut known = self.organisation_bundles.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(organisation, Arc::clone(&bundle));
        Ok(bundle)
    }

    /// The keys of this owner, made, durably, when they are first needed.
    pub(crate) async fn own_bundle(&self, owner: Uuid) -> Result<Bundle, ServiceError> {
        let mut row = self.wrapped_bundles(&[owner]).await?.remove(&owner);
        if row.is_none() {
            let made = {
                let mut rng = self.world.chance.generator();
                self.bundle_row(owner, &Bundle::with_identity_slot(&mut rng), &mut rng)?
            };
            let mut keys = self.store.begin_keys().await?;
            key_store::insert_bundle(&mut keys, &made).await?;
            keys.commit().await?;
            row = self.wrapped_bundles(&[owner]).await?.remove(&owner);
        }
        let (generation, bytes) =
            row.ok_or_else(|| ServiceError::internal("the key store did not keep the keys that were made"))?;
        self.keys.unwrap(owner, generation, &bytes)
    }
}

fn key(bundle: &Bundle) -> Result<&vault::DataKey, ServiceError> {
    bundle.key(0).ok_or_else(|| ServiceError::internal("an organisation's data key is gone"))
}
