//! The pages as a browser asks for them, over a real service on both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails, and says where"
)]

mod accounts;
mod browser;
mod dangerous_acts;
mod disclosure;
mod forged_requests;
mod form;
mod former_numbers;
mod headers;
mod letters;
mod organisations;
mod own_account;
mod paired_worlds;
mod permissions;
mod sensitive_worlds;
mod sign_in;
mod site;
mod strangers;
mod walk;
mod watchers;
mod without_guards;
