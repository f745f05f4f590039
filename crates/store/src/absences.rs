//! Full files that lack more of their source's records than may be ended without a person.

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use uuid::Uuid;

vocabulary! {
    /// What is decided of the records a full file lacks.
    AbsenceState {
        /// Nothing yet: nothing is ended.
        Waiting = "waiting",
        /// A person confirmed it; loading the file again ends them.
        Confirmed = "confirmed",
        /// A person refused it: they stay.
        Refused = "refused",
        /// They are ended.
        Done = "done",
    }
}

/// What one full file lacks.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AbsenceRow {
    /// The run.
    pub run_id: Uuid,
    /// Its source.
    pub source_id: Uuid,
    /// What is decided.
    pub state: AbsenceState,
    /// Rises with every change.
    pub version: i64,
    /// How many, and which, as a digest.
    pub sealed: Vec<u8>,
}

statements! {
    PUT = Sql::both(
        "INSERT INTO absence (run_id, source_id, state, version, sealed) VALUES ($1, $2, $3, 1, $4) \
         ON CONFLICT (run_id) DO UPDATE SET state = excluded.state, version = absence.version + 1, \
         sealed = excluded.sealed",
    );
    DECIDE = Sql::both(
        "UPDATE absence SET state = $2, version = version + 1 WHERE run_id = $1 AND state = 'waiting' AND version = $3",
    );
    END = Sql::both("UPDATE absence SET state = 'done', version = version + 1 WHERE run_id = $1");
    BY_RUN = Sql::both("SELECT run_id, source_id, state, version, sealed FROM absence WHERE run_id = $1");
    OF_SOURCE = Sql::both(
        "SELECT run_id, source_id, state, version, sealed FROM absence WHERE source_id = $1 AND state = $2 \
         ORDER BY run_id LIMIT 20",
    );
}

/// Notes what a file lacks.
pub async fn put(
    tx: &mut Tx,
    run_id: Uuid,
    source_id: Uuid,
    state: AbsenceState,
    sealed: &[u8],
) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PUT))
        .bind(run_id).bind(source_id).bind(state).bind(sealed).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Decides what waits; false when it is no more as it was read.
pub async fn decide(tx: &mut Tx, run_id: Uuid, state: AbsenceState, version: i64) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(DECIDE))
        .bind(run_id).bind(state).bind(version).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Notes that the records are ended.
pub async fn end(tx: &mut Tx, run_id: Uuid) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(END)).bind(run_id).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// What a run lacks.
pub async fn by_run(conn: &mut Conn, run_id: Uuid) -> Result<Option<AbsenceRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_RUN)).bind(run_id).fetch_optional(&mut *c).await)?)
}

/// What waits at a source, or was decided.
pub async fn of_source(conn: &mut Conn, source_id: Uuid, state: AbsenceState) -> Result<Vec<AbsenceRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_SOURCE))
        .bind(source_id).bind(state).fetch_all(&mut *c).await)?)
}
