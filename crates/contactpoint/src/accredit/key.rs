//! The key that signs a tester's reports: a seed of 32 bytes in a file that its owner alone can read.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rand::RngExt as _;

use super::Usage;
use crate::system;

/// What the file begins with.
const PREFIX: &str = "contactpoint-accreditation-key-1:";

/// Reads the key, or makes a new one where there is no such file.
///
/// # Errors
/// When the file is something else, is open to others, or cannot be written.
pub fn read_or_make(path: &Path) -> Result<[u8; 32], Usage> {
    let shown = path.display();
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => make(path),
        Err(error) => Err(Usage(format!("--key {shown}: cannot be read: {error}"))),
        Ok(text) => {
            let mode = path.metadata().map_or(0, |facts| facts.permissions().mode() & 0o077);
            if mode != 0 {
                return Err(Usage(format!(
                    "--key {shown}: others can read it; make it yours alone: chmod 600 {shown}"
                )));
            }
            let mut seed = [0; 32];
            let digits = text.trim().strip_prefix(PREFIX).unwrap_or_default();
            hex::decode_to_slice(digits, &mut seed).map_err(|_| {
                Usage(format!(
                    "--key {shown}: is no key of this kit; give another name, and a new one is made there"
                ))
            })?;
            Ok(seed)
        }
    }
}

fn make(path: &Path) -> Result<[u8; 32], Usage> {
    let cannot = |error| Usage(format!("--key {}: cannot be written: {error}", path.display()));
    let seed: [u8; 32] = system::chance().generator().random();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(cannot)?;
    file.write_all(format!("{PREFIX}{}\n", hex::encode(seed)).as_bytes()).map_err(cannot)?;
    file.sync_all().map_err(cannot)?;
    eprintln!("a new key is in {}; keep it: your reports are known by it", path.display());
    Ok(seed)
}
