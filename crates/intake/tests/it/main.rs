//! The doors of source systems, on both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]

mod certificates;
mod client;
mod connecting;
mod examples;
mod fhir;
mod house;
mod identity;
mod interface;
mod limits;
mod mllp;
mod paused;
mod probes;
mod protecting;
mod statements;
mod uploads;
