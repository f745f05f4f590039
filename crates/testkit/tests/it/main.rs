//! The test kit's own tests: a detector that finds nothing must be shown to find something.

mod databases;
mod leaks;
