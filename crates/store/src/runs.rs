//! Feed runs: one per file, with the counts a source may know and those that are the authority's alone.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use crate::{Key16, Result};
use uuid::Uuid;

vocabulary! {
    /// What a file states.
    RunKind {
        /// Every child of the source.
        Full = "full",
        /// Only what changed.
        Delta = "delta",
    }
}

vocabulary! {
    /// Where a run stands.
    RunState {
        /// Rows are being read; after a crash, loading the file again continues.
        Running = "running",
        /// Every row was read and committed.
        Done = "done",
        /// The file was refused as a whole and nothing of it was kept.
        Refused = "refused",
        /// The run ended early; what was committed stands.
        Failed = "failed",
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct RunCounts {
    /// Rows read so far: where an interrupted run continues.
    pub rows_read: i64,
    /// Rows taken: new, updated or unchanged.
    pub accepted: i64,
    /// Rows that stated nothing new.
    pub unchanged: i64,
    /// Rows that replaced an earlier statement.
    pub updated: i64,
    /// Rows put aside with their faults.
    pub quarantined: i64,
    /// For the authority only: rows linked to a known child.
    pub linked: i64,
    /// For the authority only: rows that opened a child.
    pub opened: i64,
    /// For the authority only: rows that await a person.
    pub for_review: i64,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RunRow {
    /// A time-ordered id.
    pub run_id: Uuid,
    /// The source.
    pub source_id: Uuid,
    /// Keyed hash of the file.
    pub file_digest: Key16,
    /// What the file states.
    pub kind: RunKind,
    /// Where the run stands.
    pub state: RunState,
    /// How far it has come.
    #[sqlx(flatten)]
    pub counts: RunCounts,
    /// Microseconds UTC.
    pub started_at: i64,
    /// Microseconds UTC.
    pub ended_at: Option<i64>,
}

statements! {
    START = Sql::both(
        "INSERT INTO feed_run (run_id, source_id, file_digest, kind, state, rows_read, accepted, unchanged, updated, \
         quarantined, linked, opened, for_review, started_at, ended_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    );
    PROGRESS = Sql::both(
        "UPDATE feed_run SET state = $2, rows_read = $3, accepted = $4, unchanged = $5, updated = $6, \
         quarantined = $7, linked = $8, opened = $9, for_review = $10, ended_at = $11 WHERE run_id = $1",
    );
    BY_ID = Sql::both(
        "SELECT run_id, source_id, file_digest, kind, state, rows_read, accepted, unchanged, updated, quarantined, \
         linked, opened, for_review, started_at, ended_at FROM feed_run WHERE run_id = $1",
    );
    OF_SOURCE = Sql::both(
        "SELECT run_id, source_id, file_digest, kind, state, rows_read, accepted, unchanged, updated, quarantined, \
         linked, opened, for_review, started_at, ended_at FROM feed_run WHERE source_id = $1 \
         ORDER BY started_at DESC, run_id DESC LIMIT $2",
    );
    OF_FILE = Sql::both(
        "SELECT run_id, source_id, file_digest, kind, state, rows_read, accepted, unchanged, updated, quarantined, \
         linked, opened, for_review, started_at, ended_at FROM feed_run WHERE source_id = $1 AND file_digest = $2 \
         ORDER BY started_at DESC, run_id DESC LIMIT 1",
    );
}

/// Opens a run.
pub async fn start(tx: &mut Tx, row: &RunRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(START))
        .bind(row.run_id)
        .bind(row.source_id)
        .bind(row.file_digest)
        .bind(row.kind)
        .bind(row.state)
        .bind(row.counts.rows_read)
        .bind(row.counts.accepted)
        .bind(row.counts.unchanged)
        .bind(row.counts.updated)
        .bind(row.counts.quarantined)
        .bind(row.counts.linked)
        .bind(row.counts.opened)
        .bind(row.counts.for_review)
        .bind(row.started_at)
        .bind(row.ended_at)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Writes how far a run has come: in the transaction of the rows it counts, so that the two agree after a crash.
pub async fn progress(
    tx: &mut Tx,
    run_id: Uuid,
    state: RunState,
    counts: &RunCounts,
    ended_at: Option<i64>,
) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PROGRESS))
        .bind(run_id)
        .bind(state)
        .bind(counts.rows_read)
        .bind(counts.accepted)
        .bind(counts.unchanged)
        .bind(counts.updated)
        .bind(counts.quarantined)
        .bind(counts.linked)
        .bind(counts.opened)
        .bind(counts.for_review)
        .bind(ended_at)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// One run.
pub async fn by_id(conn: &mut Conn, run_id: Uuid) -> Result<Option<RunRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(run_id).fetch_optional(&mut *c).await)?)
}

/// The newest `limit` runs of a source.
pub async fn of_source(conn: &mut Conn, source_id: Uuid, limit: i64) -> Result<Vec<RunRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OF_SOURCE)).bind(source_id).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// The newest run of the same file, if it was ever begun.
pub async fn of_file(conn: &mut Conn, source_id: Uuid, file_digest: Key16) -> Result<Option<RunRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_FILE))
        .bind(source_id).bind(file_digest).fetch_optional(&mut *c).await)?)
}
