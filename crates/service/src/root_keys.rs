//! How root keys stand in the key store (decision 2): under the key-encryption key, or the keys of two custodians besides, and all
//! of that under a generation, so that a copy of the key store older than the horizon opens none. They are few: a rotation moves
//! them all at once, before the first bundle.

use rand::CryptoRng;
use store::Store;
use store::key_store::{self, RootKeyRow};
use vault::{KeyEncryptionKey, KeyRing, RootKeyName, WrappedRing, WrappedRootKey};

use crate::keys::Keys;
use crate::{Directory, ServiceError};

impl Keys {
    /// Wraps anew what an installation that had no custodians yet wrapped under the key-encryption key without theirs (decision 12).
    pub(crate) async fn put_into_custody(
        store: &Store,
        kek: &KeyEncryptionKey,
        rng: &mut impl CryptoRng,
    ) -> Result<(), ServiceError> {
        if !kek.has_custodians() {
            return Ok(());
        }
        // A server beside this one may move a row meanwhile: then it is read again.
        while !Self::put_into_custody_once(store, kek, rng).await? {}
        Ok(())
    }

    /// Whether nothing is left to be put into custody.
    async fn put_into_custody_once(
        store: &Store,
        kek: &KeyEncryptionKey,
        rng: &mut impl CryptoRng,
    ) -> Result<bool, ServiceError> {
        let Some(WrappedRing { generations, roots }) = Self::wrapped(store).await? else { return Ok(true) };
        let generations = KeyRing::unwrap(kek, &WrappedRing { generations, roots: Vec::new() })?;
        let alone = kek.without_custodians();
        let mut changed = Vec::new();
        for row in roots
            .into_iter()
            .filter(|row| RootKeyName::parse(&row.name).is_some_and(RootKeyName::is_in_split_custody))
        {
            let opens = (generations.unwrap_root(kek, &row), generations.unwrap_root(&alone, &row));
            if let (Err(_), Ok(key)) = opens {
                let new = generations.wrap_root(kek, &key, rng)?;
                changed.push((to_store(row), to_store(new)));
            }
        }
        if changed.is_empty() {
            return Ok(true);
        }
        let mut all = true;
        let mut tx = store.begin_keys().await?;
        for (old, new) in &changed {
            all &= key_store::rewrap_root_key(&mut tx, old, new).await?;
        }
        tx.commit().await?;
        // With this the old rows are in no file any more, but for copies that were taken before; who is killed before it leaves
        // them to the next scrub.
        store.scrub_keys().await?;
        Ok(all)
    }

    /// Wraps every root key under the newest generation that this server knows and that is not yet; how many were.
    async fn renew_roots(&self, store: &Store, rng: &mut impl CryptoRng) -> Result<u64, ServiceError> {
        let newest = self.newest_generation()?;
        let rows = key_store::root_keys(&mut store.key_reader().await?).await?;
        // What is under a newer one was wrapped by a server that knows more.
        let older =
            rows.into_iter().filter(|row| row.generation.is_none_or(|generation| generation < newest));
        let changed = self.with_ring(|ring| {
            let renew = |old: RootKeyRow| {
                let new = ring.renew_root(&from_store(old.clone()), rng)?;
                Ok((old, to_store(new)))
            };
            older.map(renew).collect::<Result<Vec<_>, vault::RingError>>()
        })?;
        if changed.is_empty() {
            return Ok(0);
        }
        let mut renewed = 0;
        let mut tx = store.begin_feed_keys().await?;
        for (old, new) in &changed {
            renewed += u64::from(key_store::rewrap_root_key(&mut tx, old, new).await?);
        }
        tx.commit().await?;
        Ok(renewed)
    }
}

impl Directory {
    /// Wraps the root keys under the newest generation, those that an earlier version left under the key-encryption key alone
    /// included, and takes the old rows out of the key store's files; how many were wrapped.
    pub(crate) async fn renew_root_keys(&self) -> Result<u64, ServiceError> {
        let mut rng = self.world.chance.generator();
        let renewed = self.keys.renew_roots(&self.store, &mut rng).await?;
        if renewed > 0 {
            self.scrub_keys().await?;
        }
        Ok(renewed)
    }
}

pub(crate) fn from_store(row: RootKeyRow) -> WrappedRootKey {
    let RootKeyRow { name, epoch, generation, wrapped } = row;
    WrappedRootKey { name, epoch, generation, wrapped }
}

pub(crate) fn to_store(row: WrappedRootKey) -> RootKeyRow {
    let WrappedRootKey { name, epoch, generation, wrapped } = row;
    RootKeyRow { name, epoch, generation, wrapped }
}
