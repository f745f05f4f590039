//! Backups that stay shut (decision 2): a copy of the key store is taken without its generation keys, which are copied into a file
//! that each backup replaces. Whoever has old copies, and the key-encryption key, opens of them what the generation keys of
//! now open: nothing that was destroyed longer ago than the horizon.

use std::path::Path;

use audit::{Action, ChangeDetail, Detail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use store::key_store::{self, GenerationRow};
use store::{Options, Store, StoreError};
use thiserror::Error;
use vault::{GenerationKey, KeyEncryptionKey, KeyRing, UnwrapError, WrappedGeneration};

use crate::root_keys::from_store;
use crate::trail::Event;
use crate::{Directory, ServiceError};

/// What the file of generation keys begins with.
const FORMAT: &str = "contactpoint-generations-1";

/// The file of the generation keys that exist: JSON, each key wrapped by the key-encryption key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenerationsFile {
    format: String,
    generations: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    generation: i64,
    created_month: String,
    begun_on: Option<String>,
    wrapped: String,
}

/// Why generation keys were not returned to a key store. Nothing was written.
#[derive(Debug, Error)]
pub enum GenerationsError {
    /// It is not such a file.
    #[error("it does not hold generation keys as `contactpoint backup` writes them: {0}")]
    Malformed(String),
    /// Another key-encryption key wrapped them, or the file was changed.
    #[error(
        "generation key {generation} does not open with this key file: the two are of different services, or one was changed"
    )]
    OtherKey {
        /// Which of them.
        generation: i64,
    },
    /// A root key of the key store opens with none of them, or not with this key.
    #[error(transparent)]
    Root(#[from] UnwrapError),
    /// The system failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of returning generation keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    /// Keys that the key store had not.
    pub returned: usize,
    /// The oldest generation that wraps something in the key store and whose key exists no longer. What it wraps stays shut.
    pub shut: Option<i64>,
}

impl Directory {
    /// Copies the data into a new file, beside everybody's work (SQLite; PostgreSQL has its own tools). The trail says that a copy was
    /// made.
    ///
    /// # Errors
    ///
    /// The system's; the file exists, or cannot be written.
    pub async fn back_data_up(&self, path: &Path) -> Result<(), ServiceError> {
        self.record(copied("data_copied")).await?;
        Ok(self.store.backup_to(path).await?)
    }

    /// Copies the key store into a new file, without its generation keys (SQLite). To be taken after the data: keys are
    /// written before what needs them.
    ///
    /// # Errors
    ///
    /// As [`Self::back_data_up`].
    pub async fn back_keys_up(&self, path: &Path) -> Result<(), ServiceError> {
        self.record(copied("keys_copied")).await?;
        Ok(self.store.backup_keys_to(path).await?)
    }

    /// The generation keys that exist, wrapped, as a file keeps them. To be taken after the copy of the key store. The file is
    /// to be replaced by this text, never kept beside it: what it lacks is what was destroyed.
    ///
    /// # Errors
    ///
    /// The system's.
    pub async fn generation_keys(&self) -> Result<String, ServiceError> {
        let rows = key_store::generations(&mut self.store.key_reader().await?).await?;
        let line = |row: GenerationRow| {
            let wrapped = STANDARD.encode(row.wrapped?);
            let (created_month, begun_on) = (row.created_month, row.begun_on);
            Some(Line { generation: row.generation, created_month, begun_on, wrapped })
        };
        let generations = rows.into_iter().filter_map(line).collect();
        let file = GenerationsFile { format: FORMAT.to_owned(), generations };
        self.record(copied("generations_copied")).await?;
        serde_json::to_string_pretty(&file).map_err(ServiceError::internal)
    }
}

/// Puts the generation keys of a file into a restored key store that lacks them. A generation that the key store knows to be
/// destroyed stays so.
///
/// # Errors
///
/// The file is none, or its keys do not open with this key; the database's.
pub async fn return_generations(
    data_url: &str,
    keys_url: &str,
    options: &Options,
    key: &KeyEncryptionKey,
    text: &str,
) -> Result<Returned, GenerationsError> {
    let rows = read(text, key)?;
    let store = Store::open(data_url, keys_url, options).await?;
    let done = put(&store, rows, key).await;
    store.close().await;
    done
}

async fn put(
    store: &Store,
    rows: Vec<GenerationRow>,
    key: &KeyEncryptionKey,
) -> Result<Returned, GenerationsError> {
    let mut tx = store.begin_keys().await?;
    let known = key_store::generations(&mut tx).await?;
    let mut returned = 0;
    for row in rows.iter().filter(|row| known.iter().all(|known| known.generation != row.generation)) {
        key_store::insert_generation(&mut tx, row).await?;
        returned += 1;
    }
    let mut ring = KeyRing::default();
    for row in key_store::generations(&mut tx).await? {
        if let Some(wrapped) = &row.wrapped {
            ring.add_generation(opened(row.generation, wrapped, key)?);
        }
    }
    for row in key_store::root_keys(&mut tx).await? {
        let row = from_store(row);
        match ring.unwrap_root(key, &row) {
            // What the horizon has shut is told below.
            Ok(_) | Err(UnwrapError::GenerationGone { .. }) => {}
            // From before the custodians: the next start puts it into their custody.
            Err(UnwrapError::InCustody { .. })
                if key.has_custodians() && ring.unwrap_root(&key.without_custodians(), &row).is_ok() => {}
            Err(error) => return Err(error.into()),
        }
    }
    tx.commit().await?;
    let mut conn = store.key_reader().await?;
    let oldest = key_store::oldest_in_use(&mut conn, i64::MAX).await?;
    Ok(Returned { returned, shut: oldest.filter(|oldest| !ring.has_generation(*oldest)) })
}

fn opened(
    generation: i64,
    wrapped: &[u8],
    key: &KeyEncryptionKey,
) -> Result<GenerationKey, GenerationsError> {
    let row = WrappedGeneration { generation, wrapped: wrapped.to_vec() };
    GenerationKey::unwrap(key, &row).map_err(|_| GenerationsError::OtherKey { generation })
}

fn read(text: &str, key: &KeyEncryptionKey) -> Result<Vec<GenerationRow>, GenerationsError> {
    let malformed = |why: &str| GenerationsError::Malformed(why.to_owned());
    let file: GenerationsFile =
        serde_json::from_str(text).map_err(|error| GenerationsError::Malformed(error.to_string()))?;
    if file.format != FORMAT {
        return Err(malformed("its format is another"));
    }
    if file.generations.is_empty() {
        return Err(malformed("there is no key in it"));
    }
    let row = |line: Line| {
        let generation = line.generation;
        let wrapped = STANDARD.decode(&line.wrapped).map_err(|_| malformed("a key is not base64"))?;
        opened(generation, &wrapped, key)?;
        Ok(GenerationRow {
            generation,
            wrapped: Some(wrapped),
            created_month: line.created_month,
            destroyed: false,
            begun_on: line.begun_on,
        })
    };
    file.generations.into_iter().map(row).collect()
}

fn copied(change: &str) -> Event {
    let detail = ChangeDetail { change: change.to_owned(), ..ChangeDetail::default() };
    Event::new(Action::System, Detail::Change(detail))
}
