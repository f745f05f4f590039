//! What each of two sealed identities says (law 5): keyed tokens that only the matcher asks for, as for the barrier itself.

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::KeyList;
use crate::packed::{fetch, packed};
use crate::sql::{Dialect, statements};
use crate::{Key16, Result};

statements! {
    STANDING = packed!(keys: key("w.token"); "FROM list CROSS JOIN seal_word w WHERE w.token = list.item");
}

bulk_statements! {
    INSERT = Bulk {
        head: "INSERT INTO seal_word (token)",
        columns: &[ColumnType::Blob],
        tail: "ON CONFLICT DO NOTHING",
    };
}

/// Those of these tokens that stand.
pub async fn standing(conn: &mut Conn, tokens: &[Key16]) -> Result<Vec<Key16>> {
    fetch!(conn, STANDING, KeyList(tokens))
}

/// Adds tokens.
pub async fn insert(tx: &mut Tx, tokens: &[Key16]) -> Result<u64> {
    INSERT.run(tx, tokens.len(), &[Column::Key(tokens.to_vec())]).await
}
