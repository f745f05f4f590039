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
#[path = "../../../directory/tests/it/children.rs"]
#[allow(
    dead_code,
    reason = "the builders of the directory's own tests: the filled child is made with some of them"
)]
mod children;
mod dangerous_acts;
mod disclosure;
mod forged_requests;
mod form;
mod former_numbers;
mod headers;
mod late_requests;
mod letter_pairs;
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
