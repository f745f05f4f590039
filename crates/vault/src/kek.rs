//! The key-encryption key and its text form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::keyed_hash::KeyedState;
use crate::root_key::RootKeyName;
use crate::secret::Secret;

const PREFIX: &str = "contactpoint-kek-1";

/// Why a text is not a key-encryption key. The text itself is never repeated: it may be a key with a slip in it.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyTextError {
    /// Not one line of three fields, or another prefix.
    #[error("it does not begin with {PREFIX}: and consist of three fields divided by colons")]
    Shape,
    /// Not 32 bytes in base64.
    #[error("its second field is not 32 bytes in base64")]
    Key,
    /// The check does not fit the key.
    #[error("its check does not fit the key: some characters were lost or changed")]
    Check,
}

/// The key that wraps the key ring: 32 bytes, wiped when dropped, never printed. With it may go the key, made of those of two
/// custodians besides, that wraps what neither of them opens alone.
#[derive(Clone, Debug)]
pub struct KeyEncryptionKey {
    secret: Secret,
    split: Option<Secret>,
}

/// The keys of the two custodians are one, or the key-encryption key itself.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the custodians' key files and the key file hold fewer than three different keys; make one for each")]
pub struct NotSplit;

impl KeyEncryptionKey {
    /// A new key from the given generator.
    pub fn random(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self::alone(Secret::random(rng))
    }

    /// A key from 32 bytes, as a key management service gives it.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self::alone(Secret::new(bytes))
    }

    fn alone(secret: Secret) -> Self {
        Self { secret, split: None }
    }

    /// Puts what is in split custody ([`RootKeyName::is_in_split_custody`]) under this key and those of two custodians, in either order.
    ///
    /// # Errors
    ///
    /// Two of the three are the same.
    ///
    /// [`RootKeyName::is_in_split_custody`]: crate::RootKeyName::is_in_split_custody
    pub fn with_custodians(self, custodians: [Self; 2]) -> Result<Self, NotSplit> {
        let [mut one, mut other] = custodians.map(|key| key.secret);
        if one.bytes() > other.bytes() {
            std::mem::swap(&mut one, &mut other);
        }
        if one.bytes() == other.bytes() || [&one, &other].iter().any(|key| key.bytes() == self.secret.bytes())
        {
            return Err(NotSplit);
        }
        let parts: [&[u8]; 3] = [b"contactpoint/split-custody/1", one.bytes(), other.bytes()];
        let split = Secret::new(KeyedState::new(&self.secret).digest(0, &parts));
        Ok(Self { split: Some(split), ..self })
    }

    /// Whether it has the keys of two custodians with it.
    pub fn has_custodians(&self) -> bool {
        self.split.is_some()
    }

    /// The same without those of the custodians.
    #[must_use]
    pub fn without_custodians(&self) -> Self {
        Self::alone(self.secret.clone())
    }

    /// The text form: `contactpoint-kek-1:<base64 of the key>:<check>`. It is the secret itself: write it to the
    /// key file and nowhere else.
    pub fn to_text(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(STANDARD.encode(self.secret.bytes()));
        Zeroizing::new(format!("{PREFIX}:{}:{}", *key, check(self.secret.bytes())))
    }

    /// Reads the text form; space around it is allowed.
    ///
    /// # Errors
    ///
    /// What is wrong with it, without repeating it.
    pub fn parse(text: &str) -> Result<Self, KeyTextError> {
        let mut fields = text.trim().split(':');
        let (Some(PREFIX), Some(key), Some(found), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(KeyTextError::Shape);
        };
        let key = Zeroizing::new(STANDARD.decode(key).map_err(|_| KeyTextError::Key)?);
        let secret = Secret::from_slice(&key).ok_or(KeyTextError::Key)?;
        if check(secret.bytes()) != found {
            return Err(KeyTextError::Check);
        }
        Ok(Self::alone(secret))
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// What wraps a root key of that name.
    pub(crate) fn secret_of(&self, name: RootKeyName) -> &Secret {
        self.split.as_ref().filter(|_| name.is_in_split_custody()).unwrap_or(&self.secret)
    }
}

/// Thirty-two bits that find a slip of the pen; they say nothing useful about 256 random ones.
fn check(key: &[u8; 32]) -> String {
    let digest: [u8; 32] = Sha256::new().chain_update(PREFIX).chain_update(key).finalize().into();
    let [a, b, c, d, ..] = digest;
    hex::encode([a, b, c, d])
}
