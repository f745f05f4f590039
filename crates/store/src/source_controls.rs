//! The control of a source's loads: how far its receipts are numbered, and, sealed, its limits, what it measured and why it
//! is paused. One small row a source, written with each group.

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use uuid::Uuid;

/// The control of one source.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ControlRow {
    /// The source.
    pub source_id: Uuid,
    /// The block of receipts written last; 0 before the first.
    pub last_block: i64,
    /// The rest.
    pub sealed: Vec<u8>,
}

statements! {
    BEGIN = Sql::both(
        "INSERT INTO source_control (source_id, last_block, sealed) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING",
    );
    // Writing what stands there takes the row for this transaction on either engine.
    TAKE = Sql::both(
        "UPDATE source_control SET last_block = last_block WHERE source_id = $1 RETURNING source_id, last_block, sealed",
    );
    PUT = Sql::both("UPDATE source_control SET last_block = $2, sealed = $3 WHERE source_id = $1");
    BY_SOURCE = Sql::both("SELECT source_id, last_block, sealed FROM source_control WHERE source_id = $1");
}

/// Makes the row of a source that has none.
pub async fn begin(tx: &mut Tx, source_id: Uuid, sealed: &[u8]) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(BEGIN)).bind(source_id).bind(sealed).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Takes the row of a source for this transaction: others wait for its end.
pub async fn take(tx: &mut Tx, source_id: Uuid) -> Result<Option<ControlRow>> {
    Ok(on_tx!(tx, c => sqlx::query_as(c.text(TAKE)).bind(source_id).fetch_optional(&mut *c).await)?)
}

/// Writes a row that was taken.
pub async fn put(tx: &mut Tx, row: &ControlRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PUT))
        .bind(row.source_id).bind(row.last_block).bind(&row.sealed).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// The row of a source.
pub async fn by_source(conn: &mut Conn, source_id: Uuid) -> Result<Option<ControlRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_SOURCE)).bind(source_id).fetch_optional(&mut *c).await)?)
}
