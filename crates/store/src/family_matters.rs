//! What families ask, and what a source is asked about it (section 14). A row changes only while it is as it was read. Whose
//! list it stands on and which child it is about are keyed hashes: neither is told in the clear.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use crate::{Key16, Result};
use uuid::Uuid;

vocabulary! {
    /// What a matter is.
    MatterKind {
        /// Somebody asks what is held.
        SubjectRequest = "subject_request",
        /// Somebody says that an item is wrong.
        Dispute = "dispute",
        /// A source is asked to look at a row of its own.
        SourceTask = "source_task",
        /// Somebody complains.
        Complaint = "complaint",
    }
}

vocabulary! {
    /// Whether something is still to be done.
    MatterState {
        /// It is.
        Open = "open",
        /// Nothing is; it is kept until its day.
        Closed = "closed",
    }
}

/// One matter.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MatterRow {
    /// A random id.
    pub matter_id: Uuid,
    /// What it is.
    pub kind: MatterKind,
    /// Keyed hash of whose list it stands on.
    pub queue_key: Key16,
    /// Keyed hash of the child it is about, or of nobody.
    pub child_key: Key16,
    /// Whether something is still to be done.
    pub state: MatterState,
    /// The day by which it must be answered; once closed, the day from which it is destroyed. Microseconds UTC.
    pub due_on: i64,
    /// Rises with every change.
    pub version: i64,
    /// The rest.
    pub sealed: Vec<u8>,
}

macro_rules! columns {
    () => {
        "matter_id, kind, queue_key, child_key, state, due_on, version, sealed"
    };
}

statements! {
    INSERT = Sql::both(concat!(
        "INSERT INTO family_matter (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    ));
    REPLACE = Sql::both(
        "UPDATE family_matter SET queue_key = $2, state = $3, due_on = $4, sealed = $5, version = version + 1 \
         WHERE matter_id = $1 AND version = $6",
    );
    BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM family_matter WHERE matter_id = $1"));
    OF_QUEUE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM family_matter WHERE queue_key = $1 AND kind = $2 AND state = $3 \
         ORDER BY due_on, matter_id LIMIT $4"
    ));
    ABOUT_CHILD = Sql::both(concat!(
        "SELECT ", columns!(), " FROM family_matter WHERE child_key = $1 AND kind = $2 AND state = $3 \
         ORDER BY due_on, matter_id LIMIT $4"
    ));
    ENDED = Sql::both(concat!(
        "SELECT ", columns!(), " FROM family_matter WHERE state = $1 AND due_on <= $2 ORDER BY due_on, matter_id LIMIT $3"
    ));
    DUE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM family_matter WHERE queue_key = $1 AND state = $2 AND due_on <= $3 \
         ORDER BY due_on, matter_id LIMIT $4"
    ));
    AFTER = Sql::both(concat!(
        "SELECT ", columns!(), " FROM family_matter WHERE state = $1 AND matter_id > $2 ORDER BY matter_id LIMIT $3"
    ));
    EVERY_AFTER = Sql::both(concat!(
        "SELECT ", columns!(), " FROM family_matter WHERE matter_id > $1 ORDER BY matter_id LIMIT $2"
    ));
    REMOVE = Sql::both("DELETE FROM family_matter WHERE matter_id = $1");
}

/// Adds a matter.
pub async fn insert(tx: &mut Tx, row: &MatterRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.matter_id)
        .bind(row.kind)
        .bind(row.queue_key)
        .bind(row.child_key)
        .bind(row.state)
        .bind(row.due_on)
        .bind(row.version)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Changes a matter that is still as it was read: false when somebody was quicker, and nothing was written.
pub async fn replace(tx: &mut Tx, row: &MatterRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE))
        .bind(row.matter_id)
        .bind(row.queue_key)
        .bind(row.state)
        .bind(row.due_on)
        .bind(&row.sealed)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// One matter.
pub async fn by_id(conn: &mut Conn, matter_id: Uuid) -> Result<Option<MatterRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(matter_id).fetch_optional(&mut *c).await)?)
}

/// At most `limit` matters of a list, those due first first.
pub async fn of_queue(
    conn: &mut Conn,
    queue_key: Key16,
    kind: MatterKind,
    state: MatterState,
    limit: i64,
) -> Result<Vec<MatterRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_QUEUE))
        .bind(queue_key).bind(kind).bind(state).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` matters about a child, those due first first.
pub async fn about_child(
    conn: &mut Conn,
    child_key: Key16,
    kind: MatterKind,
    state: MatterState,
    limit: i64,
) -> Result<Vec<MatterRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ABOUT_CHILD))
        .bind(child_key).bind(kind).bind(state).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` open matters of a list that are to be answered by that day (microseconds UTC), those due first first.
pub async fn due(conn: &mut Conn, queue_key: Key16, by: i64, limit: i64) -> Result<Vec<MatterRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(DUE))
        .bind(queue_key).bind(MatterState::Open).bind(by).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` closed matters whose day has come by `now` (microseconds UTC).
pub async fn ended(conn: &mut Conn, now: i64, limit: i64) -> Result<Vec<MatterRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ENDED))
        .bind(MatterState::Closed).bind(now).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` open matters after this one, in the order of their ids: what a walk over all of them takes next.
pub async fn open_after(conn: &mut Conn, matter_id: Uuid, limit: i64) -> Result<Vec<MatterRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(AFTER))
        .bind(MatterState::Open).bind(matter_id).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` matters after this one, open and closed, in the order of their ids.
pub async fn after(conn: &mut Conn, matter_id: Uuid, limit: i64) -> Result<Vec<MatterRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(EVERY_AFTER)).bind(matter_id).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// Removes a matter whose keys are destroyed.
pub async fn remove(tx: &mut Tx, matter_id: Uuid) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE)).bind(matter_id).execute(&mut *c).await.map(drop))?;
    Ok(())
}
