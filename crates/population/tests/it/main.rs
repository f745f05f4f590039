//! What an invented population promises.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may fail loudly"
)]

mod documents;
mod errors;
mod feed_contract;
mod half_year;
mod people;
mod reproducible;
mod stories;
mod world;
