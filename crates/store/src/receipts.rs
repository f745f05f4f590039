//! Receipts: what became of each row of a source, packed a block for each group of rows and written with it (laws 7 and 8).

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use uuid::Uuid;

/// The receipts of one group.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BlockRow {
    /// The source.
    pub source_id: Uuid,
    /// Counts the source's blocks from 1, in the order in which they became durable.
    pub block: i64,
    /// The run.
    pub run_id: Uuid,
    /// The moment of the schedule from which it is read; microseconds UTC, whole minutes.
    pub readable_from: i64,
    /// The receipts, sealed under the run's expiring key.
    pub sealed: Vec<u8>,
}

statements! {
    INSERT = Sql::both(
        "INSERT INTO receipt_block (source_id, block, run_id, readable_from, sealed) VALUES ($1, $2, $3, $4, $5)",
    );
    AFTER = Sql::both(
        "SELECT source_id, block, run_id, readable_from, sealed FROM receipt_block WHERE source_id = $1 AND block > $2 \
         ORDER BY block LIMIT $3",
    );
    BETWEEN = Sql::both(
        "SELECT source_id, block, run_id, readable_from, sealed FROM receipt_block WHERE source_id = $1 \
         AND readable_from >= $2 AND readable_from < $3 AND block > $4 ORDER BY block LIMIT $5",
    );
    REMOVE_OF_RUN = Sql::both("DELETE FROM receipt_block WHERE run_id = $1");
}

/// Adds a block.
pub async fn insert(tx: &mut Tx, row: &BlockRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.source_id)
        .bind(row.block)
        .bind(row.run_id)
        .bind(row.readable_from)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// At most `limit` blocks of a source after one of them, in order.
pub async fn after(conn: &mut Conn, source_id: Uuid, block: i64, limit: i64) -> Result<Vec<BlockRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(AFTER))
        .bind(source_id).bind(block).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` blocks of a source after one of them that are read from a moment of this stretch on, in order.
pub async fn between(
    conn: &mut Conn,
    source_id: Uuid,
    (from, before): (i64, i64),
    block: i64,
    limit: i64,
) -> Result<Vec<BlockRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BETWEEN))
        .bind(source_id).bind(from).bind(before).bind(block).bind(limit).fetch_all(&mut *c).await)?)
}

/// Removes the receipts of a run whose key is destroyed.
pub async fn remove_of_run(tx: &mut Tx, run_id: Uuid) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE_OF_RUN)).bind(run_id).execute(&mut *c).await.map(drop))?;
    Ok(())
}
