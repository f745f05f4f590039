//! The bucket: the first twelve bits of an id or a keyed hash, the distribution key of what they name.

use uuid::{Builder, Uuid};

use crate::keyed_hash::Key16;

/// How many buckets there are.
pub const BUCKETS: u16 = 4096;

/// The bucket (0 to 4095) of a 16-byte id or keyed hash.
pub fn bucket_of(key: &Key16) -> u16 {
    let [first, second, ..] = *key;
    (u16::from(first) << 4) | (u16::from(second) >> 4)
}

/// A version 4 UUID from 16 random bytes whose first twelve bits say its bucket: a source record's id, with the
/// bucket of its local key, so that a pointer to it routes itself. Only the low twelve bits of `bucket` count.
pub fn record_id_in_bucket(random: [u8; 16], bucket: u16) -> Uuid {
    let mut bytes = random;
    let [first, second, ..] = &mut bytes;
    let [high, low] = (bucket << 4).to_be_bytes();
    *first = high;
    *second = low | (*second & 0x0f);
    uuid_v4(bytes)
}

/// A version 4 UUID from 16 random bytes.
pub fn uuid_v4(random: [u8; 16]) -> Uuid {
    Builder::from_random_bytes(random).into_uuid()
}
