//! Child numbers, as keyed hashes. Never deleted and never reused: after a merge the old one points at the survivor
//! (law 8).

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Key16, Result};
use uuid::Uuid;

statements! {
    CHILD_OF = Sql::both("SELECT child_id FROM child_number WHERE number_key = $1");
    RETIRE = Sql::both("UPDATE child_number SET number_key = $2 WHERE number_key = $1");
    REPOINT = Sql::both("UPDATE child_number SET child_id = $2 WHERE child_id = $1");
}

bulk_statements! {
    INSERT = Bulk {
        head: "INSERT INTO child_number (number_key, child_id)",
        columns: &[ColumnType::Blob, ColumnType::Id],
        tail: "ON CONFLICT (number_key) DO NOTHING",
    };
}

/// Issues numbers. Returns how many were new: fewer than given means a number was taken, and another must be drawn.
pub async fn insert(tx: &mut Tx, rows: &[(Key16, Uuid)]) -> Result<u64> {
    let columns = [
        Column::Key(rows.iter().map(|(number, _)| *number).collect()),
        Column::Id(rows.iter().map(|(_, child)| *child).collect()),
    ];
    INSERT.run(tx, rows.len(), &columns).await
}

/// The child a number stands for.
pub async fn child_of(conn: &mut Conn, number_key: Key16) -> Result<Option<Uuid>> {
    Ok(
        on_tx!(conn, c => sqlx::query_scalar(c.text(CHILD_OF)).bind(number_key).fetch_optional(&mut *c).await)?,
    )
}

/// Lets every number of one child answer with another (a merge).
pub async fn repoint(tx: &mut Tx, from: Uuid, to: Uuid) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REPOINT))
        .bind(from).bind(to).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// Keeps a number under another key, by which nobody asks: from then on a look-up by it finds no row, as by one that was
/// never issued, and takes no longer (a seal).
pub async fn retire(tx: &mut Tx, number_key: Key16, kept_as: Key16) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(RETIRE))
        .bind(number_key).bind(kept_as).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
