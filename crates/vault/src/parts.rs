//! Many sealed parts in one blob: what stands in a row's `sealed` column.
//!
//! A format byte (1), then for each part: slot (2 bytes), length (4 bytes), sealed bytes; numbers big-endian. Each
//! part is bound to the owner, its slot, the row's version and the list of all slots in the blob, so that no part
//! can be changed, moved, renamed, added or taken out unnoticed while any other part can still be read.

use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use rand::CryptoRng;

use crate::bundle::{Bundle, Slot};
use crate::seal::{Aad, OpenError, PADDING, SealError, open, seal_padded};

const FORMAT: u8 = 1;

/// Why a blob of parts could not be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PartsError {
    /// Cut short, or not such a blob at all.
    #[error("the sealed blob is not well formed at byte {at}; restore the row from its backup")]
    Malformed {
        /// Where it stops making sense.
        at: usize,
    },
    /// A slot this bundle never issued: the blob belongs to another bundle, or the bundle is an older copy.
    #[error(
        "the sealed blob of {owner} names slot {slot}, which its bundle never issued; restore the key store's newest backup"
    )]
    NeverIssued {
        /// The owner.
        owner: Uuid,
        /// The slot.
        slot: Slot,
    },
    /// A part whose key is there does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// The sealed parts of a blob, still sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealedParts(Vec<(Slot, Vec<u8>)>);

impl SealedParts {
    /// The slots and the sealed bytes of the parts, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &[u8])> {
        self.0.iter().map(|(slot, sealed)| (*slot, sealed.as_slice()))
    }

    /// The bytes to store.
    ///
    /// # Errors
    ///
    /// [`SealError::TooLong`] for a part of 4 GiB or more.
    pub fn encode(&self) -> Result<Vec<u8>, SealError> {
        let length = self.0.iter().map(|(_, sealed)| 6 + sealed.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(1 + length);
        bytes.push(FORMAT);
        for (slot, sealed) in &self.0 {
            let length =
                u32::try_from(sealed.len()).map_err(|_| SealError::TooLong { length: sealed.len() })?;
            bytes.extend_from_slice(&slot.to_be_bytes());
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(sealed);
        }
        Ok(bytes)
    }

    /// Reads what [`SealedParts::encode`] wrote.
    ///
    /// # Errors
    ///
    /// [`PartsError::Malformed`] for any other bytes, and for a slot named twice.
    pub fn decode(bytes: &[u8]) -> Result<Self, PartsError> {
        let malformed = |rest: &[u8]| PartsError::Malformed { at: bytes.len() - rest.len() };
        let Some((&FORMAT, mut rest)) = bytes.split_first() else {
            return Err(malformed(bytes));
        };
        let mut parts: Vec<(Slot, Vec<u8>)> = Vec::new();
        while let Some((&[high, low, a, b, c, d], after)) = rest.split_first_chunk() {
            let slot = Slot::from_be_bytes([high, low]);
            let length = u32::from_be_bytes([a, b, c, d]) as usize;
            let (Some((sealed, after)), false) =
                (after.split_at_checked(length), parts.iter().any(|(other, _)| *other == slot))
            else {
                return Err(malformed(rest));
            };
            parts.push((slot, sealed.to_vec()));
            rest = after;
        }
        if rest.is_empty() { Ok(Self(parts)) } else { Err(malformed(rest)) }
    }
}

/// What became of a part.
#[derive(Clone, PartialEq, Eq)]
pub enum PartContent {
    /// The plain bytes; wiped when dropped.
    Readable(Zeroizing<Vec<u8>>),
    /// Its key has been destroyed: nobody can read it any more.
    Destroyed,
}

impl std::fmt::Debug for PartContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Readable(_) => f.write_str("Readable([sealed data])"),
            Self::Destroyed => f.write_str("Destroyed"),
        }
    }
}

/// A part of a blob after opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedPart {
    /// Its slot.
    pub slot: Slot,
    /// Its content.
    pub content: PartContent,
}

impl OpenedPart {
    /// The plain bytes, unless the key is gone.
    pub fn readable(&self) -> Option<&[u8]> {
        match &self.content {
            PartContent::Readable(plain) => Some(plain),
            PartContent::Destroyed => None,
        }
    }
}

/// Seals the parts of one row, each under the key of its slot, and encodes them as one blob. `version` is the row's
/// version, 0 for a row without one.
///
/// # Errors
///
/// A slot without a key or named twice, or a part of 4 GiB or more.
pub fn seal_parts(
    bundle: &Bundle,
    owner: Uuid,
    version: i64,
    parts: &[(Slot, &[u8])],
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<u8>, SealError> {
    let layout: Vec<Slot> = parts.iter().map(|(slot, _)| *slot).collect();
    let mut sealed: Vec<(Slot, Vec<u8>)> = Vec::with_capacity(parts.len());
    for (slot, plain) in parts {
        if sealed.iter().any(|(other, _)| other == slot) {
            return Err(SealError::SlotTwice { slot: *slot });
        }
        let key = bundle.key(*slot).ok_or(SealError::NoKey { slot: *slot })?;
        let aad = Aad::new(owner, *slot).with_version(version).with_layout(&layout);
        sealed.push((*slot, seal_padded(key, aad, plain, PADDING, rng)?));
    }
    SealedParts(sealed).encode()
}

/// Opens the blob of one row. A part whose key was destroyed is reported as such; a part whose key is there but
/// which does not open is an error.
///
/// # Errors
///
/// A malformed blob, a slot the bundle never issued, or a part that is not authentic.
pub fn open_parts(
    bundle: &Bundle,
    owner: Uuid,
    version: i64,
    blob: &[u8],
) -> Result<Vec<OpenedPart>, PartsError> {
    let parts = SealedParts::decode(blob)?;
    let layout: Vec<Slot> = parts.iter().map(|(slot, _)| slot).collect();
    parts
        .iter()
        .map(|(slot, sealed)| {
            let content = match bundle.key(slot) {
                Some(key) => {
                    let aad = Aad::new(owner, slot).with_version(version).with_layout(&layout);
                    PartContent::Readable(open(key, aad, sealed)?)
                }
                None if bundle.has_issued(slot) => PartContent::Destroyed,
                None => return Err(PartsError::NeverIssued { owner, slot }),
            };
            Ok(OpenedPart { slot, content })
        })
        .collect()
}
