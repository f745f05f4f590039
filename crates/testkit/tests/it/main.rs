//! The test kit's own tests: a detector that finds nothing must be shown to find something.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod databases;
mod leaks;
