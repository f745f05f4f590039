//! Sealing of personal data: AES-256-GCM-SIV under a data key, bound to its owner and slot, padded so that its
//! length says little.

use rand::CryptoRng;
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::bundle::Slot;
use crate::secret::DataKey;
use crate::wrap::{decrypt, encrypt};

/// The plain form is padded to a multiple of so many bytes before it is sealed.
pub const PADDING: usize = 64;

/// Why something could not be sealed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SealError {
    /// Longer than the cipher can take (64 GiB) or the container can say (4 GiB, 65,535 parts).
    #[error("{length} bytes (or parts) are more than can be sealed as one; split them")]
    TooLong {
        /// How long it was.
        length: usize,
    },
    /// The bundle has no key for that slot: it was never issued, or it was destroyed.
    #[error("slot {slot} has no key in this bundle; add a slot and seal under that one")]
    NoKey {
        /// The slot asked for.
        slot: Slot,
    },
    /// One blob may hold a slot once.
    #[error("slot {slot} is named twice; give each part a slot of its own")]
    SlotTwice {
        /// The slot named twice.
        slot: Slot,
    },
}

/// Why something sealed could not be opened.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OpenError {
    /// Changed, sealed under another key, or moved here from another owner, slot or version.
    #[error(
        "the sealed data of {owner}, slot {slot} is not authentic: it was changed, moved, or sealed under another key; restore the row from its backup"
    )]
    NotAuthentic {
        /// The owner it was opened for.
        owner: Uuid,
        /// The slot it was opened for.
        slot: Slot,
    },
}

/// What a sealed value is bound to: opened with any other, it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aad<'a> {
    owner: Uuid,
    slot: Slot,
    version: i64,
    layout: &'a [Slot],
}

impl<'a> Aad<'a> {
    /// Bound to the owner's id and the slot of its bundle (0 for a key that is not in a bundle).
    pub fn new(owner: Uuid, slot: Slot) -> Self {
        Self { owner, slot, version: 0, layout: &[] }
    }

    /// Bound to a version of the owner as well, so that an older sealed value cannot be put back in its place.
    #[must_use]
    pub fn with_version(self, version: i64) -> Self {
        Self { version, ..self }
    }

    /// Bound to the slots of the whole blob, so that no part can be taken out or renamed unnoticed.
    pub(crate) fn with_layout(self, layout: &'a [Slot]) -> Self {
        Self { layout, ..self }
    }

    fn bytes(&self) -> Vec<u8> {
        const DOMAIN: &[u8] = b"contactpoint/sealed/1\0";
        let mut bytes = Vec::with_capacity(DOMAIN.len() + 26 + 2 * self.layout.len());
        bytes.extend_from_slice(DOMAIN);
        bytes.extend_from_slice(self.owner.as_bytes());
        bytes.extend_from_slice(&self.slot.to_be_bytes());
        bytes.extend_from_slice(&self.version.to_be_bytes());
        for slot in self.layout {
            bytes.extend_from_slice(&slot.to_be_bytes());
        }
        bytes
    }
}

/// Seals `plain`: nonce (12 bytes) ‖ ciphertext (`plain` padded to a multiple of [`PADDING`]) ‖ tag (16 bytes).
///
/// # Errors
///
/// [`SealError::TooLong`] beyond 64 GiB.
pub fn seal(
    key: &DataKey,
    aad: Aad<'_>,
    plain: &[u8],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, SealError> {
    seal_padded(key, aad, plain, PADDING, rng)
}

/// As [`seal`], padded to a multiple of `block` bytes (at least 1): a coarser block where the length would tell one
/// kind of content from another, as in the bodies of audit entries. [`open`] needs not be told.
///
/// # Errors
///
/// [`SealError::TooLong`] beyond 64 GiB.
pub fn seal_padded(
    key: &DataKey,
    aad: Aad<'_>,
    plain: &[u8],
    block: usize,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, SealError> {
    encrypt(key.secret(), &aad.bytes(), pad(plain, block.max(1)), rng)
}

/// Opens what [`seal`] or [`seal_padded`] made with the same `aad`. The plain form is wiped when dropped.
///
/// # Errors
///
/// [`OpenError::NotAuthentic`] when anything at all differs.
pub fn open(key: &DataKey, aad: Aad<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    decrypt(key.secret(), &aad.bytes(), sealed)
        .and_then(unpad)
        .ok_or(OpenError::NotAuthentic { owner: aad.owner, slot: aad.slot })
}

/// The end of the content, after which only zeros follow (ISO/IEC 7816-4).
const END: u8 = 0x80;

/// Appends [`END`] and zeros up to a multiple of `block`.
pub(crate) fn pad(plain: &[u8], block: usize) -> Zeroizing<Vec<u8>> {
    let length = (plain.len() + 1).next_multiple_of(block);
    let mut padded = Zeroizing::new(Vec::with_capacity(length));
    padded.extend_from_slice(plain);
    padded.push(END);
    padded.resize(length, 0);
    padded
}

/// Takes off what [`pad`] added; `None` when there is no padding.
pub(crate) fn unpad(mut padded: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
    let end = padded.iter().rposition(|&byte| byte != 0)?;
    if padded.get(end) != Some(&END) {
        return None;
    }
    padded.truncate(end);
    Some(padded)
}
