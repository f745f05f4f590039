//! What the vault promises, seen from outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that stumbles has failed"
)]

mod buckets;
mod bundles;
mod hashes;
mod key_files;
mod key_ring;
mod parts;
mod pointers;
mod sealing;
mod silence;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

const OWNER: Uuid = Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef);
const STRANGER: Uuid = Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdee);
