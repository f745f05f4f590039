//! The barrier between identities kept apart (law 5): keyed tokens that only the matcher asks for (decision 12).

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::KeyList;
use crate::packed::{fetch, packed};
use crate::sql::{Dialect, listed_keys, statements};
use crate::{Key16, Result};

statements! {
    STANDING = packed!(keys: key("b.token"); "FROM list CROSS JOIN barrier b WHERE b.token = list.item");
    REMOVE = listed_keys!("DELETE FROM barrier WHERE token IN (SELECT item FROM list)");
}

bulk_statements! {
    INSERT = Bulk {
        head: "INSERT INTO barrier (token)",
        columns: &[ColumnType::Blob],
        tail: "ON CONFLICT DO NOTHING",
    };
}

/// Which of these pairs (as tokens) must never be joined.
pub async fn standing(conn: &mut Conn, tokens: &[Key16]) -> Result<Vec<Key16>> {
    fetch!(conn, STANDING, KeyList(tokens))
}

/// Raises barriers.
pub async fn insert(tx: &mut Tx, tokens: &[Key16]) -> Result<u64> {
    INSERT.run(tx, tokens.len(), &[Column::Key(tokens.to_vec())]).await
}

/// Takes barriers down (undoing a mistaken seal, by two people).
pub async fn remove(tx: &mut Tx, tokens: &[Key16]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(KeyList(tokens)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
