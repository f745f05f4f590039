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
    /// Rows that their source had replaced by a later statement before.
    pub superseded: i64,
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
    /// The source's own number of the file, if its manifest gave one.
    pub sequence: Option<i64>,
    /// How many rows the file has, if that was known.
    pub rows_in_file: Option<i64>,
}

macro_rules! columns {
    () => {
        "run_id, source_id, file_digest, kind, state, rows_read, accepted, unchanged, updated, quarantined, linked, \
         opened, for_review, superseded, started_at, ended_at, sequence, rows_in_file"
    };
}

statements! {
    START = Sql::both(concat!(
        "INSERT INTO feed_run (", columns!(), ") \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
    ));
    PROGRESS = Sql::both(
        "UPDATE feed_run SET state = $2, rows_read = $3, accepted = $4, unchanged = $5, updated = $6, \
         quarantined = $7, linked = $8, opened = $9, for_review = $10, superseded = $11, ended_at = $12 \
         WHERE run_id = $1",
    );
    BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM feed_run WHERE run_id = $1"));
    OF_SOURCE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM feed_run WHERE source_id = $1 ORDER BY started_at DESC, run_id DESC LIMIT $2"
    ));
    RUNNING = Sql::both(concat!(
        "SELECT ", columns!(), " FROM feed_run WHERE source_id = $1 AND state = 'running' \
         ORDER BY started_at DESC, run_id DESC LIMIT $2"
    ));
    OF_FILE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM feed_run WHERE source_id = $1 AND file_digest = $2 \
         ORDER BY started_at DESC, run_id DESC LIMIT 1"
    ));
    LAST_NUMBERED = Sql::both(concat!(
        "SELECT ", columns!(), " FROM feed_run WHERE source_id = $1 AND sequence IS NOT NULL \
         ORDER BY sequence DESC LIMIT 1"
    ));
    KEPT_BEFORE = Sql::both(
        "SELECT run_id FROM feed_run WHERE forgotten_at IS NULL AND started_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM inbox_day i WHERE i.run_id = feed_run.run_id) ORDER BY started_at, run_id LIMIT $2",
    );
    FORGET = Sql::both("UPDATE feed_run SET forgotten_at = $2 WHERE run_id = $1");
    REMEMBER = Sql::both("UPDATE feed_run SET forgotten_at = NULL WHERE run_id = $1");
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
        .bind(row.counts.superseded)
        .bind(row.started_at)
        .bind(row.ended_at)
        .bind(row.sequence)
        .bind(row.rows_in_file)
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
        .bind(counts.superseded)
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

/// The newest `limit` runs of a source that run, or were interrupted.
pub async fn running(conn: &mut Conn, source_id: Uuid, limit: i64) -> Result<Vec<RunRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(RUNNING)).bind(source_id).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// The newest run of the same file, if it was ever begun.
pub async fn of_file(conn: &mut Conn, source_id: Uuid, file_digest: Key16) -> Result<Option<RunRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_FILE))
        .bind(source_id).bind(file_digest).fetch_optional(&mut *c).await)?)
}

/// The run of the source's file with the highest number of its own.
pub async fn last_numbered(conn: &mut Conn, source_id: Uuid) -> Result<Option<RunRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(LAST_NUMBERED)).bind(source_id).fetch_optional(&mut *c).await)?,
    )
}

/// At most `limit` runs that began before `moment` (microseconds UTC) and whose keys are still kept, the oldest first. A day of
/// messages of which something may wait is not among them.
pub async fn kept_before(conn: &mut Conn, moment: i64, limit: i64) -> Result<Vec<Uuid>> {
    Ok(
        on_tx!(conn, c => sqlx::query_scalar(c.text(KEPT_BEFORE)).bind(moment).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// Notes when the key of a run was destroyed.
pub async fn forget(tx: &mut Tx, run_id: Uuid, at: i64) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(FORGET)).bind(run_id).bind(at).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Notes that a run has a key again: its file was delivered once more.
pub async fn remember(tx: &mut Tx, run_id: Uuid) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMEMBER)).bind(run_id).execute(&mut *c).await.map(drop))?;
    Ok(())
}
