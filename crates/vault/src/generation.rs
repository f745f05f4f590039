//! Generation keys: they wrap the bundles and the root keys of a while, and their destruction after the horizon makes every
//! backup of those unreadable.

use rand::CryptoRng;

use crate::kek::KeyEncryptionKey;
use crate::root_key::RootKey;
use crate::seal::SealError;
use crate::secret::Secret;
use crate::wrap::{self, UnwrapError};

/// A generation key.
#[derive(Clone, Debug)]
pub struct GenerationKey {
    generation: i64,
    secret: Secret,
}

/// A generation key as the key store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedGeneration {
    /// Its number.
    pub generation: i64,
    /// Sealed under the key-encryption key; 60 bytes.
    pub wrapped: Vec<u8>,
}

impl GenerationKey {
    /// A new key from the given generator.
    pub fn random(generation: i64, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self { generation, secret: Secret::random(rng) }
    }

    /// The key under which a legal hold keeps bundles apart from every generation: made of [`RootKeyName::Custody`], and
    /// numbered 0, which no generation is.
    ///
    /// [`RootKeyName::Custody`]: crate::RootKeyName::Custody
    pub fn custodian(root: &RootKey) -> Self {
        Self { generation: 0, secret: root.derive("custodian") }
    }

    /// Its number.
    pub fn generation(&self) -> i64 {
        self.generation
    }

    /// Wraps it for the key store, bound to its number.
    ///
    /// # Errors
    ///
    /// None in practice: a key is never too long to seal.
    pub fn wrap(
        &self,
        kek: &KeyEncryptionKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<WrappedGeneration, SealError> {
        let wrapped = wrap::wrap(kek.secret(), &what(self.generation), &self.secret, rng)?;
        Ok(WrappedGeneration { generation: self.generation, wrapped })
    }

    /// Opens what the key store kept.
    ///
    /// # Errors
    ///
    /// Another key-encryption key, or a changed or renumbered row.
    pub fn unwrap(kek: &KeyEncryptionKey, row: &WrappedGeneration) -> Result<Self, UnwrapError> {
        let secret = wrap::unwrap(kek.secret(), &what(row.generation), &row.wrapped)?;
        Ok(Self { generation: row.generation, secret })
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }
}

fn what(generation: i64) -> String {
    format!("generation key {generation}")
}
