//! What sources said by messages and what waits to be worked through: sealed, numbered by the run of its source and day.

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::{Key16, Result};
use uuid::Uuid;

/// A day on which a source says things.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DayRow {
    /// The run that counts and receipts what was said.
    pub run_id: Uuid,
    /// The source.
    pub source_id: Uuid,
    /// `YYYY-MM-DD`, UTC.
    pub day: String,
    /// The number of what was said last.
    pub taken: i64,
    /// How many of it are worked through: those up to this number.
    pub worked: i64,
}

/// One thing that was said.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ItemRow {
    /// The run of its source and day.
    pub run_id: Uuid,
    /// Its number, from 1.
    pub position: i64,
    /// What was said, sealed under the run's expiring key.
    pub sealed: Vec<u8>,
}

statements! {
    OPEN = Sql::both(
        "INSERT INTO inbox_day (run_id, source_id, day, taken) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    );
    // Whoever takes numbers holds the row until they are durable, so that what is seen has no gaps.
    TAKE = Sql::both("UPDATE inbox_day SET taken = taken + $2 WHERE run_id = $1 RETURNING taken");
    CLOSE = Sql::both("DELETE FROM inbox_day WHERE run_id = $1");
    OPEN_RUN = Sql::both(
        "SELECT i.run_id FROM inbox_day i JOIN feed_run r ON r.run_id = i.run_id \
         WHERE i.source_id = $1 AND i.day = $2 AND r.file_digest = $3",
    );
    DAYS = Sql::both(
        "SELECT i.run_id, i.source_id, i.day, i.taken, r.rows_read AS worked FROM inbox_day i \
         JOIN feed_run r ON r.run_id = i.run_id ORDER BY i.source_id, i.day",
    );
    TAKEN = Sql::both("SELECT taken FROM inbox_day WHERE source_id = $1 AND day = $2");
    OLDEST = Sql::both("SELECT run_id, position, sealed FROM inbox WHERE run_id = $1 ORDER BY position LIMIT $2");
    STANDS = Sql::both("SELECT count(*) FROM inbox WHERE run_id = $1 AND position = $2");
    REMOVE = Sql::both("DELETE FROM inbox WHERE run_id = $1 AND position <= $2");
}

bulk_statements! {
    INSERT = Bulk {
        head: "INSERT INTO inbox (run_id, position, sealed)",
        columns: &[ColumnType::Id, ColumnType::Int, ColumnType::Blob],
        tail: "",
    };
}

/// Opens a day; one that is open stays as it is. `taken` is the number that was given last.
pub async fn open(tx: &mut Tx, run_id: Uuid, source_id: Uuid, day: &str, taken: i64) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(OPEN))
        .bind(run_id).bind(source_id).bind(day).bind(taken).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Takes so many numbers of an open day, and with none its row alone; the last that was given. `None` when the day is not
/// open.
pub async fn take(tx: &mut Tx, run_id: Uuid, numbers: i64) -> Result<Option<i64>> {
    Ok(
        on_tx!(tx, c => sqlx::query_scalar(c.text(TAKE)).bind(run_id).bind(numbers).fetch_optional(&mut *c).await)?,
    )
}

/// Closes a day.
pub async fn close(tx: &mut Tx, run_id: Uuid) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(CLOSE)).bind(run_id).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// The run of an open day.
pub async fn open_run(
    conn: &mut Conn,
    source_id: Uuid,
    day: &str,
    file_digest: Key16,
) -> Result<Option<Uuid>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(OPEN_RUN))
        .bind(source_id).bind(day).bind(file_digest).fetch_optional(&mut *c).await)?)
}

/// Every open day: of each source the oldest first.
pub async fn days(conn: &mut Conn) -> Result<Vec<DayRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(DAYS)).fetch_all(&mut *c).await)?)
}

/// How much a source has said on an open day; none of a day that is not open.
pub async fn taken(conn: &mut Conn, source_id: Uuid, day: &str) -> Result<Option<i64>> {
    Ok(
        on_tx!(conn, c => sqlx::query_scalar(c.text(TAKEN)).bind(source_id).bind(day).fetch_optional(&mut *c).await)?,
    )
}

/// Adds what was said.
pub async fn insert(tx: &mut Tx, rows: &[ItemRow]) -> Result<u64> {
    let columns = [
        Column::Id(rows.iter().map(|row| row.run_id).collect()),
        Column::Int(rows.iter().map(|row| row.position).collect()),
        Column::Blob(rows.iter().map(|row| row.sealed.as_slice()).collect()),
    ];
    INSERT.run(tx, rows.len(), &columns).await
}

/// At most `limit` of what is there of a day, in order.
pub async fn oldest(conn: &mut Conn, run_id: Uuid, limit: i64) -> Result<Vec<ItemRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OLDEST)).bind(run_id).bind(limit).fetch_all(&mut *c).await)?)
}

/// Whether this is still there.
pub async fn stands(conn: &mut Conn, run_id: Uuid, position: i64) -> Result<bool> {
    let count: i64 = on_tx!(conn, c => sqlx::query_scalar(c.text(STANDS))
        .bind(run_id).bind(position).fetch_one(&mut *c).await)?;
    Ok(count > 0)
}

/// Removes what was worked through: everything of a day up to a number.
pub async fn remove(tx: &mut Tx, run_id: Uuid, up_to: i64) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(run_id).bind(up_to).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
