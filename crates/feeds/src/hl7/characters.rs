//! Which characters the bytes of a message are: what MSH-18 says, read before anything else of the message is.

use super::header::Header;
use super::refusal::{Reason, Refused};

/// The characters of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Characters {
    Utf8,
    /// ISO 8859-1.
    Latin1,
    /// ISO 8859-15.
    Latin9,
}

impl Characters {
    fn named(name: &str) -> Option<Self> {
        match name {
            // Without a name a message is ASCII; UTF-8, which many senders write without saying so, holds it.
            "" | "ASCII" | "UNICODE" | "UNICODE UTF-8" | "UTF-8" | "UTF8" => Some(Self::Utf8),
            "8859/1" | "ISO-8859-1" => Some(Self::Latin1),
            "8859/15" | "ISO-8859-15" => Some(Self::Latin9),
            _ => None,
        }
    }

    /// What bytes are in these characters; `None` when they are none of them.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Self::Latin1 => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
            Self::Latin9 => Some(bytes.iter().map(|byte| latin_9(*byte)).collect()),
        }
    }
}

/// The text of a message, and the characters it was written in: escapes mean bytes of the same.
pub(super) fn text(bytes: &[u8]) -> Result<(String, Characters), Refused> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let refused = |reason| Refused { header: header_of(bytes), reason };
    if !bytes.starts_with(b"MSH") {
        return Err(refused(Reason::NoHeader));
    }
    let characters = Characters::named(&character_set(bytes)).ok_or_else(|| refused(Reason::CharacterSet))?;
    let text = characters.decode(bytes).ok_or_else(|| refused(Reason::NotUtf8))?;
    Ok((text, characters))
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The header of a message whose characters cannot be read, as far as it is ASCII: the answer names the message that is refused.
fn header_of(bytes: &[u8]) -> Option<Box<Header>> {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    match Header::read(&line, Characters::Utf8) {
        Ok(header) => Some(Box::new(header)),
        Err(refused) => refused.header,
    }
}

/// The first repeat of MSH-18, in capitals. MSH-1 is the separator itself, so it is the seventeenth value behind it.
fn character_set(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let Some(separator) = line.get(3) else { return String::new() };
    let field = line.split(|byte| byte == separator).nth(17).unwrap_or_default();
    let repetition = line.get(5).copied().unwrap_or(b'~');
    let first = field.split(|byte| *byte == repetition).next().unwrap_or_default();
    String::from_utf8_lossy(first).trim().to_ascii_uppercase()
}

/// ISO 8859-15, which differs from 8859-1 in eight places.
fn latin_9(byte: u8) -> char {
    match byte {
        0xA4 => '\u{20AC}',
        0xA6 => '\u{160}',
        0xA8 => '\u{161}',
        0xB4 => '\u{17D}',
        0xB8 => '\u{17E}',
        0xBC => '\u{152}',
        0xBD => '\u{153}',
        0xBE => '\u{178}',
        other => char::from(other),
    }
}
