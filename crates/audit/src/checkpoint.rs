//! Signed checkpoints: what the whole trail was at one moment, in a few lines of text.
//!
//! ```text
//! contactpoint audit checkpoint 1
//! origin contactpoint.example/live
//! size 42
//! head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//! root 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
//! at 2026-11-22T15:00:00.000123Z
//! key 1b2e5c0f9a8d7e6c
//! signature <64 bytes in base64>
//! ```
//!
//! The lines down to `key`, each with its line feed, are what is signed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use thiserror::Error;

use crate::hash::Hash;
use crate::key::{KeyId, Signer, TrustedKeys};

const TITLE: &str = "contactpoint audit checkpoint 1";

/// Why a text is not a checkpoint, or a checkpoint is not to be believed.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum CheckpointError {
    /// Not the lines of a checkpoint, each in its place and its one spelling.
    #[error("its line {line} is not \"{expected}\" as a checkpoint has it; copy the whole checkpoint again")]
    Malformed {
        /// The line within the checkpoint, from 1.
        line: usize,
        /// What ought to stand there.
        expected: &'static str,
    },
    /// Signed by a key nobody told the verifier to believe.
    #[error(
        "it is signed by the key {key}, which is not among the given public keys; get the key from the service's operator and check it with somebody else"
    )]
    UnknownKey {
        /// The key it names.
        key: KeyId,
    },
    /// The signature does not fit the text.
    #[error("its signature by the key {key} does not fit its text: it was changed or forged")]
    BadSignature {
        /// The key it names.
        key: KeyId,
    },
    /// Not a name of a log.
    #[error("an origin is 1 to 200 visible characters without spaces, such as contactpoint.example/live")]
    Origin,
}

/// The name of a log, told apart from every other: 1 to 200 visible characters without spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Origin`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let visible = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
        if (1..=200).contains(&text.chars().count()) && visible {
            Ok(Self(text.to_owned()))
        } else {
            Err(CheckpointError::Origin)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the whole trail was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: Origin,
    /// How many entries it had.
    pub size: u64,
    /// The hash of the last entry; [`Hash::ZERO`] when there was none.
    pub head: Hash,
    /// The Merkle root over all entry hashes (RFC 6962).
    pub root: Hash,
    /// When it was signed, to the microsecond.
    pub at: Timestamp,
    /// The key it is signed with.
    pub key: KeyId,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn body(&self) -> String {
        let Self { origin, size, head, root, at, key } = self;
        format!("{TITLE}\norigin {origin}\nsize {size}\nhead {head}\nroot {root}\nat {at:.6}\nkey {key}\n")
    }

    /// Reads the text that is signed.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Malformed`] with the first line that is not as [`Checkpoint::body`] writes it.
    pub fn parse_body(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = Lines { lines: text.split_inclusive('\n'), number: 0 };
        let title = lines.field("contactpoint", "contactpoint audit checkpoint 1")?;
        if title != "audit checkpoint 1" {
            return Err(lines.malformed("contactpoint audit checkpoint 1"));
        }
        let origin = lines.field("origin", "origin <name>")?;
        let origin = Origin::parse(origin).map_err(|_| lines.malformed("origin <name>"))?;
        let size = lines.field("size", "size <number>")?;
        let size = canonical_number(size).ok_or_else(|| lines.malformed("size <number>"))?;
        let head = lines.field("head", "head <64 hexadecimal digits>")?;
        let head = Hash::parse(head).ok_or_else(|| lines.malformed("head <64 hexadecimal digits>"))?;
        let root = lines.field("root", "root <64 hexadecimal digits>")?;
        let root = Hash::parse(root).ok_or_else(|| lines.malformed("root <64 hexadecimal digits>"))?;
        let at = lines.field("at", "at <instant>")?;
        let at = canonical_instant(at).ok_or_else(|| lines.malformed("at <instant>"))?;
        let key = lines.field("key", "key <16 hexadecimal digits>")?;
        let key = KeyId::parse(key).ok_or_else(|| lines.malformed("key <16 hexadecimal digits>"))?;
        lines.end()?;
        Ok(Self { origin, size, head, root, at, key })
    }

    /// Whether two checkpoints say the same of the log, whenever and with whichever key they were signed.
    pub(crate) fn agrees_with(&self, size: u64, head: Hash, root: Hash) -> bool {
        self.size == size && self.head == head && self.root == root
    }
}

