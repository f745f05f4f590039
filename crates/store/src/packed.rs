//! Many rows as one value.
//!
//! SQLite runs on a thread of its own, and its rows come over one by one, each of which wakes who waits for it. Look-ups that
//! bring thousands of small rows spent more on that than on finding them. So a *packed* statement has the engine lay its rows
//! end to end in one value, the same bytes on both engines, and [`fetch`] takes them apart.
//!
//! | column | bytes |
//! |---|---|
//! | `key`, `id` | the sixteen |
//! | `maybe_id` | the sixteen, all zero for NULL |
//! | `int` | eight, big-endian |
//! | `blob`, `text` | their length in four, big-endian, then the bytes |

use crate::{Key16, Result, StoreError};
use uuid::Uuid;

/// A statement that brings all its rows as one value: `list(item)` is bound as in `listed_keys!` and `listed_ids!`, the
/// columns are named in the order in which [`Unpack`] reads them.
macro_rules! packed {
    ($list:ident: $($kind:ident($column:literal)),+; $($rest:literal)+) => {
        $crate::sql::Sql {
            sqlite: concat!(
                $crate::sql::list!(sqlite),
                "SELECT CAST(string_agg(", $crate::packed::row!(sqlite $($kind($column))+), ", '') AS BLOB) ",
                $($rest),+
            ),
            postgres: concat!(
                $crate::sql::list!($list),
                "SELECT string_agg(", $crate::packed::row!(postgres $($kind($column))+), ", '') ",
                $($rest),+
            ),
        }
    };
}

/// The columns of a row, one after the other.
macro_rules! row {
    ($engine:ident $kind:ident($column:literal)) => {
        $crate::packed::column!($engine $kind $column)
    };
    ($engine:ident $kind:ident($column:literal) $($more:tt)+) => {
        concat!(
            $crate::packed::column!($engine $kind $column),
            " || ",
            $crate::packed::row!($engine $($more)+)
        )
    };
}

/// One column as bytes.
macro_rules! column {
    ($engine:ident key $column:literal) => { $column };
    (sqlite id $column:literal) => { $column };
    (sqlite maybe_id $column:literal) => { concat!("coalesce(", $column, ", zeroblob(16))") };
    (sqlite int $column:literal) => { concat!("unhex(printf('%016x', ", $column, "))") };
    (sqlite blob $column:literal) => {
        concat!("unhex(printf('%08x', octet_length(", $column, "))) || ", $column)
    };
    (sqlite text $column:literal) => { $crate::packed::column!(sqlite blob $column) };
    (postgres id $column:literal) => { concat!("uuid_send(", $column, ")") };
    (postgres maybe_id $column:literal) => {
        concat!("coalesce(uuid_send(", $column, "), decode('00000000000000000000000000000000', 'hex'))")
    };
    (postgres int $column:literal) => { concat!("int8send(", $column, ")") };
    (postgres blob $column:literal) => {
        concat!("int4send(octet_length(", $column, ")) || ", $column)
    };
    (postgres text $column:literal) => {
        concat!("int4send(octet_length(", $column, ")) || convert_to(", $column, ", 'UTF8')")
    };
}

pub(crate) use {column, packed, row};

/// Runs a packed statement on a connection, with these values bound, and takes its rows apart.
macro_rules! fetch {
    ($conn:expr, $sql:expr $(, $value:expr)+) => {
        on_tx!($conn, c => {
            let row = sqlx::query(c.text($sql))$(.bind($value))+.fetch_one(&mut *c).await?;
            let packed: Option<&[u8]> = sqlx::Row::try_get(&row, 0)?;
            $crate::packed::unpack(packed.unwrap_or_default())
        })
    };
}
pub(crate) use fetch;

/// What can be read from packed bytes.
pub(crate) trait Unpack: Sized {
    /// `None` where the bytes end too early or say what cannot be.
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self>;
}

/// The bytes that are still to be read.
pub(crate) struct Unpacker<'b>(&'b [u8]);

impl<'b> Unpacker<'b> {
    /// The next value.
    pub fn next<T: Unpack>(&mut self) -> Option<T> {
        T::unpack(self)
    }

    /// The next text, where it stands.
    pub fn word(&mut self) -> Option<&'b str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = u32::from_be_bytes(self.array()?);
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }
}

/// Every row of a packed value.
pub(crate) fn unpack<T: Unpack>(packed: &[u8]) -> Result<Vec<T>> {
    let mut from = Unpacker(packed);
    let mut rows = Vec::new();
    while !from.0.is_empty() {
        rows.push(from.next().ok_or_else(|| {
            StoreError::Other(sqlx::Error::Decode("packed rows end in the middle of a row".into()))
        })?);
    }
    Ok(rows)
}

impl Unpack for Key16 {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.array().map(Self)
    }
}

impl Unpack for Uuid {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.array().map(Self::from_bytes)
    }
}

impl Unpack for Option<Uuid> {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.next().map(|id: Uuid| (!id.is_nil()).then_some(id))
    }
}

impl Unpack for i64 {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.array().map(Self::from_be_bytes)
    }
}

impl Unpack for Vec<u8> {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.bytes().map(<[u8]>::to_vec)
    }
}

impl Unpack for String {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        from.word().map(str::to_owned)
    }
}

impl<A: Unpack, B: Unpack> Unpack for (A, B) {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some((from.next()?, from.next()?))
    }
}

impl<A: Unpack, B: Unpack, C: Unpack> Unpack for (A, B, C) {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some((from.next()?, from.next()?, from.next()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_to_end_come_apart_again() {
        let id = Uuid::from_bytes([7; 16]);
        let mut packed = Vec::new();
        for number in [-1_i64, i64::MAX] {
            packed.extend(id.as_bytes());
            packed.extend(number.to_be_bytes());
            packed.extend(3_u32.to_be_bytes());
            packed.extend([0, 255, 0]);
        }
        let rows: Vec<(Uuid, i64, Vec<u8>)> = unpack(&packed).unwrap();
        assert_eq!(rows, [(id, -1, vec![0, 255, 0]), (id, i64::MAX, vec![0, 255, 0])]);
        assert_eq!(unpack::<(Uuid, i64)>(&[]).unwrap(), []);
    }

    #[test]
    fn rows_that_end_too_early_are_an_error() {
        let packed = [7; 23];
        assert!(unpack::<(Uuid, i64)>(&packed).is_err());
        assert!(unpack::<Vec<u8>>(&[0, 0, 0, 9, 1]).is_err());
    }
}
