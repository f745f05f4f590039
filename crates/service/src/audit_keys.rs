//! The keys of the trail's bodies, one a month. Each has a bundle like everything else that is destroyed: wrapped under a
//! generation, so that once it is gone every copy of the key store that is older than the horizon stays shut (law 9).
//! `retention/audit_months.rs` destroys them.

use std::sync::PoisonError;

use rand_chacha::ChaCha12Rng;
use store::{key_store, parted_keys};
use uuid::Uuid;
use vault::{Bundle, DataKey, RootKeyName};

use crate::{Directory, ServiceError};

/// Domain of the keyed hash of a month that owns the key of its bodies.
const OF_MONTH: u16 = 48;

impl Directory {
    /// Who owns the key of a month (`YYYYMM`).
    pub(crate) fn audit_month_owner(&self, month: i64) -> Uuid {
        vault::uuid_v4(self.keys.digests.hash(OF_MONTH, &month.to_be_bytes()).0)
    }

    /// The key under which bodies of a month (`YYYYMM`) are sealed, made and kept when the month is new.
    pub(crate) async fn audit_key(&self, month: i64, rng: &mut ChaCha12Rng) -> Result<DataKey, ServiceError> {
        match self.remembered_audit_key(month) {
            Some(key) => Ok(key),
            None => Box::pin(self.made_audit_key(month, rng)).await,
        }
    }

    async fn made_audit_key(&self, month: i64, rng: &mut ChaCha12Rng) -> Result<DataKey, ServiceError> {
        if let Some(key) = self.existing_audit_key(month).await? {
            return Ok(key);
        }
        let owner = self.audit_month_owner(month);
        let destroyed = parted_keys::destroyed(&mut self.store.key_reader().await?, &[owner]).await?;
        if !destroyed.is_empty() {
            return Err(ServiceError::internal(
                "the key of this month's entries was destroyed and none is made again; set the server's clock right",
            ));
        }
        let made = self.bundle_row(owner, &Bundle::with_identity_slot(rng), rng)?;
        let mut tx = self.store.begin_keys().await?;
        key_store::insert_bundle(&mut tx, &made).await?;
        tx.commit().await?;
        // Another server may have been first: its key is the one that stands.
        self.existing_audit_key(month)
            .await?
            .ok_or_else(|| ServiceError::internal("the key store did not keep the month's audit key"))
    }

    /// The key under which bodies of a month (`YYYYMM`) were sealed; nothing once it is destroyed. It is remembered for as
    /// long as the month is kept.
    pub(crate) async fn existing_audit_key(&self, month: i64) -> Result<Option<DataKey>, ServiceError> {
        if let Some(key) = self.remembered_audit_key(month) {
            return Ok(Some(key));
        }
        let Some(key) = self.kept_audit_key(month).await? else { return Ok(None) };
        let mut known = self.keys.audit_months.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(month, key.clone());
        Ok(Some(key))
    }

    /// As [`Directory::existing_audit_key`], asked of the key store each time: what was destroyed is not opened, also by a
    /// server that had it before. People read so; the watch reads what has just been written.
    pub(crate) async fn kept_audit_key(&self, month: i64) -> Result<Option<DataKey>, ServiceError> {
        let owner = self.audit_month_owner(month);
        let Some((generation, wrapped)) = self.wrapped_bundles(&[owner]).await?.remove(&owner) else {
            return Ok(None);
        };
        Ok(self.keys.unwrap(owner, generation, &wrapped)?.key(0).cloned())
    }

    fn remembered_audit_key(&self, month: i64) -> Option<DataKey> {
        self.keys.audit_months.read().unwrap_or_else(PoisonError::into_inner).get(&month).cloned()
    }

    /// Forgets what this server remembers of months before this one (`YYYYMM`): another may have destroyed their keys.
    pub(crate) fn forget_audit_keys_before(&self, month: i64) {
        let mut known = self.keys.audit_months.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|kept, _| *kept >= month);
    }

    /// Gives bundles to the keys that an earlier version kept under the key-encryption key alone, where no horizon ends a
    /// copy of them.
    pub(crate) async fn take_over_audit_keys(&self) -> Result<(), ServiceError> {
        let mut earlier = self.keys.audit_keys_of_earlier_versions(&self.store).await?;
        if earlier.is_empty() {
            return Ok(());
        }
        let owners: Vec<Uuid> = earlier.iter().map(|(month, _)| self.audit_month_owner(*month)).collect();
        let there = self.wrapped_bundles(&owners).await?;
        earlier.retain(|(month, _)| !there.contains_key(&self.audit_month_owner(*month)));
        let bundles = {
            let mut rng = self.world.chance.generator();
            let row = |(month, key): &(i64, DataKey)| {
                self.bundle_row(self.audit_month_owner(*month), &Bundle::of_key(key.clone()), &mut rng)
            };
            earlier.iter().map(row).collect::<Result<Vec<_>, _>>()?
        };
        let mut tx = self.store.begin_keys().await?;
        for (bundle, (month, _)) in bundles.iter().zip(&earlier) {
            key_store::insert_bundle(&mut tx, bundle).await?;
            key_store::remove_root_key(&mut tx, RootKeyName::AuditBody.as_str(), *month).await?;
        }
        tx.commit().await?;
        self.scrub_keys().await
    }
}
