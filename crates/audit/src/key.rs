//! The keys that sign and check checkpoints: Ed25519.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use thiserror::Error;

use crate::checkpoint::Origin;
use crate::hash::Hash;

const PREFIX: &str = "contactpoint-audit-key-1";

/// Why a text is not a public key.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// Not three fields divided by colons.
    #[error(
        "line {line} is not a public key of the form {PREFIX}:<id>:<key>; ask the service for its key with: contactpoint audit key"
    )]
    Shape {
        /// The line, from 1.
        line: usize,
    },
    /// The id does not belong to the key: a character was lost or changed.
    #[error("the id of the public key on line {line} does not fit the key; copy it again")]
    Check {
        /// The line, from 1.
        line: usize,
    },
    /// There is no key at all.
    #[error("there is no public key in the file; it holds one a line, of the form {PREFIX}:<id>:<key>")]
    None,
}

/// The short name of a public key: the first 8 bytes of a hash of it, in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// From the text form; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        (!text.bytes().any(|byte| byte.is_ascii_uppercase())).then_some(Self(bytes))
    }

    fn of(key: &VerifyingKey) -> Self {
        let [a, b, c, d, e, f, g, h, ..] =
            *Hash::of(&[b"contactpoint/audit/key/1\0", key.as_bytes()]).as_bytes();
        Self([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// A key that checks signatures. Its text form is `contactpoint-audit-key-1:<id>:<key in base64>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key's short name.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.0)
    }

    /// Reads the text form.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as line 1.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        Self::parse_line(text.trim(), 1)
    }

    fn parse_line(text: &str, line: usize) -> Result<Self, KeyError> {
        let mut fields = text.split(':');
        let (Some(PREFIX), Some(id), Some(key), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(KeyError::Shape { line });
        };
        let bytes: [u8; 32] = STANDARD
            .decode(key)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(KeyError::Shape { line })?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Check { line })?;
        if KeyId::parse(id) == Some(KeyId::of(&key)) { Ok(Self(key)) } else { Err(KeyError::Check { line }) }
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}:{}:{}", self.id(), STANDARD.encode(self.0.as_bytes()))
    }
}

/// The keys a verifier believes: the current one and those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKeys(Vec<PublicKey>);

impl TrustedKeys {
    /// These keys.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Reads keys, one a line; empty lines and lines that begin with # are passed over.
    ///
    /// # Errors
    ///
    /// The first line that is not a key, or no key at all.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let keys = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(line, text)| PublicKey::parse_line(text, line))
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(KeyError::None) } else { Ok(Self(keys)) }
    }

    /// The key of that id.
    pub fn get(&self, id: KeyId) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.id() == id)
    }
}

/// The key that signs checkpoints of one origin. It is wiped when dropped and never printed.
#[derive(Clone)]
pub struct Signer {
    origin: Origin,
    key: SigningKey,
}

impl Signer {
    /// The signer of a 32-byte seed (the root key `audit_signing`).
    pub fn from_seed(origin: Origin, seed: &[u8; 32]) -> Self {
        Self { origin, key: SigningKey::from_bytes(seed) }
    }

    /// The name of the log it signs for.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The key to publish.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.key.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("origin", &self.origin).field("key", &self.public_key().id()).finish()
    }
}
