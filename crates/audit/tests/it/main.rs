//! What the audit trail promises, seen from outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stumbles has failed"
)]

mod checkpoints;
mod headers;
mod log;
mod proofs;
mod sequencing;
mod tampering;
mod verifying;
mod without_guards;
mod witnessing;
