//! The key ring as the use cases need it: opened once, its hashes and ciphers ready.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use directory::Month;
use jiff::civil::Date;
use rand::CryptoRng;
use store::key_store::GenerationRow;
use store::{Key16, Store, StoreError, key_store};
use uuid::Uuid;
use vault::{
    Aad, Bundle, DataKey, GenerationKey, HashRing, KeyEncryptionKey, KeyRing, KeyTable, PointerCipher,
    RootKey, RootKeyName, WrappedBundle, WrappedGeneration, WrappedRing,
};
use zeroize::Zeroizing;

use crate::ServiceError;
use crate::root_keys::{from_store, to_store};

/// Rows of sessions are padded to this many bytes.
const SESSION_BLOCK: usize = 1024;

/// Rows of the control of a source are padded to this many bytes.
const SOURCE_BLOCK: usize = 8192;

/// Apart from what is sealed for a session under the same key.
const SOURCE_SLOT: vault::Slot = 1;
/// The slot of what a source said last of a record that is not heard.
const SAID_SLOT: vault::Slot = 2;

/// The keyed hashes of one purpose.
pub(crate) struct Hashes(HashRing);

impl Hashes {
    /// The hash of a value, as written today.
    pub(crate) fn hash(&self, kind: u16, value: &[u8]) -> Key16 {
        Key16(self.0.hash(kind, value))
    }

    /// The hash of several values, no two lists of which hash alike.
    pub(crate) fn hash_parts(&self, kind: u16, parts: &[&[u8]]) -> Key16 {
        Key16(self.0.hash_parts(kind, parts))
    }
}

/// A keyed index: hashes of the values, pointers encrypted under the values.
pub(crate) struct BlindIndex {
    hashes: HashRing,
    pointers: PointerCipher,
    previous_pointers: Option<PointerCipher>,
}

impl BlindIndex {
    /// The row of a value: its hash and the pointer to the child, as written today, with the epoch of the hash.
    pub(crate) fn row(&self, kind: u16, value: &str, child: Uuid) -> (Key16, Key16, i64) {
        let hash = self.hashes.hash(kind, value.as_bytes());
        (Key16(hash), self.pointer(kind, value, child), self.epoch())
    }

    /// The epoch of the keys under which rows are written today.
    pub(crate) fn epoch(&self) -> i64 {
        self.hashes.current().epoch()
    }

    /// The pointer in a row of this value, as written today.
    pub(crate) fn pointer(&self, kind: u16, value: &str, child: Uuid) -> Key16 {
        Key16(self.pointers.seal(kind, value.as_bytes(), *child.as_bytes()))
    }

    /// The hashes to look a value up by, each with the epoch its pointers are encrypted under: today's, then, while keys
    /// rotate, yesterday's.
    pub(crate) fn lookups(&self, kind: u16, value: &str) -> impl Iterator<Item = (i64, Key16)> {
        self.hashes.hashes_for_lookup(kind, value.as_bytes()).map(|(epoch, hash)| (epoch, Key16(hash)))
    }

    /// Follows a row's pointer; only who knows the value can.
    pub(crate) fn follow(&self, kind: u16, value: &str, epoch: i64, pointer: Key16) -> Uuid {
        let cipher = match &self.previous_pointers {
            Some(previous) if previous.epoch() == epoch => previous,
            _ => &self.pointers,
        };
        Uuid::from_bytes(cipher.open(kind, value.as_bytes(), pointer.0))
    }
}

/// Every key the use cases need.
pub(crate) struct Keys {
    ring: RwLock<KeyRing>,
    key_encryption_key: KeyEncryptionKey,
    pub(crate) matching: BlindIndex,
    pub(crate) searching: BlindIndex,
    pub(crate) local_ids: Hashes,
    pub(crate) numbers: Hashes,
    pub(crate) accounts: Hashes,
    pub(crate) attempts: Hashes,
    pub(crate) sessions: Hashes,
    pub(crate) audit_lookups: Hashes,
    pub(crate) barriers: Hashes,
    pub(crate) digests: Hashes,
    pub(crate) suppressions: Hashes,
    session_key: DataKey,
    journal_key: DataKey,
    barrier_key: DataKey,
    /// Of the months of the trail that are written or were read lately (`audit_keys.rs`).
    pub(crate) audit_months: RwLock<BTreeMap<i64, DataKey>>,
}

