//! What the audit trail promises, seen from outside.

mod checkpoints;
mod headers;
mod log;
mod proofs;
mod sequencing;
mod tampering;
mod verifying;
mod witnessing;