/// A checkpoint and its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    signature: [u8; 64],
}

impl SignedCheckpoint {
    pub(crate) fn sign(checkpoint: Checkpoint, signer: &Signer) -> Self {
        let signature = signer.sign(checkpoint.body().as_bytes());
        Self { checkpoint, signature }
    }

    /// From the signed text and the signature, kept apart; the signature is not checked yet.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Malformed`].
    pub fn from_parts(body: &str, signature: &[u8]) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::parse_body(body)?;
        let signature = signature.try_into().map_err(|_| CheckpointError::Malformed {
            line: 8,
            expected: "signature <64 bytes in base64>",
        })?;
        Ok(Self { checkpoint, signature })
    }

    /// What it says.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The text that is signed.
    pub fn body(&self) -> String {
        self.checkpoint.body()
    }

    /// The 64 bytes of the signature.
    pub fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// The whole text: the signed lines and the signature's.
    pub fn to_text(&self) -> String {
        format!("{}signature {}\n", self.body(), STANDARD.encode(self.signature))
    }

    /// Reads the whole text; the signature is not checked yet.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Malformed`] with the first line that is not as it should be.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        const SIGNATURE: &str = "signature <64 bytes in base64>";
        let at = text.find("\nsignature ").map_or(text.len(), |at| at + 1);
        let (body, signature) = text.split_at_checked(at).unwrap_or((text, ""));
        let checkpoint = Checkpoint::parse_body(body)?;
        let mut lines = Lines { lines: signature.split_inclusive('\n'), number: 7 };
        let signature = lines.field("signature", SIGNATURE)?;
        let signature = STANDARD
            .decode(signature)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| lines.malformed(SIGNATURE))?;
        lines.end()?;
        Ok(Self { checkpoint, signature })
    }

    /// Checks the signature.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::UnknownKey`] or [`CheckpointError::BadSignature`].
    pub fn verify(&self, keys: &TrustedKeys) -> Result<(), CheckpointError> {
        let key = self.checkpoint.key;
        let trusted = keys.get(key).ok_or(CheckpointError::UnknownKey { key })?;
        if trusted.verifies(self.body().as_bytes(), &self.signature) {
            Ok(())
        } else {
            Err(CheckpointError::BadSignature { key })
        }
    }
}

/// The lines of a checkpoint, each ended by one line feed.
struct Lines<'a> {
    lines: std::str::SplitInclusive<'a, char>,
    number: usize,
}

impl<'a> Lines<'a> {
    fn field(&mut self, name: &str, expected: &'static str) -> Result<&'a str, CheckpointError> {
        self.number += 1;
        self.lines
            .next()
            .and_then(|line| line.strip_suffix('\n'))
            .and_then(|line| line.strip_prefix(name))
            .and_then(|line| line.strip_prefix(' '))
            .ok_or_else(|| self.malformed(expected))
    }

    fn end(&mut self) -> Result<(), CheckpointError> {
        self.number += 1;
        if self.lines.next().is_none() { Ok(()) } else { Err(self.malformed("the end of the checkpoint")) }
    }

    fn malformed(&self, expected: &'static str) -> CheckpointError {
        CheckpointError::Malformed { line: self.number, expected }
    }
}

/// A number without sign or leading zeros, so that it has one spelling.
pub(crate) fn canonical_number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn canonical_instant(text: &str) -> Option<Timestamp> {
    let instant: Timestamp = text.parse().ok()?;
    (format!("{instant:.6}") == text).then_some(instant)
}
