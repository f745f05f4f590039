//! What the first bytes of a file tell about it.

use crate::error::{Encoding, FileFault};

/// Enough for every signature below.
pub(crate) const SNIFFED_BYTES: usize = 4;

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How many bytes to skip (a UTF-8 byte order mark), or why the file cannot be one of ours.
pub(crate) fn sniff(first: &[u8]) -> Result<usize, FileFault> {
    let encoding = |encoding| Err(FileFault::Encoding(encoding));
    match first {
        [] => Err(FileFault::Empty),
        // UTF-32 little-endian begins with the mark of UTF-16: it is asked for first.
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => encoding(Encoding::Utf32),
        [0xFF, 0xFE, ..] => encoding(Encoding::Utf16LittleEndian),
        [0xFE, 0xFF, ..] => encoding(Encoding::Utf16BigEndian),
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => encoding(Encoding::Utf16LittleEndian),
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => encoding(Encoding::Utf16BigEndian),
        [b'P', b'K', 3, 4, ..] => Err(FileFault::NotText("an Excel workbook or a ZIP archive")),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(FileFault::NotText("an old Excel workbook")),
        [b'%', b'P', b'D', b'F', ..] => Err(FileFault::NotText("a PDF")),
        [b'[', b'{', ..] => Err(FileFault::NotText("a JSON list")),
        [0x1F, 0x8B, ..] => Err(FileFault::NotText("a gzip archive")),
        _ if first.starts_with(UTF8_MARK) => Ok(UTF8_MARK.len()),
        _ => Ok(0),
    }
}
