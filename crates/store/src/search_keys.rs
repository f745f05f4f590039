//! Search keys: what people find children by. They cover only fields the searcher could see (law 3).

use crate::bulk::{Bulk, bulk_statements};
use crate::conn::{Conn, Tx};
use crate::keyed_index::{self, KeyHit, KeyRow};
use crate::packed::packed;
use crate::sql::{Sql, dialect, statements};
use crate::{Key16, Result};

statements! {
    // The inner query finds the last pointer within the limit, so that a long list is never read to its end.
    LOOKUP = packed!(keys: key("k.key_hash"), int("k.kind"), int("k.tier"), key("k.pointer");
        "FROM list CROSS JOIN search_key k \
         WHERE k.key_hash = list.item AND k.pointer <= coalesce((SELECT x.pointer FROM search_key x \
         WHERE x.key_hash = list.item ORDER BY x.pointer LIMIT 1 OFFSET $2), $3)"
    );
    REMOVE = dialect!(
        sqlite: "WITH RECURSIVE list(i, key_hash, pointer) AS ( \
                   SELECT 0, substr($1, 1, 16), substr($2, 1, 16) WHERE length($1) >= 16 UNION ALL \
                   SELECT i + 1, substr($1, i * 16 + 17, 16), substr($2, i * 16 + 17, 16) FROM list \
                   WHERE i * 16 + 32 <= length($1)) \
                 DELETE FROM search_key WHERE (key_hash, pointer) IN (SELECT key_hash, pointer FROM list)",
        pg: "DELETE FROM search_key k USING unnest(CAST($1 AS bytea[]), CAST($2 AS bytea[])) AS list(key_hash, pointer) \
             WHERE k.key_hash = list.key_hash AND k.pointer = list.pointer",
    );
    COUNT = Sql::both("SELECT count(*) FROM search_key");
}

bulk_statements! {
    INSERT = Bulk {
        head: "INSERT INTO search_key (key_hash, kind, tier, epoch, pointer)",
        columns: keyed_index::COLUMNS,
        tail: "ON CONFLICT DO NOTHING",
    };
}

/// At most `per_key_limit` children behind each key, for thousands of keys in one statement; in no order. A key that brings
/// exactly `per_key_limit` hits may have more.
///
/// Works on a reader and, as the check after the locks were taken, inside a transaction.
pub async fn lookup(conn: &mut Conn, keys: &[Key16], per_key_limit: u32) -> Result<Vec<KeyHit>> {
    keyed_index::lookup(conn, LOOKUP, keys, per_key_limit).await
}

/// Inserts the keys that are not there yet. Returns how many were new.
pub async fn insert(tx: &mut Tx, rows: &[KeyRow]) -> Result<u64> {
    keyed_index::insert(tx, INSERT, rows).await
}

/// Removes keys by (hash, pointer). Returns how many were there.
pub async fn remove(tx: &mut Tx, rows: &[(Key16, Key16)]) -> Result<u64> {
    keyed_index::remove(tx, REMOVE, rows).await
}

/// How many rows there are, for the machine room.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    keyed_index::count(conn, COUNT).await
}
