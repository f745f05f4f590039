//! Accreditations of organisations. What was answered, judged and decided is sealed; where it stands and until when it
//! holds are clear, for the lists and the calendar.

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use uuid::Uuid;

vocabulary! {
    /// Where an accreditation stands.
    AccreditationState {
        /// Being filled in.
        Draft = "draft",
        /// Handed in.
        Submitted = "submitted",
        /// Assessed, not decided.
        Assessed = "assessed",
        /// Granted.
        Granted = "granted",
        /// Refused.
        Refused = "refused",
        /// Suspended.
        Suspended = "suspended",
        /// Replaced by a newer one.
        Superseded = "superseded",
    }
}

/// One accreditation.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AccreditationRow {
    /// A random id.
    pub accreditation_id: Uuid,
    /// Whose.
    pub organisation_id: Uuid,
    /// Where it stands.
    pub state: AccreditationState,
    /// Microseconds UTC.
    pub opened_at: i64,
    /// The end of its last day, microseconds UTC; none before it is granted.
    pub valid_until: Option<i64>,
    /// When something of it has to be written down next, microseconds UTC.
    pub due_at: Option<i64>,
    /// Rises with every change.
    pub version: i64,
    /// The rest.
    pub sealed: Vec<u8>,
}

/// A line of the list of what waits.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WaitingRow {
    /// Which.
    pub accreditation_id: Uuid,
    /// Whose.
    pub organisation_id: Uuid,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The code of its authority.
    pub authority_code: Option<String>,
    /// Microseconds UTC.
    pub opened_at: i64,
    /// Microseconds UTC.
    pub valid_until: Option<i64>,
}

macro_rules! columns {
    () => {
        "accreditation_id, organisation_id, state, opened_at, valid_until, due_at, version, sealed"
    };
}

statements! {
    INSERT = Sql::both(concat!("INSERT INTO accreditation (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"));
    REPLACE = Sql::both(
        "UPDATE accreditation SET state = $2, valid_until = $3, due_at = $4, sealed = $5, version = version + 1 \
         WHERE accreditation_id = $1 AND version = $6",
    );
    BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM accreditation WHERE accreditation_id = $1"));
    OF_ORGANISATION = Sql::both(concat!(
        "SELECT ", columns!(), " FROM accreditation WHERE organisation_id = $1 \
         ORDER BY opened_at DESC, accreditation_id DESC LIMIT $2"
    ));
    DUE = Sql::both(concat!("SELECT ", columns!(), " FROM accreditation WHERE due_at <= $1 ORDER BY due_at LIMIT $2"));
    WAITING = Sql::both(
        "SELECT a.accreditation_id, a.organisation_id, o.name, o.kind, o.authority_code, a.opened_at, a.valid_until \
         FROM accreditation a JOIN organisation o ON o.organisation_id = a.organisation_id \
         WHERE a.state = $1 AND (a.opened_at, a.accreditation_id) > ($2, $3) \
         AND o.state <> 'withdrawn' AND ($4 = '' OR o.authority_code = $4) ORDER BY a.opened_at, a.accreditation_id LIMIT $5",
    );
}

/// Adds an accreditation.
pub async fn insert(tx: &mut Tx, row: &AccreditationRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.accreditation_id)
        .bind(row.organisation_id)
        .bind(row.state)
        .bind(row.opened_at)
        .bind(row.valid_until)
        .bind(row.due_at)
        .bind(row.version)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Changes one that is still as it was read: false when somebody was quicker, and nothing was written.
pub async fn replace(tx: &mut Tx, row: &AccreditationRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE))
        .bind(row.accreditation_id)
        .bind(row.state)
        .bind(row.valid_until)
        .bind(row.due_at)
        .bind(&row.sealed)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// One accreditation.
pub async fn by_id(conn: &mut Conn, accreditation_id: Uuid) -> Result<Option<AccreditationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(accreditation_id).fetch_optional(&mut *c).await)?)
}

/// The newest `limit` of an organisation.
pub async fn of_organisation(
    conn: &mut Conn,
    organisation_id: Uuid,
    limit: i64,
) -> Result<Vec<AccreditationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_ORGANISATION))
        .bind(organisation_id).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` of which something has become due by `now`, the longest due first.
pub async fn due(conn: &mut Conn, now: i64, limit: i64) -> Result<Vec<AccreditationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(DUE)).bind(now).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` in a state after that place, the longest open first; of one authority, or of all with `""`.
pub async fn waiting(
    conn: &mut Conn,
    state: AccreditationState,
    after: (i64, Uuid),
    authority: &str,
    limit: i64,
) -> Result<Vec<WaitingRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(WAITING))
        .bind(state).bind(after.0).bind(after.1).bind(authority).bind(limit).fetch_all(&mut *c).await)?)
}
