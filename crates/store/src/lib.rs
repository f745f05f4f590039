//! The only SQL of the product: SQLite and PostgreSQL behind one interface.
//!
//! Two databases belong together. The *data store* holds sealed personal data, keyed hashes and the audit trail; the
//! *key store* holds the wrapped data keys and lives elsewhere (another folder, or another database and role), so that
//! a copy of the one says nothing without the other (law 10, and law 9: destroying a key is deleting the data).
//! This crate moves bytes: it neither seals nor hashes, reads no clock and makes no random number.
//!
//! # Reading and writing
//!
//! ```no_run
//! # async fn example() -> Result<(), store::StoreError> {
//! use store::{Options, Store, children};
//! let store = Store::open("sqlite:var/data/data.db", "sqlite:var/keys/keys.db", &Options::default()).await?;
//! let mut reader = store.reader().await?;
//! let found = children::by_ids(&mut reader, &[]).await?;
//!
//! let mut tx = store.begin().await?; // a practitioner's write; a feed uses `begin_feed`
//! children::put(&mut tx, &found).await?;
//! tx.commit().await?;
//! # Ok(()) }
//! ```
//!
//! Functions that read take `&mut Conn`, functions that write take `&mut Tx`; a `Tx` dereferences to its `Conn`, so every
//! read also works inside a transaction, where it sees the transaction's own writes. The key store's functions take
//! `Conn<Keys>` and `Tx<Keys>`: the compiler keeps the two databases apart.
//!
//! **Architecture invariant:** no SQL outside this crate, and no function here that takes or returns a plain name,
//! address or date of birth.

mod backup;
mod bulk;
mod check;
mod conn;
mod db;
mod error;
mod gate;
mod key16;
mod keyed_index;
mod lists;
mod location;
mod migrations;
mod options;
mod packed;
mod scratch;
mod sql;
mod store;
mod vocabulary;

pub mod absences;
pub mod account_days;
pub mod account_facts;
pub mod account_labels;
pub mod account_lists;
pub mod account_names;
pub mod accounts;
pub mod accreditations;
pub mod alerts;
pub mod answered_once;
pub mod attempts;
pub mod audit;
pub mod barrier;
pub mod broker_requests;
pub mod child_numbers;
pub mod children;
pub mod connecting;
pub mod disclosure_register;
pub mod family_matters;
pub mod filling;
pub mod headcounts;
pub mod inbox;
pub mod installation;
pub mod investigations;
pub mod jobs;
pub mod key_store;
pub mod links;
pub mod locks;
pub mod match_keys;
pub mod models;
pub mod month_counts;
pub mod organisations;
pub mod override_quota;
pub mod parted_keys;
pub mod passkeys;
pub mod pending_acts;
pub mod placed_records;
pub mod provider_subjects;
pub mod quarantine;
pub mod receipts;
pub mod reviews;
pub mod runs;
pub mod said_last;
pub mod seal_words;
pub mod search_keys;
pub mod sessions;
pub mod source_controls;
pub mod source_records;
pub mod sources;
pub mod suppressions;
pub mod transfer_offers;
pub mod unheard;
pub mod uploads;
pub mod used_once;
pub mod versions;
pub mod waiting_statements;
pub mod watch;

pub use conn::{Conn, Data, Engine, Keys, Savepoint, Tx};
pub use error::StoreError;
pub use key16::{Key16, bucket_of, in_bucket};
pub use keyed_index::{KeyHit, KeyRow};
pub use options::Options;
pub use scratch::{
    TakenOff, create_database, database_url, drop_database, put_back_indexes, take_off_indexes, vacuum,
};
pub use store::Store;
pub use uuid::Uuid;

/// What every function of this crate returns.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
