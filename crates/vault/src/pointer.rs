//! The pointer in a key row, encrypted under a key derived from the key's *value* (not its hash): whoever holds
//! the database cannot tell which rows point to one record, and whoever knows the value and holds the root key
//! can follow the row, or find it again to delete it.
//!
//! One AES-256 block: the same value and record always give the same 16 bytes, different values unrelated ones.

use std::fmt;

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use zeroize::Zeroizing;

use crate::keyed_hash::KeyedState;
use crate::root_key::RootKey;

/// The table a key row stands in. The pointers of the two are encrypted apart, so that a search row cannot be
/// paired with the match row of the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyTable {
    /// `match_key`: asked by the matcher only.
    Match,
    /// `search_key`: asked by searches.
    Search,
}

impl KeyTable {
    fn label(self) -> &'static str {
        match self {
            Self::Match => "pointer-match",
            Self::Search => "pointer-search",
        }
    }
}

/// Makes the pointer keys of one table and epoch.
#[derive(Clone)]
pub struct PointerCipher {
    epoch: i64,
    state: KeyedState,
}

impl PointerCipher {
    /// The cipher of `root` (the root key `pointer`) for one table.
    pub fn new(root: &RootKey, table: KeyTable) -> Self {
        Self { epoch: root.epoch(), state: KeyedState::new(&root.derive(table.label())) }
    }

    /// The epoch of its root key.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The key for the rows of one key value. Make it once for all the rows a look-up finds.
    pub fn key_for(&self, kind: u16, value: &[u8]) -> PointerKey {
        let key = Zeroizing::new(self.state.digest(kind, &[value]));
        PointerKey(Aes256::new((&*key).into()))
    }

    /// Encrypts a pointer for one row: [`PointerCipher::key_for`] and [`PointerKey::seal`] in one.
    pub fn seal(&self, kind: u16, value: &[u8], pointer: [u8; 16]) -> [u8; 16] {
        self.key_for(kind, value).seal(pointer)
    }

    /// Decrypts the pointer of one row.
    pub fn open(&self, kind: u16, value: &[u8], sealed: [u8; 16]) -> [u8; 16] {
        self.key_for(kind, value).open(sealed)
    }
}

impl fmt::Debug for PointerCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PointerCipher").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

/// Encrypts and decrypts the pointers of the rows of one key value.
pub struct PointerKey(Aes256);

impl PointerKey {
    /// The bytes to write for a pointer.
    pub fn seal(&self, pointer: [u8; 16]) -> [u8; 16] {
        let mut block = pointer.into();
        self.0.encrypt_block(&mut block);
        block.into()
    }

    /// The pointer that was written so. There is no check: under a wrong key it is a pointer to nothing.
    pub fn open(&self, sealed: [u8; 16]) -> [u8; 16] {
        let mut block = sealed.into();
        self.0.decrypt_block(&mut block);
        block.into()
    }
}

impl fmt::Debug for PointerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PointerKey([secret])")
    }
}
