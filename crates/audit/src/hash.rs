//! What is hashed, exactly.

use std::fmt;

use sha2::{Digest, Sha256};

/// A SHA-256 hash; its text form is 64 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first entry names as its predecessor.
    pub const ZERO: Self = Self([0; 32]);

    /// From 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// `None` unless `bytes` is 32 long.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From the text form; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        // Upper case would be a second text form of the same hash.
        (!text.bytes().any(|byte| byte.is_ascii_uppercase())).then_some(Self(bytes))
    }

    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hash of a sealed body: SHA-256 of the domain and the ciphertext.
pub fn body_hash(body: &[u8]) -> Hash {
    Hash::of(&[b"contactpoint/audit/body/1\0", body])
}

/// The hash of an entry: SHA-256 of the domain, its sequence number (8 bytes, big-endian, from 1), the hash of its
/// predecessor ([`Hash::ZERO`] for the first), the hash of its sealed body, and the header exactly as stored, to the
/// end. It is the chain's head after that entry, and the leaf of the Merkle tree.
pub fn entry_hash(seq: u64, previous: Hash, header: &[u8], body: Hash) -> Hash {
    Hash::of(&[b"contactpoint/audit/entry/1\0", &seq.to_be_bytes(), previous.as_ref(), body.as_ref(), header])
}
