//! The two databases together.

use crate::conn::{Conn, Data, Keys, Tx};
use crate::db::Db;
use crate::gate::Lane;
use crate::location::Location;
use crate::migrations::{Which, migrate};
use crate::{Engine, Options, Result, backup};
use std::path::Path;

/// The data store and the key store. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Store {
    data: Db,
    keys: Db,
}

impl Store {
    /// Opens both databases, creating SQLite files (mode 0600) where there are none, and brings them to this program's
    /// schema.
    ///
    /// # Errors
    /// `Location` for an address that cannot be used or two that lie together, `Schema` for a newer or foreign database.
    pub async fn open(data_url: &str, keys_url: &str, options: &Options) -> Result<Self> {
        let (data, keys) = locations(data_url, keys_url)?;
        let keys = Db::open(&keys, Which::Keys, options).await?;
        migrate(&keys, Which::Keys).await?;
        let data = Db::open(&data, Which::Data, options).await?;
        migrate(&data, Which::Data).await?;
        Ok(Self { data, keys })
    }

    /// Says what is wrong with two addresses, without opening either database.
    ///
    /// # Errors
    /// `Location` for an address that cannot be used or two that lie together.
    pub fn check_addresses(data_url: &str, keys_url: &str) -> Result<()> {
        locations(data_url, keys_url).map(drop)
    }

    /// The engine of the data store.
    pub fn engine(&self) -> Engine {
        self.data.engine()
    }

    /// A connection for reading the data store.
    pub async fn reader(&self) -> Result<Conn<Data>> {
        self.data.reader().await
    }

    /// A connection for reading one unchanging state of the data store. Keep it short: on SQLite the write-ahead log grows
    /// meanwhile.
    pub async fn snapshot(&self) -> Result<Conn<Data>> {
        self.data.snapshot().await
    }

    /// A write transaction for a practitioner: on SQLite it goes before every feed that waits.
    pub async fn begin(&self) -> Result<Tx<Data>> {
        self.data.begin(Lane::Practitioner).await
    }

    /// A write transaction for a feed or a job: it waits for every practitioner. Keep groups small (about 200 records):
    /// the one that has begun is waited for.
    pub async fn begin_feed(&self) -> Result<Tx<Data>> {
        self.data.begin(Lane::Feed).await
    }

    /// A connection for reading the key store.
    pub async fn key_reader(&self) -> Result<Conn<Keys>> {
        self.keys.reader().await
    }

    /// A write transaction on the key store, for a practitioner.
    pub async fn begin_keys(&self) -> Result<Tx<Keys>> {
        self.keys.begin(Lane::Practitioner).await
    }

    /// A write transaction on the key store, for a feed or a job.
    pub async fn begin_feed_keys(&self) -> Result<Tx<Keys>> {
        self.keys.begin(Lane::Feed).await
    }

    /// Copies the data store, as it is at this moment, into a new file (SQLite; PostgreSQL has its own tools). The copy is
    /// made beside the service's work and has mode 0600.
    ///
    /// # Errors
    /// `Location` on PostgreSQL, `File` if the file exists or cannot be written.
    pub async fn backup_to(&self, path: &Path) -> Result<()> {
        backup::copy(&self.data, path).await
    }

    /// Copies the key store without its generation keys, for a backup kept apart from the data's: the copy opens nothing until
    /// the generation keys that still exist are put back into it, and those that were destroyed never are.
    ///
    /// # Errors
    /// As [`Store::backup_to`].
    pub async fn backup_keys_to(&self, path: &Path) -> Result<()> {
        backup::copy_without(&self.keys, "generation", path).await
    }

    /// Copies write-ahead logs of more than `above` bytes into their databases, beside everybody's work, so that no
    /// practitioner's commit has to (see [`Options::checkpoint_pages`]). Nothing on PostgreSQL, which does it itself.
    pub async fn copy_log(&self, above: u64) -> Result<()> {
        backup::copy_log(&self.data, above).await?;
        backup::copy_log(&self.keys, above).await
    }

    /// Makes sure that keys removed or replaced before now are in no file of the key store: SQLite empties the
    /// write-ahead log (freed space is overwritten anyway), PostgreSQL vacuums. Call it after destroying keys.
    ///
    /// # Errors
    /// `Busy` if a reader still needs the log: try again.
    pub async fn scrub_keys(&self) -> Result<()> {
        backup::scrub(&self.keys).await
    }

    /// Prepares every statement of this crate on the engine at hand, without running it, and names those that fail.
    /// `doctor` and the tests ask.
    pub async fn check_statements(&self) -> Result<Vec<String>> {
        let mut failures = crate::check::data(&mut self.data.reader::<Data>().await?).await;
        failures.extend(crate::check::keys(&mut self.keys.reader::<Keys>().await?).await);
        Ok(failures)
    }

    /// The statements for which SQLite would read a whole table, as `statement: table`; empty on PostgreSQL, where plans are
    /// held to indexes by settings. The tests compare it with the few that may.
    pub async fn full_scans(&self) -> Result<Vec<String>> {
        let mut scans = crate::check::data_scans(&mut self.data.reader::<Data>().await?).await?;
        scans.extend(crate::check::key_scans(&mut self.keys.reader::<Keys>().await?).await?);
        Ok(scans)
    }

    /// Closes every connection; SQLite then removes its write-ahead logs.
    pub async fn close(&self) {
        self.data.close().await;
        self.keys.close().await;
    }
}

fn locations(data_url: &str, keys_url: &str) -> Result<(Location, Location)> {
    let data = Location::parse("the data store's address", data_url)?;
    let keys = Location::parse("the key store's address", keys_url)?;
    Location::refuse_together(&data, &keys)?;
    Ok((data, keys))
}
