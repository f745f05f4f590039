//! The key ring: every generation and root key of one space, opened once at start.

use std::collections::BTreeMap;

use rand::CryptoRng;
use thiserror::Error;
use uuid::Uuid;

use crate::bundle::{Bundle, WrappedBundle};
use crate::generation::{GenerationKey, WrappedGeneration};
use crate::kek::KeyEncryptionKey;
use crate::keyed_hash::{HashRing, KeyedHash};
use crate::pointer::{KeyTable, PointerCipher};
use crate::root_key::{RootKey, RootKeyName, WrappedRootKey};
use crate::seal::SealError;
use crate::wrap::UnwrapError;

/// Why a key ring could not do as asked.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RingError {
    /// A key the ring ought to have is missing.
    #[error("the key store has no {what}; restore it from its backup, or make a new one with a new database")]
    Missing {
        /// What is missing: "root key match", ….
        what: String,
    },
    /// There is no generation to wrap under.
    #[error(
        "the key store has no generation key; restore it from its backup, and into a copy return the generation keys (contactpoint backup --return)"
    )]
    NoGeneration,
    /// The newest generation is in use and cannot be destroyed.
    #[error("generation {generation} is the newest and in use; begin a new generation before destroying it")]
    InUse {
        /// The newest generation.
        generation: i64,
    },
    /// Wrapping failed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// What was to be wrapped anew does not open.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
}

/// Every generation and root key of one space.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    generations: BTreeMap<i64, GenerationKey>,
    roots: BTreeMap<(RootKeyName, i64), RootKey>,
}

/// A key ring as the key store keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrappedRing {
    /// Rows of `generation` that are not destroyed.
    pub generations: Vec<WrappedGeneration>,
    /// Rows of `root_key`.
    pub roots: Vec<WrappedRootKey>,
}

impl KeyRing {
    /// A new ring: generation 1 and every root key at epoch 1, but for the monthly audit keys, which have bundles.
    pub fn create(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut ring = Self::default();
        ring.new_generation(rng);
        for &name in RootKeyName::ALL {
            if name != RootKeyName::AuditBody {
                ring.new_epoch(name, rng);
            }
        }
        ring
    }

