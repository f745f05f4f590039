//! The store's tests, every one on both databases unless it is about one engine's own way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accreditations;
mod append_only;
mod bulk;
mod faults;
mod files;
mod fixtures;
mod key_store;
mod schema;
mod tables;
mod transactions;
mod upgrades;
