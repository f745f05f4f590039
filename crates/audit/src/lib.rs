//! The audit trail that proves itself: events, chain, Merkle root, signed checkpoints, offline verification. Pure.
