//! Keyed hashes of sixteen bytes, and the bucket that distributes rows.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};
use sqlx_postgres::Postgres;
use sqlx_sqlite::Sqlite;
use uuid::Uuid;

/// Sixteen bytes that identify nobody without a key: a keyed hash, or an encrypted pointer.
///
/// Stored as a BLOB (SQLite) or BYTEA (PostgreSQL) of exactly sixteen bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key16(pub [u8; 16]);

impl Key16 {
    /// The smallest value, a lower bound for ranges.
    pub const MIN: Self = Self([0; 16]);
    /// The largest value, an upper bound for ranges.
    pub const MAX: Self = Self([0xff; 16]);

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Debug for Key16 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key16({:032x})", u128::from_be_bytes(self.0))
    }
}

impl From<[u8; 16]> for Key16 {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl From<Key16> for [u8; 16] {
    fn from(key: Key16) -> Self {
        key.0
    }
}

impl AsRef<[u8]> for Key16 {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Type<Sqlite> for Key16 {
    fn type_info() -> <Sqlite as Database>::TypeInfo {
        <[u8] as Type<Sqlite>>::type_info()
    }

    fn compatible(info: &<Sqlite as Database>::TypeInfo) -> bool {
        <[u8] as Type<Sqlite>>::compatible(info)
    }
}

impl Encode<'_, Sqlite> for Key16 {
    fn encode_by_ref(
        &self,
        buffer: &mut <Sqlite as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        <Vec<u8> as Encode<'_, Sqlite>>::encode(self.0.to_vec(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Key16 {
    fn decode(value: <Sqlite as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<&[u8] as Decode<'r, Sqlite>>::decode(value)?.try_into()?))
    }
}

impl Type<Postgres> for Key16 {
    fn type_info() -> <Postgres as Database>::TypeInfo {
        <[u8] as Type<Postgres>>::type_info()
    }

    fn compatible(info: &<Postgres as Database>::TypeInfo) -> bool {
        <[u8] as Type<Postgres>>::compatible(info)
    }
}

impl Encode<'_, Postgres> for Key16 {
    fn encode_by_ref(
        &self,
        buffer: &mut <Postgres as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        <&[u8] as Encode<'_, Postgres>>::encode(self.0.as_slice(), buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Key16 {
    fn decode(value: <Postgres as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<&[u8] as Decode<'r, Postgres>>::decode(value)?.try_into()?))
    }
}

impl sqlx_postgres::PgHasArrayType for Key16 {
    fn array_type_info() -> sqlx_postgres::PgTypeInfo {
        <&[u8] as sqlx_postgres::PgHasArrayType>::array_type_info()
    }
}

/// The bucket (0 to 4095) that decides where a source record and everything keyed by it lives: the first twelve bits of
/// its id, so that any pointer to a record routes itself (decision 7).
pub fn bucket_of(record_id: &Uuid) -> i64 {
    let [first, second, ..] = *record_id.as_bytes();
    (i64::from(first) << 4) | i64::from(second >> 4)
}

/// The same random id moved into the bucket of `local_key`, so that one (source, local id) always lands in one bucket.
/// Version and variant bits of a v4 UUID lie further back and stay as they are.
pub fn in_bucket(random: Uuid, local_key: &Key16) -> Uuid {
    let mut bytes = *random.as_bytes();
    let [first, second, ..] = local_key.0;
    let [a, b, ..] = &mut bytes;
    *a = first;
    *b = (second & 0xf0) | (*b & 0x0f);
    Uuid::from_bytes(bytes)
}