    /// Wraps the whole ring for the key store.
    ///
    /// # Errors
    ///
    /// Root keys without a generation.
    pub fn wrap(
        &self,
        kek: &KeyEncryptionKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<WrappedRing, RingError> {
        Ok(WrappedRing {
            generations: self.generations.values().map(|key| key.wrap(kek, rng)).collect::<Result<_, _>>()?,
            roots: self.roots.values().map(|key| self.wrap_root(kek, key, rng)).collect::<Result<_, _>>()?,
        })
    }

    /// Opens what the key store kept. Destroyed generations are simply not given.
    ///
    /// # Errors
    ///
    /// The first key that does not open, by name.
    pub fn unwrap(kek: &KeyEncryptionKey, wrapped: &WrappedRing) -> Result<Self, UnwrapError> {
        let mut ring = Self::default();
        for row in &wrapped.generations {
            ring.generations.insert(row.generation, GenerationKey::unwrap(kek, row)?);
        }
        for row in &wrapped.roots {
            let root = ring.unwrap_root(kek, row)?;
            ring.roots.insert((root.name(), root.epoch()), root);
        }
        Ok(ring)
    }

    /// Begins a new generation, under which bundles and root keys are wrapped from now on; to be wrapped and written
    /// before any of them.
    pub fn new_generation(&mut self, rng: &mut (impl CryptoRng + ?Sized)) -> &GenerationKey {
        let generation = self.generations.keys().next_back().map_or(1, |newest| newest.saturating_add(1));
        self.generations.entry(generation).or_insert_with(|| GenerationKey::random(generation, rng))
    }

    /// Puts a generation into the ring that another server began; one that is there already stays.
    pub fn add_generation(&mut self, generation: GenerationKey) {
        self.generations.entry(generation.generation()).or_insert(generation);
    }

    /// Whether the ring has that generation.
    pub fn has_generation(&self, generation: i64) -> bool {
        self.generations.contains_key(&generation)
    }

    /// Whether the ring has a root key of that name.
    pub fn has_root(&self, name: RootKeyName) -> bool {
        self.newest(name).is_some()
    }

    /// Forgets a generation, and with it whatever is still wrapped under it in any copy; false when it was gone already.
    ///
    /// # Errors
    ///
    /// [`RingError::InUse`] for the newest.
    pub fn destroy_generation(&mut self, generation: i64) -> Result<bool, RingError> {
        if self.generations.keys().next_back() == Some(&generation) {
            return Err(RingError::InUse { generation });
        }
        Ok(self.generations.remove(&generation).is_some())
    }

    /// The generation under which bundles and root keys are wrapped now.
    ///
    /// # Errors
    ///
    /// An empty ring.
    pub fn newest_generation(&self) -> Result<&GenerationKey, RingError> {
        self.generations.values().next_back().ok_or(RingError::NoGeneration)
    }

    /// Wraps a bundle under the newest generation.
    ///
    /// # Errors
    ///
    /// An empty ring.
    pub fn wrap_bundle(
        &self,
        owner: Uuid,
        bundle: &Bundle,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<WrappedBundle, RingError> {
        Ok(bundle.wrap(self.newest_generation()?, owner, rng)?)
    }

    /// Opens a bundle under its own generation.
    ///
    /// # Errors
    ///
    /// [`UnwrapError::GenerationGone`], or a row that is another's or was changed.
    pub fn unwrap_bundle(&self, owner: Uuid, row: &WrappedBundle) -> Result<Bundle, UnwrapError> {
        let generation = self
            .generations
            .get(&row.generation)
            .ok_or(UnwrapError::GenerationGone { generation: row.generation })?;
        Bundle::unwrap(generation, owner, &row.wrapped)
    }

    /// Wraps a root key under the newest generation.
    ///
    /// # Errors
    ///
    /// An empty ring.
    pub fn wrap_root(
        &self,
        kek: &KeyEncryptionKey,
        root: &RootKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<WrappedRootKey, RingError> {
        Ok(root.wrap(kek, self.newest_generation()?, rng)?)
    }

    /// Opens a root key under its own generation, or one that an earlier version wrote.
    ///
    /// # Errors
    ///
    /// [`UnwrapError::GenerationGone`], or as [`RootKey::unwrap`].
    pub fn unwrap_root(&self, kek: &KeyEncryptionKey, row: &WrappedRootKey) -> Result<RootKey, UnwrapError> {
        RootKey::unwrap(kek, self.generation_of(row)?, row)
    }

    /// Puts a wrapped root key under the newest generation. The key itself is not opened: who has not the custodians' keys may
    /// do so.
    ///
    /// # Errors
    ///
    /// [`UnwrapError::GenerationGone`], a changed row, or an empty ring.
    pub fn renew_root(
        &self,
        row: &WrappedRootKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<WrappedRootKey, RingError> {
        let bare = match self.generation_of(row)? {
            Some(generation) => row.without_generation(generation)?,
            None => row.clone(),
        };
        Ok(bare.under(self.newest_generation()?, rng)?)
    }

    /// Wraps a bundle for the custodian of legal holds.
    ///
    /// # Errors
    ///
    /// A ring without [`RootKeyName::Custody`].
    pub fn wrap_for_custody(
        &self,
        owner: Uuid,
        bundle: &Bundle,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, RingError> {
        let custodian = GenerationKey::custodian(self.newest_root(RootKeyName::Custody)?);
        Ok(bundle.wrap(&custodian, owner, rng)?.wrapped)
    }

    /// Opens what [`KeyRing::wrap_for_custody`] wrapped.
    ///
    /// # Errors
    ///
    /// A row that is another's or was changed.
    pub fn unwrap_from_custody(&self, owner: Uuid, wrapped: &[u8]) -> Result<Bundle, UnwrapError> {
        let root = self
            .newest_root(RootKeyName::Custody)
            .map_err(|_| UnwrapError::Malformed { what: "the custodian's key".to_owned() })?;
        Bundle::unwrap(&GenerationKey::custodian(root), owner, wrapped)
    }

    /// Begins a new epoch of a root key; to be wrapped and written before it is used.
    pub fn new_epoch(&mut self, name: RootKeyName, rng: &mut (impl CryptoRng + ?Sized)) -> &RootKey {
        let epoch = self.newest(name).map_or(1, |root| root.epoch().saturating_add(1));
        self.add_root(RootKey::random(name, epoch, rng))
    }

    /// Begins a new epoch of everything a key row is made of (the hashes of both tables and their pointers), so that
    /// the one `epoch` column of a row tells all its keys. Returns the epoch.
    ///
    /// # Errors
    ///
    /// [`RingError::Missing`] when the ring lacks one of the three.
    pub fn new_lookup_epoch(&mut self, rng: &mut (impl CryptoRng + ?Sized)) -> Result<i64, RingError> {
        const NAMES: [RootKeyName; 3] = [RootKeyName::Match, RootKeyName::Search, RootKeyName::Pointer];
        let mut newest = 0;
        for name in NAMES {
            newest = newest.max(self.newest_root(name)?.epoch());
        }
        let epoch = newest.saturating_add(1);
        for name in NAMES {
            self.add_root(RootKey::random(name, epoch, rng));
        }
        Ok(epoch)
    }

    /// Puts a root key into the ring; one that is there already stays.
    pub fn add_root(&mut self, root: RootKey) -> &RootKey {
        self.roots.entry((root.name(), root.epoch())).or_insert(root)
    }

    /// Forgets a root key: an epoch after its rows are rewritten. False when there was none.
    pub fn destroy_root(&mut self, name: RootKeyName, epoch: i64) -> bool {
        self.roots.remove(&(name, epoch)).is_some()
    }

    /// The root key of that name and epoch.
    ///
    /// # Errors
    ///
    /// [`RingError::Missing`].
    pub fn root(&self, name: RootKeyName, epoch: i64) -> Result<&RootKey, RingError> {
        self.roots
            .get(&(name, epoch))
            .ok_or_else(|| RingError::Missing { what: format!("root key {name}, epoch {epoch}") })
    }

    /// The newest root key of that name.
    ///
    /// # Errors
    ///
    /// [`RingError::Missing`].
    pub fn newest_root(&self, name: RootKeyName) -> Result<&RootKey, RingError> {
        self.newest(name).ok_or_else(|| RingError::Missing { what: format!("root key {name}") })
    }

    /// The keyed hashes of a purpose: the newest epoch and the one before it.
    ///
    /// # Errors
    ///
    /// [`RingError::Missing`].
    pub fn hashes(&self, name: RootKeyName) -> Result<HashRing, RingError> {
        let current = self.newest_root(name)?;
        let previous = self.roots.range((name, i64::MIN)..(name, current.epoch())).next_back();
        Ok(HashRing::new(KeyedHash::new(current), previous.map(|(_, root)| KeyedHash::new(root))))
    }

    /// The pointer cipher of a table: of the newest epoch first, then of the one before it. A row's `epoch` column
    /// says which it was written under ([`KeyRing::new_lookup_epoch`]).
    ///
    /// # Errors
    ///
    /// [`RingError::Missing`].
    pub fn pointers(&self, table: KeyTable) -> Result<(PointerCipher, Option<PointerCipher>), RingError> {
        let current = self.newest_root(RootKeyName::Pointer)?;
        let previous = self
            .roots
            .range((RootKeyName::Pointer, i64::MIN)..(RootKeyName::Pointer, current.epoch()))
            .next_back();
        Ok((PointerCipher::new(current, table), previous.map(|(_, root)| PointerCipher::new(root, table))))
    }

    fn generation_of(&self, row: &WrappedRootKey) -> Result<Option<&GenerationKey>, UnwrapError> {
        let known =
            |generation| self.generations.get(&generation).ok_or(UnwrapError::GenerationGone { generation });
        row.generation.map(known).transpose()
    }

    fn newest(&self, name: RootKeyName) -> Option<&RootKey> {
        self.roots.range((name, i64::MIN)..=(name, i64::MAX)).next_back().map(|(_, root)| root)
    }
}
