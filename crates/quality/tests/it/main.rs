//! What the tool measures, planted in small invented files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]

mod bad_files;
mod documents;
mod formats;
mod mistakes;
mod page;
mod pilot;
mod profiles;
mod rows;
mod sizes;
mod values;
mod wording;
mod workbook;
