//! Sealing of personal data, keyed hashes, key ring and rotation, destruction of keys.
//!
//! How the keys hang together, from the outside in:
//!
//! - A [`KeyEncryptionKey`] lives in a file (or a key management service) and is read once, at start. It wraps
//!   everything in a [`KeyRing`] and nothing else.
//! - A [`KeyRing`] holds the *generation keys*, which wrap bundles and root keys and are destroyed after the backup
//!   horizon, and the *root keys* ([`RootKeyName`]), from which the keyed hashes, the pointer cipher, the audit keys
//!   and the signing seed are derived.
//! - A [`Bundle`] holds the data keys of one owner (a source record, a child, an account, a feed run …), one key a
//!   *slot*, so that one item can be destroyed without the rest. [`KeyRing::wrap_bundle`] makes the bytes the key
//!   store keeps.
//! - [`seal`] and [`seal_parts`] seal personal data under data keys before it reaches the store (law 10). Without
//!   the key the bytes are noise, so destroying a key destroys every copy, backups included (law 9).
//! - [`HashRing`] makes the keyed hashes by which sealed rows are found, [`PointerCipher`] hides which rows belong
//!   to one record.
//!
//! Nothing here does input or output but [`key_file`]; chance is always an argument. Secrets are wiped from memory
//! when dropped and never printed: every `Debug` of a secret says only that there is one.

mod bucket;
mod bundle;
mod generation;
mod kek;
pub mod key_file;
mod keyed_hash;
mod parts;
mod pointer;
mod ring;
mod root_key;
mod seal;
mod secret;
mod wrap;

pub use bucket::{BUCKETS, bucket_of, record_id_in_bucket, uuid_v4};
pub use bundle::{Bundle, BundleError, Slot, WrappedBundle};
pub use generation::{GenerationKey, WrappedGeneration};
pub use kek::{KeyEncryptionKey, KeyTextError, NotSplit};
pub use key_file::{KeyFileError, create_key_file, load_key_file, same_filesystem};
pub use keyed_hash::{HashRing, Key16, KeyedHash};
pub use parts::{OpenedPart, PartContent, PartsError, SealedParts, open_parts, seal_parts};
pub use pointer::{KeyTable, PointerCipher, PointerKey};
pub use ring::{KeyRing, RingError, WrappedRing};
pub use root_key::{RootKey, RootKeyName, WrappedRootKey};
pub use seal::{Aad, OpenError, PADDING, SealError, open, seal, seal_padded};
pub use secret::DataKey;
pub use wrap::UnwrapError;
