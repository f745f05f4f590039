//! Records that do not rise again: a keyed token for each record that was destroyed while its source may go on sending it. A
//! token tells nothing but that somebody asked for exactly this record.

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::KeyList;
use crate::packed::{fetch, packed};
use crate::sql::{Dialect, Sql, listed_keys, statements};
use crate::{Key16, Result};

statements! {
    STANDING = packed!(keys: key("s.token"); "FROM list CROSS JOIN suppression s WHERE s.token = list.item");
    REMOVE = listed_keys!("DELETE FROM suppression WHERE token IN (SELECT item FROM list)");
    FORGET = Sql::both("DELETE FROM suppression WHERE until_month < $1");
}

bulk_statements! {
    INSERT = Bulk {
        head: "INSERT INTO suppression (token, until_month)",
        columns: &[ColumnType::Blob, ColumnType::Text],
        tail: "ON CONFLICT (token) DO NOTHING",
    };
}

/// Which of these tokens stand.
pub async fn standing(conn: &mut Conn, tokens: &[Key16]) -> Result<Vec<Key16>> {
    fetch!(conn, STANDING, KeyList(tokens))
}

/// Keeps tokens until the end of a month (`YYYY-MM`) each; one that stands already stays as it is.
pub async fn insert(tx: &mut Tx, rows: &[(Key16, String)]) -> Result<u64> {
    let columns = [
        Column::Key(rows.iter().map(|(token, _)| *token).collect()),
        Column::Text(rows.iter().map(|(_, until)| until.as_str()).collect()),
    ];
    INSERT.run(tx, rows.len(), &columns).await
}

/// Forgets tokens whose records are back. Returns how many stood.
pub async fn remove(tx: &mut Tx, tokens: &[Key16]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(KeyList(tokens)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// Forgets the tokens whose last month is before `month` (`YYYY-MM`). Returns how many.
pub async fn forget(tx: &mut Tx, month: &str) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(FORGET))
        .bind(month).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
