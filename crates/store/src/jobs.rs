//! Work that needs time, small enough to own: queue, claim, finish, try again.

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, dialect, statements};
use crate::vocabulary::vocabulary;
use uuid::Uuid;

vocabulary! {
    /// Where a job stands.
    JobState {
        /// Waits for its time.
        Queued = "queued",
        /// Somebody works on it until `claimed_until`; after that anybody may.
        Running = "running",
        /// Finished.
        Done = "done",
        /// Given up; a person must look.
        Failed = "failed",
    }
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct JobRow {
    /// A time-ordered id.
    pub job_id: Uuid,
    /// A code such as `audit_seal`: lower-case letters, digits and `_`.
    pub kind: String,
    /// Where it stands.
    pub state: JobState,
    /// Not before this instant, microseconds UTC.
    pub run_at: i64,
    /// How often it was begun.
    pub attempts: i64,
    /// End of the present claim, microseconds UTC.
    pub claimed_until: i64,
    /// What it needs to know, sealed if it is about a person.
    pub sealed: Option<Vec<u8>>,
}

statements! {
    PUT = Sql::both(
        "INSERT INTO job (job_id, kind, state, run_at, attempts, claimed_until, sealed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (job_id) DO UPDATE SET state = excluded.state, \
         run_at = excluded.run_at, attempts = excluded.attempts, claimed_until = excluded.claimed_until, \
         sealed = excluded.sealed",
    );
    CLAIM = dialect!(
        sqlite: "UPDATE job SET state = 'running', attempts = attempts + 1, claimed_until = $2 WHERE job_id = ( \
                 SELECT job_id FROM job WHERE (state = 'queued' AND run_at <= $1) \
                 OR (state = 'running' AND claimed_until <= $1) ORDER BY run_at, job_id LIMIT 1) \
                 RETURNING job_id, kind, state, run_at, attempts, claimed_until, sealed",
        pg: "UPDATE job SET state = 'running', attempts = attempts + 1, claimed_until = $2 WHERE job_id = ( \
             SELECT job_id FROM job WHERE (state = 'queued' AND run_at <= $1) \
             OR (state = 'running' AND claimed_until <= $1) ORDER BY run_at, job_id LIMIT 1 \
             FOR UPDATE SKIP LOCKED) \
             RETURNING job_id, kind, state, run_at, attempts, claimed_until, sealed",
    );
    BY_ID = Sql::both(
        "SELECT job_id, kind, state, run_at, attempts, claimed_until, sealed FROM job WHERE job_id = $1",
    );
}

/// Queues a job, or writes where it stands now (done, failed, queued again for later).
pub async fn put(tx: &mut Tx, row: &JobRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PUT))
        .bind(row.job_id)
        .bind(&row.kind)
        .bind(row.state)
        .bind(row.run_at)
        .bind(row.attempts)
        .bind(row.claimed_until)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Claims the job that waits longest, also one whose worker never came back, until `until` (microseconds UTC).
pub async fn claim(tx: &mut Tx, now: i64, until: i64) -> Result<Option<JobRow>> {
    Ok(on_tx!(tx, c => sqlx::query_as(c.text(CLAIM)).bind(now).bind(until).fetch_optional(&mut *c).await)?)
}

/// One job.
pub async fn by_id(conn: &mut Conn, job_id: Uuid) -> Result<Option<JobRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(job_id).fetch_optional(&mut *c).await)?)
}
