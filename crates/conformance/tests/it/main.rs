//! The kit tests products that we made: one that does everything right, and the same with one thing wrong.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod casting;
mod documents;
mod faults;
mod product;
mod put_aside;
mod reports;
mod sending;
