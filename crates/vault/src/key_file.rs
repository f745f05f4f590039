//! The key file: the one place of this crate that touches the file system.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::kek::{KeyEncryptionKey, KeyTextError};

/// Why a key file could not be made or read.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// There is already a file: a key is never overwritten.
    #[error("the key file {path} exists already and is not overwritten; use it, or move it away first", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Others than its owner can get at it.
    #[error("the key file {path} can be read or written by others (mode {mode:03o}); run: chmod 600 {path}", path = path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not a regular file, or far too long to be one key.
    #[error("{path} is not a key file; name the file that holds the one line contactpoint-kek-1:…", path = path.display())]
    NotAKeyFile {
        /// The file.
        path: PathBuf,
    },
    /// Its text is not a key.
    #[error("the key file {path} does not hold a key: {reason}; restore it from its backup", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with the text.
        reason: KeyTextError,
    },
    /// The file system said no.
    #[error("the key file {path} could not be {doing}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// "read" or "written".
        doing: &'static str,
        /// What the file system said.
        source: io::Error,
    },
}

/// Makes a new key and writes it to a new file that only its owner can read (mode 0600), durably.
///
/// # Errors
///
/// The file exists, or cannot be written; nothing half-written is left behind.
pub fn create_key_file(
    path: &Path,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<KeyEncryptionKey, KeyFileError> {
    let failed = |source| KeyFileError::Io { path: path.to_owned(), doing: "written", source };
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(KeyFileError::Exists { path: path.to_owned() });
        }
        opened => opened.map_err(failed)?,
    };
    let kek = KeyEncryptionKey::random(rng);
    if let Err(error) = write_durably(&mut file, path, &kek) {
        // The file is ours and holds no key anybody used; leaving it would block the next attempt.
        let _ = std::fs::remove_file(path);
        return Err(failed(error));
    }
    Ok(kek)
}

fn write_durably(file: &mut File, path: &Path, kek: &KeyEncryptionKey) -> io::Result<()> {
    // An odd umask can take the owner's own bits away at creation.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(kek.to_text().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    File::open(folder_of(path))?.sync_all()
}

/// Reads the key, provided that nobody but the file's owner can read or write it.
///
/// # Errors
///
/// The file is open to others, is not a key file, or cannot be read; each with its remedy.
pub fn load_key_file(path: &Path) -> Result<KeyEncryptionKey, KeyFileError> {
    /// A key is 71 characters; whoever names a database here by mistake is told so without reading it.
    const LONGEST: u64 = 1024;
    let failed = |source| KeyFileError::Io { path: path.to_owned(), doing: "read", source };
    let mut file = File::open(path).map_err(failed)?;
    // Asked of the open file, not of the path, so that the answer is about what is then read.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return Err(KeyFileError::NotAKeyFile { path: path.to_owned() });
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::OpenToOthers { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(Vec::with_capacity(1024));
    (&mut file).take(LONGEST).read_to_end(&mut text).map_err(failed)?;
    let malformed = |reason| KeyFileError::Malformed { path: path.to_owned(), reason };
    let text = str::from_utf8(&text).map_err(|_| malformed(KeyTextError::Shape))?;
    KeyEncryptionKey::parse(text).map_err(malformed)
}

/// Whether two paths lie on one file system: outside a demonstration the key-encryption key must not lie on the
/// data's own (decision 2). A path that does not exist yet counts as its nearest folder that does.
///
/// # Errors
///
/// A path that cannot be examined.
pub fn same_filesystem(a: &Path, b: &Path) -> io::Result<bool> {
    Ok(device_of(a)? == device_of(b)?)
}

fn device_of(path: &Path) -> io::Result<u64> {
    let mut at = path;
    loop {
        match std::fs::metadata(at) {
            Ok(metadata) => return Ok(metadata.dev()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match at.parent() {
                Some(parent) if parent.as_os_str().is_empty() => at = Path::new("."),
                Some(parent) => at = parent,
                None => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
