//! Thirty-two secret bytes, and the data keys made of them.

use std::fmt;

use rand::CryptoRng;
use zeroize::Zeroizing;

/// Thirty-two secret bytes: wiped when dropped, never printed.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    pub(crate) fn random(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }

    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// `None` unless `bytes` is 32 long.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        <[u8; 32]>::try_from(bytes).ok().map(Self::new)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A key that seals the personal data of one destroyable item. It lives in a [`Bundle`](crate::Bundle), or is
/// derived from a [`RootKey`](crate::RootKey) (the journal's key).
#[derive(Clone, Debug)]
pub struct DataKey(Secret);

impl DataKey {
    /// A new key from the given generator.
    pub fn random(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self(Secret::random(rng))
    }

    pub(crate) fn from_secret(secret: Secret) -> Self {
        Self(secret)
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }
}
