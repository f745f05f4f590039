//! What an invented population promises.

mod documents;
mod errors;
mod feed_contract;
mod people;
mod reproducible;
mod stories;
mod world;