impl Keys {
    /// Opens the ring from the key store; makes a new one when the key store is empty.
    pub(crate) async fn open(
        store: &Store,
        key_encryption_key: KeyEncryptionKey,
        month: &str,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, ServiceError> {
        Self::put_into_custody(store, &key_encryption_key, rng).await?;
        let ring = match Self::read(store, &key_encryption_key).await? {
            Some(ring) => Self::completed(store, &key_encryption_key, ring, rng).await?,
            None => Self::create(store, &key_encryption_key, month, rng).await?,
        };
        Self::ready(ring, key_encryption_key)
    }

    async fn read(store: &Store, kek: &KeyEncryptionKey) -> Result<Option<KeyRing>, ServiceError> {
        let Some(wrapped) = Self::wrapped(store).await? else { return Ok(None) };
        Ok(Some(KeyRing::unwrap(kek, &wrapped)?))
    }

    /// The generations and root keys of the key store, but for those of months of the trail; nothing when it is empty.
    pub(crate) async fn wrapped(store: &Store) -> Result<Option<WrappedRing>, ServiceError> {
        let mut conn = store.key_reader().await?;
        // The root keys first: whatever another server wraps them under meanwhile, their generations are read after them.
        let mut roots = key_store::root_keys(&mut conn).await?;
        let generations = key_store::generations(&mut conn).await?;
        if roots.is_empty() && !generations.is_empty() {
            // Another server made the ring, all in one commit, between the two questions.
            roots = key_store::root_keys(&mut conn).await?;
        }
        if generations.is_empty() && roots.is_empty() {
            return Ok(None);
        }
        let generations = generations
            .into_iter()
            .filter_map(|row| Some(WrappedGeneration { generation: row.generation, wrapped: row.wrapped? }));
        let roots = roots.into_iter().filter(|row| row.name != RootKeyName::AuditBody.as_str());
        Ok(Some(WrappedRing { generations: generations.collect(), roots: roots.map(from_store).collect() }))
    }

    async fn create(
        store: &Store,
        kek: &KeyEncryptionKey,
        month: &str,
        rng: &mut impl CryptoRng,
    ) -> Result<KeyRing, ServiceError> {
        let ring = KeyRing::create(rng);
        let wrapped = ring.wrap(kek, rng)?;
        let mut tx = store.begin_keys().await?;
        for row in wrapped.generations {
            let created_month = month.to_owned();
            let row = GenerationRow {
                generation: row.generation,
                wrapped: Some(row.wrapped),
                created_month,
                destroyed: false,
                begun_on: None,
            };
            match key_store::insert_generation(&mut tx, &row).await {
                // Two servers began at once and the other was first: what stands in the key store counts.
                Err(StoreError::UniqueViolation(_)) => {
                    tx.rollback().await?;
                    return Self::kept(store, kek).await;
                }
                other => other?,
            }
        }
        for row in wrapped.roots {
            key_store::insert_root_key(&mut tx, &to_store(row)).await?;
        }
        tx.commit().await?;
        Self::kept(store, kek).await
    }

    /// Adds the root keys that a key store made by an earlier version lacks.
    async fn completed(
        store: &Store,
        kek: &KeyEncryptionKey,
        ring: KeyRing,
        rng: &mut impl CryptoRng,
    ) -> Result<KeyRing, ServiceError> {
        let lacks = |name: &RootKeyName| *name != RootKeyName::AuditBody && !ring.has_root(*name);
        let lacking: Vec<RootKeyName> = RootKeyName::ALL.iter().copied().filter(lacks).collect();
        if lacking.is_empty() {
            return Ok(ring);
        }
        let mut tx = store.begin_keys().await?;
        for name in lacking {
            let wrapped = ring.wrap_root(kek, &RootKey::random(name, 1, rng), rng)?;
            key_store::insert_root_key(&mut tx, &to_store(wrapped)).await?;
        }
        tx.commit().await?;
        Self::kept(store, kek).await
    }

    async fn kept(store: &Store, kek: &KeyEncryptionKey) -> Result<KeyRing, ServiceError> {
        Self::read(store, kek)
            .await?
            .ok_or_else(|| ServiceError::internal("the key store did not keep its keys"))
    }

    fn ready(ring: KeyRing, key_encryption_key: KeyEncryptionKey) -> Result<Self, ServiceError> {
        let index = |name, table| -> Result<BlindIndex, ServiceError> {
            let (pointers, previous_pointers) = ring.pointers(table)?;
            Ok(BlindIndex { hashes: ring.hashes(name)?, pointers, previous_pointers })
        };
        Ok(Self {
            matching: index(RootKeyName::Match, KeyTable::Match)?,
            searching: index(RootKeyName::Search, KeyTable::Search)?,
            local_ids: Hashes(ring.hashes(RootKeyName::LocalId)?),
            numbers: Hashes(ring.hashes(RootKeyName::Number)?),
            accounts: Hashes(ring.hashes(RootKeyName::Account)?),
            attempts: Hashes(ring.hashes(RootKeyName::Attempt)?),
            sessions: Hashes(ring.hashes(RootKeyName::Session)?),
            audit_lookups: Hashes(ring.hashes(RootKeyName::AuditLookup)?),
            barriers: Hashes(ring.hashes(RootKeyName::Barrier)?),
            digests: Hashes(ring.hashes(RootKeyName::Digest)?),
            suppressions: Hashes(ring.hashes(RootKeyName::Suppression)?),
            session_key: ring.newest_root(RootKeyName::Session)?.data_key(),
            journal_key: ring.newest_root(RootKeyName::Journal)?.data_key(),
            barrier_key: ring.newest_root(RootKeyName::Barrier)?.data_key(),
            audit_months: RwLock::default(),
            ring: RwLock::new(ring),
            key_encryption_key,
        })
    }

    /// Wraps a bundle for the key store.
    pub(crate) fn wrap(
        &self,
        owner: Uuid,
        bundle: &Bundle,
        rng: &mut impl CryptoRng,
    ) -> Result<WrappedBundle, ServiceError> {
        Ok(self.with_ring(|ring| ring.wrap_bundle(owner, bundle, rng))?)
    }

    /// Opens a bundle from the key store.
    pub(crate) fn unwrap(
        &self,
        owner: Uuid,
        generation: i64,
        wrapped: &[u8],
    ) -> Result<Bundle, ServiceError> {
        let row = WrappedBundle { generation, wrapped: wrapped.to_vec() };
        Ok(self.with_ring(|ring| ring.unwrap_bundle(owner, &row))?)
    }

    /// Wraps a bundle for the custodian of legal holds.
    pub(crate) fn wrap_for_custody(
        &self,
        owner: Uuid,
        bundle: &Bundle,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ServiceError> {
        Ok(self.with_ring(|ring| ring.wrap_for_custody(owner, bundle, rng))?)
    }

    /// Opens what the custodian kept.
    pub(crate) fn unwrap_from_custody(&self, owner: Uuid, wrapped: &[u8]) -> Result<Bundle, ServiceError> {
        Ok(self.with_ring(|ring| ring.unwrap_from_custody(owner, wrapped))?)
    }

    /// Whether this server has that generation's key.
    pub(crate) fn has_generation(&self, generation: i64) -> bool {
        self.with_ring(|ring| ring.has_generation(generation))
    }

    /// The number of the generation under which bundles and root keys are wrapped now.
    pub(crate) fn newest_generation(&self) -> Result<i64, ServiceError> {
        Ok(self.with_ring(|ring| ring.newest_generation().map(GenerationKey::generation))?)
    }

    /// Brings the ring in line with the key store: generations that another server began are learned, those it destroyed
    /// are forgotten.
    pub(crate) async fn learn_generations(&self, store: &Store) -> Result<(), ServiceError> {
        let mut conn = store.key_reader().await?;
        let rows = key_store::generations(&mut conn).await?;
        drop(conn);
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        for row in &rows {
            if let Some(wrapped) = &row.wrapped
                && !ring.has_generation(row.generation)
            {
                let row = WrappedGeneration { generation: row.generation, wrapped: wrapped.clone() };
                ring.add_generation(GenerationKey::unwrap(&self.key_encryption_key, &row)?);
            }
        }
        for row in rows.iter().filter(|row| row.destroyed) {
            ring.destroy_generation(row.generation)?;
        }
        Ok(())
    }

    /// Begins a generation in the key store on that day, unless another server was quicker; then the ring learns whichever
    /// stands.
    pub(crate) async fn begin_generation(
        &self,
        store: &Store,
        day: Date,
        rng: &mut impl CryptoRng,
    ) -> Result<(), ServiceError> {
        let generation = self.newest_generation()?.saturating_add(1);
        let wrapped = GenerationKey::random(generation, rng).wrap(&self.key_encryption_key, rng)?;
        let row = GenerationRow {
            generation,
            wrapped: Some(wrapped.wrapped),
            created_month: Month::from(day).to_string(),
            destroyed: false,
            begun_on: Some(day.to_string()),
        };
        let mut tx = store.begin_feed_keys().await?;
        match key_store::insert_generation(&mut tx, &row).await {
            Err(StoreError::UniqueViolation(_)) => tx.rollback().await?,
            Ok(()) => tx.commit().await?,
            Err(error) => return Err(error.into()),
        }
        self.learn_generations(store).await
    }

    /// Seals something short-lived that belongs to a session: its reason, a record handle, a sign-in challenge.
    pub(crate) fn seal_for_session(
        &self,
        session: Uuid,
        plain: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ServiceError> {
        Ok(vault::seal(&self.session_key, Aad::new(session, 0), plain, rng)?)
    }

    /// Seals the row of a session, padded: its length tells neither a reason nor an override that runs in it.
    pub(crate) fn seal_session(
        &self,
        session: Uuid,
        plain: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ServiceError> {
        Ok(vault::seal_padded(&self.session_key, Aad::new(session, 0), plain, SESSION_BLOCK, rng)?)
    }

    /// Opens what [`Keys::seal_for_session`] sealed for the same session.
    pub(crate) fn open_for_session(&self, session: Uuid, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        vault::open(&self.session_key, Aad::new(session, 0), sealed).ok()
    }

    /// Seals the control of a source's loads, padded: its length tells nothing of what was measured.
    pub(crate) fn seal_for_source(
        &self,
        source: Uuid,
        plain: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ServiceError> {
        Ok(vault::seal_padded(&self.session_key, Aad::new(source, SOURCE_SLOT), plain, SOURCE_BLOCK, rng)?)
    }

    /// Opens what [`Keys::seal_for_source`] sealed for the same source.
    pub(crate) fn open_for_source(
        &self,
        source: Uuid,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        Ok(vault::open(&self.session_key, Aad::new(source, SOURCE_SLOT), sealed)?)
    }

    /// Seals what a source said last of a record that is not heard; all of it is of one length.
    pub(crate) fn seal_said_last(
        &self,
        source: Uuid,
        plain: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ServiceError> {
        Ok(vault::seal(&self.session_key, Aad::new(source, SAID_SLOT), plain, rng)?)
    }

    /// Opens what [`Keys::seal_said_last`] sealed for the same source.
    pub(crate) fn open_said_last(
        &self,
        source: Uuid,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        Ok(vault::open(&self.session_key, Aad::new(source, SAID_SLOT), sealed)?)
    }

    /// Seals an entry of the journal that survives a restore (decision 3).
    pub(crate) fn seal_for_journal(
        &self,
        plain: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ServiceError> {
        Ok(vault::seal(&self.journal_key, Aad::new(Uuid::nil(), 0), plain, rng)?)
    }

    /// Seals what names both identities of a seal, under the barrier's own key, which is in split custody (decision 12).
    pub(crate) fn seal_of_both(
        &self,
        plain: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, ServiceError> {
        Ok(vault::seal(&self.barrier_key, Aad::new(Uuid::nil(), 0), plain, rng)?)
    }

    /// Opens what [`Keys::seal_of_both`] sealed.
    pub(crate) fn open_of_both(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        Ok(vault::open(&self.barrier_key, Aad::new(Uuid::nil(), 0), sealed)?)
    }

    /// Opens what [`Keys::seal_for_journal`] sealed.
    pub(crate) fn open_from_journal(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        Ok(vault::open(&self.journal_key, Aad::new(Uuid::nil(), 0), sealed)?)
    }

    /// The seed of the key that signs the audit's checkpoints.
    pub(crate) fn signing_seed(&self) -> Result<Zeroizing<[u8; 32]>, ServiceError> {
        Ok(self.with_ring(|ring| ring.newest_root(RootKeyName::AuditSigning).map(RootKey::signing_seed))?)
    }

    /// The keys of months of the trail that an earlier version kept among the root keys, each with its month (`YYYYMM`).
    pub(crate) async fn audit_keys_of_earlier_versions(
        &self,
        store: &Store,
    ) -> Result<Vec<(i64, DataKey)>, ServiceError> {
        let rows = key_store::root_keys(&mut store.key_reader().await?).await?;
        let of_months = rows.into_iter().filter(|row| row.name == RootKeyName::AuditBody.as_str());
        let opened = of_months.map(|row| {
            let row = from_store(row);
            let key = self.with_ring(|ring| ring.unwrap_root(&self.key_encryption_key, &row))?;
            Ok((row.epoch, key.data_key()))
        });
        opened.collect()
    }

    pub(crate) fn with_ring<T>(&self, read: impl FnOnce(&KeyRing) -> T) -> T {
        read(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The number of a key's kind as the hash takes it.
pub(crate) fn kind_number(kind: i64) -> u16 {
    u16::try_from(kind).unwrap_or(u16::MAX)
}
