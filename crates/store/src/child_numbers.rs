//! Child numbers, as keyed hashes. Never deleted and never reused: after a merge the old one points at the survivor
//! (law 8).

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::KeyList;
use crate::sql::{Dialect, Sql, listed_keys, statements};
use crate::{Key16, Result};
use uuid::Uuid;

statements! {
    CHILD_OF = Sql::both("SELECT child_id FROM child_number WHERE number_key = $1");
    LED = Sql::both(
        "SELECT (SELECT child_id FROM child_number WHERE number_key = $1) AS child, \
         coalesce( \
         (SELECT n.child_id FROM child_number n CROSS JOIN child c WHERE c.child_id = n.child_id AND n.number_key >= $1 \
          ORDER BY n.number_key LIMIT 1), \
         (SELECT n.child_id FROM child_number n CROSS JOIN child c WHERE c.child_id = n.child_id AND n.number_key >= $3 \
          ORDER BY n.number_key LIMIT 1)) AS stand_in, \
         coalesce( \
         (SELECT n.child_id FROM child_number n CROSS JOIN child c WHERE c.child_id = n.child_id AND n.number_key >= $2 \
          ORDER BY n.number_key LIMIT 1), \
         (SELECT n.child_id FROM child_number n CROSS JOIN child c WHERE c.child_id = n.child_id AND n.number_key >= $3 \
          ORDER BY n.number_key LIMIT 1)) AS stranger",
    );
    RETIRE = Sql::both("UPDATE child_number SET number_key = $2 WHERE number_key = $1");
    REPOINT = Sql::both("UPDATE child_number SET child_id = $2 WHERE child_id = $1");
    POINT = listed_keys!("UPDATE child_number SET child_id = $2 WHERE number_key IN (SELECT item FROM list)");
    FORGET = listed_keys!("DELETE FROM child_number WHERE number_key IN (SELECT item FROM list)");
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

/// Where a number leads, and whom else it is next to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Led {
    /// The child it stands for.
    pub child: Option<Uuid>,
    /// In the order of the keys the one from it on whose child is there, or after the last the first.
    pub stand_in: Option<Uuid>,
    /// The same from the place opposite, which is as far from it as any.
    pub stranger: Option<Uuid>,
}

/// Where a number leads: always by one statement, of one row.
pub async fn led(conn: &mut Conn, number_key: Key16) -> Result<Led> {
    let opposite = Key16(number_key.0.map(|byte| !byte));
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(LED))
        .bind(number_key).bind(opposite).bind(Key16::MIN).fetch_one(&mut *c).await)?)
}

/// Lets every number of one child answer with another (a merge).
pub async fn repoint(tx: &mut Tx, from: Uuid, to: Uuid) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REPOINT))
        .bind(from).bind(to).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// Lets these numbers answer with a child: that of one who was joined to another, and is by itself again.
pub async fn point(tx: &mut Tx, number_keys: &[Key16], to: Uuid) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(POINT))
        .bind(KeyList(number_keys)).bind(to).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// Forgets what never was a number: by which a child that is no more by itself led to the one it was joined to.
pub async fn forget(tx: &mut Tx, keys: &[Key16]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(FORGET))
        .bind(KeyList(keys)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// Keeps a number under another key, by which nobody asks: from then on a look-up by it finds no row, as by one that was
/// never issued, and takes no longer (a seal).
pub async fn retire(tx: &mut Tx, number_key: Key16, kept_as: Key16) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(RETIRE))
        .bind(number_key).bind(kept_as).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
