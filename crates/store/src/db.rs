//! One database: pools of connections to SQLite or PostgreSQL.

use crate::conn::{Conn, Raw, Tx};
use crate::gate::{Doorway, Gate, Lane};
use crate::location::Location;
use crate::migrations::Which;
use crate::sql::{Sql, statements};
use crate::{Engine, Options, Result, StoreError};
use sqlx::Connection as _;
use sqlx_postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx_sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::path::Path;

/// A database of either engine.
#[derive(Clone)]
pub(crate) enum Db {
    /// One writer behind a gate, and readers that cannot write.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        gate: Gate,
        doorway: Doorway,
        /// For a connection of its own, so that copying the log keeps nobody waiting.
        upkeep: Box<SqliteConnectOptions>,
    },
    /// Two pools, so that a feed's writers never take the last connection of a look-up.
    Postgres { writers: PgPool, readers: PgPool },
}

statements! {
    META = Sql::both("SELECT value FROM schema_meta WHERE name = $1");
}

impl Db {
    pub async fn open(location: &Location, which: Which, options: &Options) -> Result<Self> {
        match location {
            Location::Sqlite(path) => open_sqlite(path, which, options).await,
            Location::Postgres(address) => open_postgres(address, options).await,
        }
    }

    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres { .. } => Engine::Postgres,
        }
    }

    pub async fn reader<S>(&self) -> Result<Conn<S>> {
        Ok(Conn::new(match self {
            Self::Sqlite { readers, .. } => Raw::Sqlite(readers.acquire().await?),
            Self::Postgres { readers, .. } => Raw::Postgres(readers.acquire().await?),
        }))
    }

    pub async fn snapshot<S>(&self) -> Result<Conn<S>> {
        Ok(Conn::new(match self {
            Self::Sqlite { readers, .. } => Raw::SqliteTx(readers.begin_with("BEGIN DEFERRED").await?),
            Self::Postgres { readers, .. } => {
                Raw::PostgresTx(readers.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        }))
    }

    pub async fn begin<S>(&self, lane: Lane) -> Result<Tx<S>> {
        match self {
            Self::Sqlite { writer, gate, doorway, .. } => {
                let permit = gate.enter(lane).await;
                let _waiting = doorway.pass(lane).await;
                Ok(Tx::new(Raw::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?), Some(permit)))
            }
            Self::Postgres { writers, readers } => {
                // A practitioner's write may use a reader's connection: it never queues behind feeds.
                let pool = if lane == Lane::Feed { writers } else { readers };
                Ok(Tx::new(Raw::PostgresTx(pool.begin().await?), None))
            }
        }
    }

    pub async fn meta(&self, name: &str) -> Result<Option<String>> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                sqlx::query_scalar(META.sqlite).bind(name).fetch_optional(writer).await?
            }
            Self::Postgres { writers, .. } => {
                sqlx::query_scalar(META.postgres).bind(name).fetch_optional(writers).await?
            }
        })
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, .. } => {
                readers.close().await;
                // The last connection to close copies the write-ahead log into the file and removes it.
                writer.close().await;
            }
            Self::Postgres { writers, readers } => {
                readers.close().await;
                writers.close().await;
            }
        }
    }
}

async fn open_sqlite(path: &Path, which: Which, options: &Options) -> Result<Db> {
    create_private(path)?;
    let common = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .pragma("mmap_size", options.mmap_bytes.to_string())
        .statement_cache_capacity(500)
        // Look-ups bring thousands of small rows; a small buffer wakes the two threads for every few of them.
        .row_buffer_size(4096);
    let mut writing = common
        .clone()
        .journal_mode(SqliteJournalMode::Wal)
        // So that REPLACE fires the triggers that keep the audit trail append-only.
        .pragma("recursive_triggers", "ON")
        .pragma("cache_size", format!("-{}", options.writer_cache_kib))
        .pragma("wal_autocheckpoint", options.checkpoint_pages.to_string())
        .pragma("journal_size_limit", LOG_KEPT.to_string());
    if let (Which::Data, Some(pages)) = (which, options.max_pages) {
        writing = writing.pragma("max_page_count", pages.to_string());
    }
    let upkeep = Box::new(writing.clone());
    let writer = SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(1)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(writing)
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(options.readers.max(1))
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(common.read_only(true));
    Ok(Db::Sqlite { writer, readers, gate: Gate::default(), doorway: Doorway::beside(path)?, upkeep })
}

/// A write-ahead log that was copied is cut back to this many bytes; a shorter one is used again as it is, which spares the
/// filesystem from finding and clearing the same blocks again. A little more than a loader lets its log grow to.
const LOG_KEPT: u64 = 320 << 20;

/// Creates folder and file for this user alone; SQLite gives the write-ahead log the file's own mode.
fn create_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let failed = |source| StoreError::File { what: format!("cannot create {}", path.display()), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

async fn open_postgres(address: &PgConnectOptions, options: &Options) -> Result<Db> {
    // Every statement here reaches its rows by a key. Statistics are stale exactly while a first load runs, and a plan made
    // for an empty table, then cached, reads all of a full one: so plans are generic and never scan or hash.
    let lock_timeout = options.busy_timeout.as_millis().to_string();
    let address = address.clone().application_name("contactpoint").statement_cache_capacity(500).options([
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("jit", "off"),
        ("lock_timeout", lock_timeout.as_str()),
    ]);
    // A pool takes a refused connection for a server that is starting, and asks for half a minute without a word: so the
    // first one is made outside, and says at once what is wrong.
    PgConnection::connect_with(&address).await?.close().await?;
    let pool = |connections: u32| {
        PgPoolOptions::new().max_connections(connections.max(1)).acquire_timeout(options.acquire_timeout)
    };
    let writers = pool(options.writers).connect_with(address.clone()).await?;
    let readers = pool(options.readers).connect_lazy_with(address);
    Ok(Db::Postgres { writers, readers })
}
