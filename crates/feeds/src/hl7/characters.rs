//! Which characters the bytes of a message are: what MSH-18 says, read before anything else of the message is.

use super::refusal::{Reason, Refused};

/// The text of a message.
pub(super) fn text(bytes: &[u8]) -> Result<String, Refused> {
    let refused = |reason| Refused { header: None, reason };
    if !bytes.starts_with(b"MSH") {
        return Err(refused(Reason::NoHeader));
    }
    let named = character_set(bytes);
    match named.as_str() {
        // Without a name a message is ASCII; UTF-8, which many senders write without saying so, holds it.
        "" | "ASCII" | "UNICODE" | "UNICODE UTF-8" | "UTF-8" | "UTF8" => {
            String::from_utf8(bytes.to_vec()).map_err(|_| refused(Reason::NotUtf8))
        }
        "8859/1" | "ISO-8859-1" => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        _ => Err(refused(Reason::CharacterSet)),
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
