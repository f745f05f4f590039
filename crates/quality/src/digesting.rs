//! A file that is digested while it is read, wherever the reader goes first: a workbook's directory stands at its end.

use std::io::{self, Read, Seek, SeekFrom};

use sha2::{Digest as _, Sha256};

/// Bytes that are read at a time of what the reader of the rows did not want.
const CHUNK: usize = 1 << 16;

/// A file and the SHA-256 of its bytes up to where they were read without a gap.
pub(crate) struct Digesting<R> {
    source: R,
    digest: Sha256,
    /// Where the next byte is read.
    at: u64,
    /// How many bytes, from the first, are in the digest.
    digested: u64,
}

impl<R: Read + Seek> Digesting<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, digest: Sha256::new(), at: 0, digested: 0 }
    }

    /// Reads what is left and gives the SHA-256 of all bytes, in 64 hexadecimal digits.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub(crate) fn finish(&mut self) -> io::Result<String> {
        if self.at != self.digested {
            self.seek(SeekFrom::Start(self.digested))?;
        }
        let mut rest = [0; CHUNK];
        while self.read(&mut rest)? > 0 {}
        Ok(hex::encode(self.digest.clone().finalize()))
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(space)?;
        let end = self.at.saturating_add(count as u64);
        if self.at <= self.digested && end > self.digested {
            let known = usize::try_from(self.digested - self.at).unwrap_or(usize::MAX);
            self.digest.update(space.get(known..count).unwrap_or_default());
            self.digested = end;
        }
        self.at = end;
        Ok(count)
    }
}

impl<R: Seek> Seek for Digesting<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.source.seek(to)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// However the reader goes about a file, the digest is that of its bytes.
        #[test]
        fn the_digest_is_that_of_the_bytes_wherever_the_reader_went(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            moves in prop::collection::vec((0_u64..400, 0_usize..100), 0..8),
        ) {
            let mut file = Digesting::new(Cursor::new(bytes.clone()));
            for (to, count) in moves {
                file.seek(SeekFrom::Start(to)).unwrap();
                let mut space = vec![0; count];
                let _ = file.read(&mut space).unwrap();
            }
            prop_assert_eq!(file.finish().unwrap(), hex::encode(Sha256::digest(&bytes)));
        }
    }
}
