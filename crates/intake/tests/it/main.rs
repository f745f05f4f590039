//! The doors over real connections: TLS, certificates, tokens, what is said and what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod certificates;
mod client;
mod connecting;
mod examples;
mod house;
mod interface;
mod limits;
mod statements;
mod uploads;
