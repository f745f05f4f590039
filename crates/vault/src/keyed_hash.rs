//! Keyed hashes: how sealed rows are found. Without the key, a hash says nothing about its value; a hash of
//! identity *without* a key would be the identity.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::root_key::RootKey;
use crate::secret::Secret;

/// A keyed hash: HMAC-SHA-256, its first 16 bytes.
pub type Key16 = [u8; 16];

/// HMAC-SHA-256 with the key already absorbed, so that a short value costs two compressions.
#[derive(Clone)]
pub(crate) struct KeyedState(Hmac<Sha256>);

impl KeyedState {
    pub(crate) fn new(key: &Secret) -> Self {
        // HMAC fills a key up to the block of its hash with zeros.
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(key.bytes()).for_each(|(to, from)| *to = *from);
        Self(<Hmac<Sha256> as KeyInit>::new((&*block).into()))
    }

    /// Kind and parts, each part behind its length, so that no two different lists hash alike.
    pub(crate) fn digest(&self, kind: u16, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(&kind.to_be_bytes());
        for part in parts {
            // The length of a slice always fits in 64 bits.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The keyed hash of one purpose and epoch.
#[derive(Clone)]
pub struct KeyedHash {
    epoch: i64,
    state: KeyedState,
}

impl KeyedHash {
    /// The hash of `root`'s purpose and epoch: different names and epochs give unrelated hashes.
    pub fn new(root: &RootKey) -> Self {
        Self { epoch: root.epoch(), state: KeyedState::new(&root.derive("keyed-hash")) }
    }

    /// The epoch of its key, written beside the hash.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The hash of `value` as a key of the given kind (a blocking rule's or a search key's number; 0 where the
    /// purpose has but one kind).
    pub fn hash(&self, kind: u16, value: &[u8]) -> Key16 {
        self.hash_parts(kind, &[value])
    }

    /// The hash of a list of values; the list `["ab", "c"]` and the list `["a", "bc"]` hash differently.
    pub fn hash_parts(&self, kind: u16, parts: &[&[u8]]) -> Key16 {
        let digest = self.state.digest(kind, parts);
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        key
    }
}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedHash").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// The live epochs of one purpose: rows are written under the newest and looked up under both, so that a rotation
/// never stops the service.
#[derive(Clone, Debug)]
pub struct HashRing {
    current: KeyedHash,
    previous: Option<KeyedHash>,
}

impl HashRing {
    /// A ring of the newest epoch and the one before it, while rows of it remain.
    pub fn new(current: KeyedHash, previous: Option<KeyedHash>) -> Self {
        Self { current, previous }
    }

    /// The epoch under which rows are written.
    pub fn current(&self) -> &KeyedHash {
        &self.current
    }

    /// The epoch still looked up while its rows are being rewritten.
    pub fn previous(&self) -> Option<&KeyedHash> {
        self.previous.as_ref()
    }

    /// The hash to write.
    pub fn hash(&self, kind: u16, value: &[u8]) -> Key16 {
        self.current.hash(kind, value)
    }

    /// As [`HashRing::hash`] for a list of values.
    pub fn hash_parts(&self, kind: u16, parts: &[&[u8]]) -> Key16 {
        self.current.hash_parts(kind, parts)
    }

    /// The hashes under which a row may be found, newest first, each with its epoch.
    pub fn hashes_for_lookup(&self, kind: u16, value: &[u8]) -> impl Iterator<Item = (i64, Key16)> {
        self.lookup(kind, vec![value.to_vec()])
    }

    /// As [`HashRing::hashes_for_lookup`] for a list of values.
    pub fn hashes_of_parts_for_lookup(
        &self,
        kind: u16,
        parts: &[&[u8]],
    ) -> impl Iterator<Item = (i64, Key16)> {
        self.lookup(kind, parts.iter().map(|part| part.to_vec()).collect())
    }

    fn lookup(&self, kind: u16, parts: Vec<Vec<u8>>) -> impl Iterator<Item = (i64, Key16)> {
        std::iter::once(&self.current).chain(&self.previous).map(move |hash| {
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            (hash.epoch, hash.hash_parts(kind, &parts))
        })
    }
}
