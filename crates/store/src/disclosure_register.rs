//! The register of disclosures outside the access rules (rule 2.19). A row changes only while it is as it was read.

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use uuid::Uuid;

vocabulary! {
    /// Where an entry of the register stands.
    RegisterState {
        /// Waits for the other manager.
        Proposed = "proposed",
        /// The other manager agreed.
        Approved = "approved",
        /// The other manager did not.
        Refused = "refused",
        /// What was approved has left.
        Released = "released",
    }
}

/// One entry of the register.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RegisterRow {
    /// A random id.
    pub register_id: Uuid,
    /// The code of the authority that discloses.
    pub authority: String,
    /// Where it stands.
    pub state: RegisterState,
    /// Microseconds UTC.
    pub opened_at: i64,
    /// Who proposed it.
    pub proposed_by: Uuid,
    /// Who decided it.
    pub decided_by: Option<Uuid>,
    /// Microseconds UTC.
    pub decided_at: Option<i64>,
    /// Rises with every change.
    pub version: i64,
    /// The rest.
    pub sealed: Vec<u8>,
}

macro_rules! columns {
    () => {
        "register_id, authority, state, opened_at, proposed_by, decided_by, decided_at, version, sealed"
    };
}

statements! {
    INSERT = Sql::both(concat!(
        "INSERT INTO disclosure_register (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ));
    REPLACE = Sql::both(
        "UPDATE disclosure_register SET state = $2, decided_by = $3, decided_at = $4, sealed = $5, version = version + 1 \
         WHERE register_id = $1 AND version = $6",
    );
    BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM disclosure_register WHERE register_id = $1"));
    OF_AUTHORITY = Sql::both(concat!(
        "SELECT ", columns!(), " FROM disclosure_register WHERE authority = $1 AND state = $2 \
         AND (opened_at, register_id) < ($3, $4) ORDER BY opened_at DESC, register_id DESC LIMIT $5"
    ));
    DECIDED_BEFORE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM disclosure_register WHERE COALESCE(decided_at, opened_at) < $1 \
         AND register_id > $2 ORDER BY register_id LIMIT $3"
    ));
    REMOVE = Sql::both("DELETE FROM disclosure_register WHERE register_id = $1");
}

/// Adds an entry.
pub async fn insert(tx: &mut Tx, row: &RegisterRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.register_id)
        .bind(&row.authority)
        .bind(row.state)
        .bind(row.opened_at)
        .bind(row.proposed_by)
        .bind(row.decided_by)
        .bind(row.decided_at)
        .bind(row.version)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Changes an entry that is still as it was read: false when somebody was quicker, and nothing was written.
pub async fn replace(tx: &mut Tx, row: &RegisterRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE))
        .bind(row.register_id)
        .bind(row.state)
        .bind(row.decided_by)
        .bind(row.decided_at)
        .bind(&row.sealed)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// One entry.
pub async fn by_id(conn: &mut Conn, register_id: Uuid) -> Result<Option<RegisterRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(register_id).fetch_optional(&mut *c).await)?)
}

/// The newest `limit` entries of an authority in a state, before the entry that `before` names.
pub async fn of_authority(
    conn: &mut Conn,
    authority: &str,
    state: RegisterState,
    before: (i64, Uuid),
    limit: i64,
) -> Result<Vec<RegisterRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_AUTHORITY))
        .bind(authority).bind(state).bind(before.0).bind(before.1).bind(limit).fetch_all(&mut *c).await)?)
}

/// Up to `limit` entries after this one of which nothing was decided, and which were not opened, since that time (microseconds UTC).
pub async fn decided_before(conn: &mut Conn, at: i64, after: Uuid, limit: i64) -> Result<Vec<RegisterRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(DECIDED_BEFORE))
        .bind(at).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}

/// Removes an entry whose key is destroyed: false when it was gone.
pub async fn remove(tx: &mut Tx, register_id: Uuid) -> Result<bool> {
    let removed = on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(register_id)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(removed == 1)
}
