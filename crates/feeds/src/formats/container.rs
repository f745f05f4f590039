//! The ZIP container of a workbook, read part by part with a ceiling on what each unpacks to.
//!
//! A small reader of our own: those at hand reserve memory by numbers that stand in the file, and a workbook may come from
//! anybody. Encrypted, split and 64-bit archives are refused.

use std::io::{self, Read, Seek, SeekFrom, Take};

use flate2::read::DeflateDecoder;

use crate::error::FileFault;

/// The end record with the longest comment.
const LONGEST_END: u64 = 22 + 65_535;
/// A workbook has a dozen parts.
const LARGEST_DIRECTORY: u64 = 1 << 20;

/// One part of the archive.
struct Part {
    name: String,
    stored: bool,
    packed: u64,
    header: u64,
}

/// An open archive.
pub(super) struct Container<R> {
    source: R,
    parts: Vec<Part>,
}

const DAMAGED: FileFault = FileFault::Workbook("its ZIP container is cut or damaged");

impl<R: Read + Seek> Container<R> {
    /// Reads the directory at the end of the archive.
    pub(super) fn open(mut source: R) -> Result<Self, FileFault> {
        let directory = directory(&mut source).map_err(FileFault::Read)?.ok_or(DAMAGED)?;
        let mut parts = Vec::new();
        let mut rest = directory.as_slice();
        while let Some((part, after)) = entry(rest) {
            parts.push(part?);
            rest = after;
        }
        if parts.is_empty() { Err(DAMAGED) } else { Ok(Self { source, parts }) }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The names of its parts, in their order.
    pub(super) fn names(&self) -> Vec<String> {
        self.parts.iter().map(|part| part.name.clone()).collect()
    }

    fn find(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name.eq_ignore_ascii_case(name))
    }

    /// Unpacks a part; reading more than `limit` bytes of it is an error.
    pub(super) fn part(&mut self, name: &str, limit: u64) -> Result<Unpacked<&mut R>, FileFault> {
        let part = self.find(name).ok_or(FileFault::Workbook("a part of it is missing"))?;
        let (stored, packed, header) = (part.stored, part.packed, part.header);
        let mut local = [0; 30];
        self.source.seek(SeekFrom::Start(header)).map_err(FileFault::Read)?;
        self.source.read_exact(&mut local).map_err(|_| DAMAGED)?;
        if !local.starts_with(b"PK\x03\x04") {
            return Err(DAMAGED);
        }
        let skip = i64::from(two(&local, 26)) + i64::from(two(&local, 28));
        self.source.seek(SeekFrom::Current(skip)).map_err(FileFault::Read)?;
        let packed = (&mut self.source).take(packed);
        let bytes = if stored { Bytes::Stored(packed) } else { Bytes::Packed(DeflateDecoder::new(packed)) };
        Ok(Unpacked { bytes, left: limit })
    }
}

/// The bytes of a part.
pub(super) struct Unpacked<R> {
    bytes: Bytes<R>,
    left: u64,
}

enum Bytes<R> {
    Stored(Take<R>),
    Packed(DeflateDecoder<Take<R>>),
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.bytes {
            Bytes::Stored(bytes) => bytes.read(space),
            Bytes::Packed(bytes) => bytes.read(space),
        }?;
        let enough = || io::Error::from(io::ErrorKind::FileTooLarge);
        self.left = self.left.checked_sub(count as u64).ok_or_else(enough)?;
        Ok(count)
    }
}

/// The directory's bytes; none where the end record is not found or makes no sense.
fn directory(source: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    let length = source.seek(SeekFrom::End(0))?;
    let tail = length.min(LONGEST_END);
    source.seek(SeekFrom::Start(length - tail))?;
    let mut end = Vec::new();
    source.by_ref().take(tail).read_to_end(&mut end)?;
    let Some(at) = end.windows(4).rposition(|window| window == b"PK\x05\x06") else { return Ok(None) };
    let record = end.get(at..).unwrap_or_default();
    if record.len() < 22 {
        return Ok(None);
    }
    let (size, start) = (u64::from(four(record, 12)), u64::from(four(record, 16)));
    if size > LARGEST_DIRECTORY || start.saturating_add(size) > length {
        return Ok(None);
    }
    source.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    source.by_ref().take(size).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// The first entry of a directory and what follows it; none at its end.
fn entry(directory: &[u8]) -> Option<(Result<Part, FileFault>, &[u8])> {
    if !directory.starts_with(b"PK\x01\x02") || directory.len() < 46 {
        return None;
    }
    let name = usize::from(two(directory, 28));
    let whole = 46 + name + usize::from(two(directory, 30)) + usize::from(two(directory, 32));
    let text = String::from_utf8_lossy(directory.get(46..46 + name)?).into_owned();
    let after = directory.get(whole..)?;
    let method = two(directory, 10);
    let part = if two(directory, 8) & 1 == 1 {
        Err(FileFault::Workbook("it is protected by a password"))
    } else if matches!(method, 0 | 8) {
        let (packed, header) = (u64::from(four(directory, 20)), u64::from(four(directory, 42)));
        Ok(Part { name: text, stored: method == 0, packed, header })
    } else {
        Err(FileFault::Workbook("it is packed in a way that is not read"))
    };
    Some((part, after))
}

fn two(bytes: &[u8], at: usize) -> u16 {
    let pair = bytes.get(at..at + 2).and_then(|pair| pair.try_into().ok());
    u16::from_le_bytes(pair.unwrap_or_default())
}

fn four(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    u32::from_le_bytes(four.unwrap_or_default())
}
