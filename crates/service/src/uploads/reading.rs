//! Reading an upload's parts as one file, a part at a time.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use store::uploads;
use tokio::runtime::Handle;
use uuid::Uuid;
use vault::Bundle;
use zeroize::Zeroizing;

use super::part_aad;
use crate::Directory;
use crate::loading::FileBytes;

/// An upload's bytes, sealed in its parts.
pub(super) struct Parts {
    pub(super) directory: Arc<Directory>,
    pub(super) upload: Uuid,
    pub(super) bundle: Arc<Bundle>,
    pub(super) offsets: Arc<[i64]>,
    /// Bytes.
    pub(super) length: u64,
    /// The loop on which the database is asked; the parts are read on a thread of their own.
    pub(super) runtime: Handle,
}

impl FileBytes for Parts {
    type Reader = PartsReader;

    fn read_anew(&mut self) -> io::Result<PartsReader> {
        Ok(PartsReader {
            directory: Arc::clone(&self.directory),
            upload: self.upload,
            bundle: Arc::clone(&self.bundle),
            offsets: Arc::clone(&self.offsets),
            length: self.length,
            runtime: self.runtime.clone(),
            next: 0,
            skip: 0,
            open: Zeroizing::default(),
            read: 0,
            position: 0,
        })
    }
}

/// Where the reading is.
pub(super) struct PartsReader {
    directory: Arc<Directory>,
    upload: Uuid,
    bundle: Arc<Bundle>,
    offsets: Arc<[i64]>,
    length: u64,
    runtime: Handle,
    /// The part that is opened next.
    next: usize,
    /// Bytes of it that are passed over.
    skip: usize,
    open: Zeroizing<Vec<u8>>,
    read: usize,
    /// Of the file, from its first byte.
    position: u64,
}

impl PartsReader {
    /// Opens the part behind the one that was read to its end; false at the end of the file.
    fn open_next(&mut self) -> io::Result<bool> {
        let Some(at) = self.offsets.get(self.next).copied() else { return Ok(false) };
        let sealed = self.runtime.block_on(async {
            let mut conn = self.directory.store.reader().await?;
            uploads::part(&mut conn, self.upload, at).await
        });
        let sealed = sealed
            .map_err(io::Error::other)?
            .ok_or_else(|| io::Error::other("a part of the upload is gone"))?;
        let key = self.bundle.key(0).ok_or_else(|| io::Error::other("the key of the upload is gone"))?;
        self.open = vault::open(key, part_aad(self.upload, at), &sealed).map_err(io::Error::other)?;
        (self.read, self.next, self.skip) = (self.skip, self.next + 1, 0);
        Ok(true)
    }
}

impl Read for PartsReader {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.open.get(self.read..).unwrap_or_default();
            if !left.is_empty() || space.is_empty() {
                let count = left.len().min(space.len());
                for (to, from) in space.iter_mut().zip(left) {
                    *to = *from;
                }
                self.read += count;
                self.position += count as u64;
                return Ok(count);
            }
            if !self.open_next()? {
                return Ok(0);
            }
        }
    }
}

impl Seek for PartsReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(away) => self.length.checked_add_signed(away),
            SeekFrom::Current(away) => self.position.checked_add_signed(away),
        };
        let position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let begins = |offset: i64| u64::try_from(offset).unwrap_or_default();
        // The last part that begins here or before; behind the end of the file no part is opened.
        let behind = self.offsets.partition_point(|offset| begins(*offset) <= position);
        let part = if position >= self.length { self.offsets.len() } else { behind.saturating_sub(1) };
        let start = self.offsets.get(part).copied().map_or(position, begins);
        self.skip = usize::try_from(position.saturating_sub(start)).map_err(io::Error::other)?;
        (self.next, self.read, self.position) = (part, 0, position);
        self.open = Zeroizing::default();
        Ok(position)
    }
}
