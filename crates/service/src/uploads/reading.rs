//! Reading an upload's parts as one file, a part at a time.

use std::io::{self, Read};
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
            runtime: self.runtime.clone(),
            next: 0,
            open: Zeroizing::default(),
            read: 0,
        })
    }
}

/// Where the reading is.
pub(super) struct PartsReader {
    directory: Arc<Directory>,
    upload: Uuid,
    bundle: Arc<Bundle>,
    offsets: Arc<[i64]>,
    runtime: Handle,
    next: usize,
    open: Zeroizing<Vec<u8>>,
    read: usize,
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
        (self.read, self.next) = (0, self.next + 1);
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
                return Ok(count);
            }
            if !self.open_next()? {
                return Ok(0);
            }
        }
    }
}
