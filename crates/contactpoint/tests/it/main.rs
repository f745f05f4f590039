//! The real program, on SQLite and on PostgreSQL, told as those who run it would tell it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]
#![allow(clippy::disallowed_methods, reason = "these tests wait for other processes, by the system's clock")]

mod account_files;
mod accreditation;
mod audit_trail;
mod backup;
mod bad_files;
mod bad_rows;
mod canaries;
mod configuration;
mod deliveries;
mod demo;
mod feed_files;
mod fhir_join;
mod guessing;
mod index_attack;
mod installation;
mod interrupted;
mod leaks;
mod linking;
mod loading;
mod messages;
mod postgres_programs;
mod probing;
mod quality;
mod raw;
mod retention;
mod scene;
mod speaking;
mod started;
mod state;
mod trouble;
mod visitor;
