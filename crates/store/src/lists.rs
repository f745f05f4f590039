//! Lists of keys or ids as *one* bound value, so that thousands of look-ups are one statement and one round trip.
//!
//! PostgreSQL receives an array. SQLite has none: it receives the sixteen-byte items end to end in one BLOB, and the
//! statement's `list` takes it apart (see [`crate::sql`]). Measured against `IN (…)` with thousands of binds this is
//! both the shorter and the faster way, and the statement's text is the same for every length.

use crate::Key16;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Encode, Type};
use sqlx_postgres::Postgres;
use sqlx_sqlite::Sqlite;
use uuid::Uuid;

/// A bound list of keyed hashes.
pub(crate) struct KeyList<'a>(pub &'a [Key16]);

/// A bound list of ids.
pub(crate) struct IdList<'a>(pub &'a [Uuid]);

impl Type<Sqlite> for KeyList<'_> {
    fn type_info() -> <Sqlite as Database>::TypeInfo {
        <[u8] as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for KeyList<'_> {
    fn encode_by_ref(
        &self,
        buffer: &mut <Sqlite as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        let packed: Vec<u8> = self.0.iter().flat_map(|key| key.0).collect();
        <Vec<u8> as Encode<'_, Sqlite>>::encode(packed, buffer)
    }
}

impl Type<Postgres> for KeyList<'_> {
    fn type_info() -> <Postgres as Database>::TypeInfo {
        <[Key16] as Type<Postgres>>::type_info()
    }
}

impl<'q> Encode<'q, Postgres> for KeyList<'_> {
    fn encode_by_ref(
        &self,
        buffer: &mut <Postgres as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        <&[Key16] as Encode<'q, Postgres>>::encode(self.0, buffer)
    }
}

impl Type<Sqlite> for IdList<'_> {
    fn type_info() -> <Sqlite as Database>::TypeInfo {
        <[u8] as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for IdList<'_> {
    fn encode_by_ref(
        &self,
        buffer: &mut <Sqlite as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        let packed: Vec<u8> = self.0.iter().flat_map(|id| *id.as_bytes()).collect();
        <Vec<u8> as Encode<'_, Sqlite>>::encode(packed, buffer)
    }
}

impl Type<Postgres> for IdList<'_> {
    fn type_info() -> <Postgres as Database>::TypeInfo {
        <[Uuid] as Type<Postgres>>::type_info()
    }
}

impl<'q> Encode<'q, Postgres> for IdList<'_> {
    fn encode_by_ref(
        &self,
        buffer: &mut <Postgres as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        <&[Uuid] as Encode<'q, Postgres>>::encode(self.0, buffer)
    }
}
