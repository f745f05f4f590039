//! The export: lines of JSON, one an entry in order, with checkpoint lines between them.
//!
//! ```text
//! {"export":"contactpoint-audit-export-1","origin":"contactpoint.example/live"}
//! {"seq":1,"header":"{\"entry_id\":…}","body":"<base64>","hash":"<hex>"}
//! {"seq":2,"header":"{\"entry_id\":…}","body_hash":"<hex>","hash":"<hex>"}
//! {"checkpoint":"contactpoint audit checkpoint 1\n…","signature":"<base64>"}
//! ```
//!
//! A checkpoint stands directly after the last entry it covers. None of the functions ends the line.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::checkpoint::{Origin, SignedCheckpoint};
use crate::hash::{Hash, body_hash};
use crate::sequencer::Chained;
use crate::sequencer::without_state;

/// The export's first line begins with this name of its format.
pub(crate) const FORMAT: &str = "contactpoint-audit-export-1";

/// The sealed body of an entry, or the hash of it where the ciphertext is no longer kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body<'a> {
    /// The ciphertext.
    Sealed(&'a [u8]),
    /// [`body_hash`] of it.
    Hash(Hash),
}

impl Body<'_> {
    /// What the chain hashes.
    pub fn hash(&self) -> Hash {
        match self {
            Self::Sealed(body) => body_hash(body),
            Self::Hash(hash) => *hash,
        }
    }
}

/// The first line.
///
/// # Errors
///
/// None in practice: it is JSON.
pub fn opening_line(origin: &Origin) -> serde_json::Result<String> {
    let line = Line { export: Some(FORMAT.into()), origin: Some(origin.as_str().into()), ..Line::default() };
    serde_json::to_string(&line)
}

/// The line of an entry: its header exactly as stored, its body, its place in the chain.
///
/// # Errors
///
/// None in practice: it is JSON.
pub fn entry_line(chained: Chained, header: &str, body: Body<'_>) -> serde_json::Result<String> {
    let mut line = Line {
        seq: Some(chained.seq),
        header: Some(header.into()),
        hash: Some(chained.hash.to_string().into()),
        ..Line::default()
    };
    match body {
        Body::Sealed(body) => line.body = Some(STANDARD.encode(body).into()),
        Body::Hash(hash) => line.body_hash = Some(hash.to_string().into()),
    }
    serde_json::to_string(&line)
}

/// The line of a checkpoint.
///
/// # Errors
///
/// None in practice: it is JSON.
pub fn checkpoint_line(signed: &SignedCheckpoint) -> serde_json::Result<String> {
    let line = Line {
        checkpoint: Some(signed.body().into()),
        signature: Some(STANDARD.encode(signed.signature()).into()),
        ..Line::default()
    };
    serde_json::to_string(&line)
}

/// The line of a checkpoint as its row has it, whether or not it can still be read: a copy hides no damage, `verify` names
/// it.
///
/// # Errors
///
/// None in practice: it is JSON.
pub fn stored_checkpoint_line(row_body: &str, signature: &[u8]) -> serde_json::Result<String> {
    let line = Line {
        checkpoint: Some(without_state(row_body).into()),
        signature: Some(STANDARD.encode(signature).into()),
        ..Line::default()
    };
    serde_json::to_string(&line)
}

/// Every field any line may have; which of them there are tells its kind.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    export: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    origin: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    header: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    body: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    body_hash: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    hash: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    checkpoint: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    signature: Option<Cow<'a, str>>,
}

/// A line as the verifier reads it.
pub(crate) enum ExportLine<'a> {
    Opening { origin: Origin },
    Entry { seq: u64, header: Cow<'a, str>, body: Hash, hash: Hash },
    Checkpoint(Box<SignedCheckpoint>),
}

/// Reads a line; the error says what is wrong with it, without repeating it.
pub(crate) fn parse_line(line: &[u8]) -> Result<ExportLine<'_>, String> {
    let text = str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    let line: Line<'_> = serde_json::from_str(text)
        .map_err(|e| format!("it is not JSON of an export line (column {})", e.column()))?;
    match line {
        Line {
            export: Some(format),
            origin: Some(origin),
            seq: None,
            header: None,
            body: None,
            body_hash: None,
            hash: None,
            checkpoint: None,
            signature: None,
        } => {
            if format != FORMAT {
                return Err(format!("its format is not {FORMAT}"));
            }
            Ok(ExportLine::Opening { origin: Origin::parse(&origin).map_err(|e| e.to_string())? })
        }
        Line {
            export: None,
            origin: None,
            seq: Some(seq),
            header: Some(header),
            body,
            body_hash: stated,
            hash: Some(hash),
            checkpoint: None,
            signature: None,
        } => {
            let body = match (body, stated) {
                (Some(body), None) => body_hash(
                    &STANDARD.decode(body.as_bytes()).map_err(|_| "its body is not base64".to_owned())?,
                ),
                (None, Some(hash)) => Hash::parse(&hash).ok_or("its body_hash is not a hash")?,
                _ => return Err("it has not exactly one of body and body_hash".to_owned()),
            };
            let hash = Hash::parse(&hash).ok_or("its hash is not a hash")?;
            Ok(ExportLine::Entry { seq, header, body, hash })
        }
        Line {
            export: None,
            origin: None,
            seq: None,
            header: None,
            body: None,
            body_hash: None,
            hash: None,
            checkpoint: Some(body),
            signature: Some(signature),
        } => {
            let signature =
                STANDARD.decode(signature.as_bytes()).map_err(|_| "its signature is not base64")?;
            let signed = SignedCheckpoint::from_parts(&body, &signature)
                .map_err(|e| format!("its checkpoint: {e}"))?;
            Ok(ExportLine::Checkpoint(Box::new(signed)))
        }
        _ => Err("it has not the fields of an opening, an entry or a checkpoint".to_owned()),
    }
}
