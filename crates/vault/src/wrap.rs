//! One secret sealed under another: AES-256-GCM-SIV with a fresh nonce and the secret's own name as associated data.

use aes_gcm_siv::aead::{AeadInOut, KeyInit};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
#[cfg(debug_assertions)]
use guards::Guard;
use rand::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::seal::SealError;
use crate::secret::Secret;

pub(crate) const NONCE_LENGTH: usize = 12;
pub(crate) const TAG_LENGTH: usize = 16;

/// Why wrapped key material could not be opened.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum UnwrapError {
    /// Not the shape of wrapped key material.
    #[error("the wrapped {what} is not well formed; restore the key store from its backup")]
    Malformed {
        /// What was being unwrapped, without any secret: "generation key 3", "root key match, epoch 1", ….
        what: String,
    },
    /// Wrapped under another key, or for another name, or changed.
    #[error(
        "the wrapped {what} does not open: it was wrapped under another key or has been changed; use the key file this key store was made with, or restore the key store from its backup"
    )]
    NotAuthentic {
        /// What was being unwrapped.
        what: String,
    },
    /// As [`UnwrapError::NotAuthentic`], of what may be in the custody of two.
    #[error(
        "the wrapped {what} does not open: it was wrapped under the keys of two custodians, under another key, or has been changed; name the two files it was made with under keys.custodian_files, or restore the key store from its backup"
    )]
    InCustody {
        /// What was being unwrapped.
        what: String,
    },
    /// The generation key of a bundle or a root key has been destroyed, and what it wrapped with it.
    #[error(
        "generation key {generation} is not in the key store: it was destroyed, and everything wrapped under it, or this is a restored copy into which the generation keys were not returned yet (contactpoint backup --return)"
    )]
    GenerationGone {
        /// The destroyed generation.
        generation: i64,
    },
}

/// Encrypts `plain` in place and returns nonce ‖ ciphertext ‖ tag.
pub(crate) fn encrypt(
    key: &Secret,
    aad: &[u8],
    mut plain: Zeroizing<Vec<u8>>,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE_LENGTH];
    rng.fill_bytes(&mut nonce);
    #[cfg(debug_assertions)]
    if !Guard::Sealing.stands() {
        return Ok([&nonce, plain.as_slice(), &[0; TAG_LENGTH]].concat());
    }
    let cipher = Aes256GcmSiv::new(key.bytes().into());
    let nonce = Nonce::from(nonce);
    let tag = cipher
        .encrypt_inout_detached(&nonce, aad, plain.as_mut_slice().into())
        .map_err(|_| SealError::TooLong { length: plain.len() })?;
    let mut sealed = Vec::with_capacity(NONCE_LENGTH + plain.len() + TAG_LENGTH);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&plain);
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens what [`encrypt`] made; `None` when it is not authentic or too short to be.
pub(crate) fn decrypt(key: &Secret, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
    let (body, tag) = rest.split_last_chunk::<TAG_LENGTH>()?;
    #[cfg(debug_assertions)]
    if !Guard::Sealing.stands() {
        return Some(Zeroizing::new(body.to_vec()));
    }
    let cipher = Aes256GcmSiv::new(key.bytes().into());
    let mut plain = Zeroizing::new(body.to_vec());
    cipher.decrypt_inout_detached(&Nonce::from(*nonce), aad, plain.as_mut_slice().into(), tag.into()).ok()?;
    Some(plain)
}

/// Wraps a secret; `what` names it and is bound in.
pub(crate) fn wrap(
    key: &Secret,
    what: &str,
    secret: &Secret,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, SealError> {
    encrypt(key, &aad(what), Zeroizing::new(secret.bytes().to_vec()), rng)
}

/// Opens what [`wrap`] made for the same `what`.
pub(crate) fn unwrap(key: &Secret, what: &str, wrapped: &[u8]) -> Result<Secret, UnwrapError> {
    if wrapped.len() != NONCE_LENGTH + 32 + TAG_LENGTH {
        return Err(UnwrapError::Malformed { what: what.to_owned() });
    }
    decrypt(key, &aad(what), wrapped)
        .and_then(|plain| Secret::from_slice(&plain))
        .ok_or_else(|| UnwrapError::NotAuthentic { what: what.to_owned() })
}

fn aad(what: &str) -> Vec<u8> {
    [b"contactpoint/wrapped-key/1\0", what.as_bytes()].concat()
}
