//! The bundle: the data keys of one owner, one a slot, wrapped together as one row of the key store.

use std::collections::BTreeMap;
use std::fmt;

use rand::CryptoRng;
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::generation::GenerationKey;
use crate::seal::{PADDING, SealError, pad, unpad};
use crate::secret::{DataKey, Secret};
use crate::wrap::{UnwrapError, decrypt, encrypt};

/// The number of a data key within its bundle. 0 is the owner's identity; numbers are never used twice.
pub type Slot = u16;

/// Why a bundle could not be changed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BundleError {
    /// All 65,535 slots have been issued.
    #[error("the bundle has issued all its slots; give the owner a new id and bundle")]
    Full,
}

/// The data keys of one owner (a source record, a child, an account, a feed run …).
#[derive(Clone, Default)]
pub struct Bundle {
    keys: BTreeMap<Slot, DataKey>,
    /// One past the highest slot ever issued, so that a destroyed slot's number never comes back.
    next: Slot,
}

/// A bundle as the key store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedBundle {
    /// The generation key it is wrapped under.
    pub generation: i64,
    /// The sealed keys.
    pub wrapped: Vec<u8>,
}

impl Bundle {
    /// An empty bundle.
    pub fn new() -> Self {
        Self::default()
    }

    /// A bundle with slot 0.
    pub fn with_identity_slot(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self { keys: BTreeMap::from([(0, DataKey::random(rng))]), next: 1 }
    }

    /// A bundle whose slot 0 has a key that there was before.
    pub fn of_key(key: DataKey) -> Self {
        Self { keys: BTreeMap::from([(0, key)]), next: 1 }
    }

    /// Issues a new slot with a new key and returns its number: 0 first, then one more each time, whatever has been
    /// destroyed since.
    ///
    /// # Errors
    ///
    /// [`BundleError::Full`] after 65,535 slots.
    pub fn add_slot(&mut self, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Slot, BundleError> {
        let slot = self.next;
        self.next = slot.checked_add(1).ok_or(BundleError::Full)?;
        self.keys.insert(slot, DataKey::random(rng));
        Ok(slot)
    }

    /// Forgets a slot's key for good; false when there was none. The bundle must then be wrapped and written again:
    /// older copies die with their generation key.
    pub fn destroy(&mut self, slot: Slot) -> bool {
        self.keys.remove(&slot).is_some()
    }

    /// The key of a slot; `None` when it was never issued or was destroyed.
    pub fn key(&self, slot: Slot) -> Option<&DataKey> {
        self.keys.get(&slot)
    }

    /// Whether the slot has been issued, destroyed since or not.
    pub fn has_issued(&self, slot: Slot) -> bool {
        slot < self.next
    }

    /// The slots that still have a key, ascending.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        self.keys.keys().copied()
    }

    /// Wraps the bundle for the key store, bound to its owner and generation.
    ///
    /// # Errors
    ///
    /// None in practice: a bundle is never too long to seal.
    pub fn wrap(
        &self,
        generation: &GenerationKey,
        owner: Uuid,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<WrappedBundle, SealError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(3 + ENTRY_LENGTH * self.keys.len()));
        plain.push(FORMAT);
        plain.extend_from_slice(&self.next.to_be_bytes());
        for (slot, key) in &self.keys {
            plain.extend_from_slice(&slot.to_be_bytes());
            plain.extend_from_slice(key.secret().bytes());
        }
        let number = generation.generation();
        let wrapped = encrypt(generation.secret(), &aad(owner, number), pad(&plain, PADDING), rng)?;
        Ok(WrappedBundle { generation: number, wrapped })
    }

    /// Opens what [`Bundle::wrap`] made for that owner under that generation key.
    ///
    /// # Errors
    ///
    /// Another owner or generation key, or a changed row.
    pub fn unwrap(generation: &GenerationKey, owner: Uuid, wrapped: &[u8]) -> Result<Self, UnwrapError> {
        let plain = decrypt(generation.secret(), &aad(owner, generation.generation()), wrapped)
            .and_then(unpad)
            .ok_or_else(|| UnwrapError::NotAuthentic { what: format!("bundle of {owner}") })?;
        Self::decode(&plain).ok_or_else(|| UnwrapError::Malformed { what: format!("bundle of {owner}") })
    }

    fn decode(plain: &[u8]) -> Option<Self> {
        let (&[format, high, low], entries) = plain.split_first_chunk()?;
        if format != FORMAT || entries.len() % ENTRY_LENGTH != 0 {
            return None;
        }
        let next = Slot::from_be_bytes([high, low]);
        let mut keys = BTreeMap::new();
        for entry in entries.chunks_exact(ENTRY_LENGTH) {
            let (slot, key) = entry.split_first_chunk()?;
            keys.insert(Slot::from_be_bytes(*slot), DataKey::from_secret(Secret::from_slice(key)?));
        }
        Some(Self { keys, next })
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle").field("slots", &self.keys.keys()).field("issued", &self.next).finish()
    }
}

const FORMAT: u8 = 1;
const ENTRY_LENGTH: usize = 2 + 32;

fn aad(owner: Uuid, generation: i64) -> Vec<u8> {
    [b"contactpoint/bundle/1\0".as_slice(), owner.as_bytes(), &generation.to_be_bytes()].concat()
}
