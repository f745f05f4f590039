//! What tests of every crate share: both databases, a clock that is moved by hand, seeded chance, leak detectors, a passkey
//! device and an identity provider made of software.
//!
//! ```no_run
//! use testkit::{TestDatabases, on_both_databases};
//!
//! on_both_databases! {
//!     async fn a_child_is_found_again(db: TestDatabases) {
//!         // Store::open(&db.data_url, &db.keys_url, &Options::default()).await …
//!         assert!(db.data_url.contains(':'));
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! Test code may panic, and does: a harness that cannot make a database must fail the test with a sentence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod authenticator;
mod chance;
mod clock;
mod databases;
pub mod formats;
pub mod leaks;
mod postgres;
pub mod provider;
mod schema;
mod statements;
mod trail_fault;

pub use chance::seeded;
pub use clock::TestClock;
pub use databases::{Engine, TestDatabases, block_on, on_a_server_of_its_own};
pub use statements::{Statements, table_sizes};
pub use trail_fault::TrailFault;
