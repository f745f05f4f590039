//! What one person proposes and another decides. Each kind has its own meaning in `service`; here a row changes only
//! while it is as it was read, so that nothing is decided twice.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use crate::{Key16, Result};
use uuid::Uuid;

vocabulary! {
    /// Where an act stands.
    ActState {
        /// Waits for the other person.
        Open = "open",
        /// The other person agreed.
        Approved = "approved",
        /// The other person did not.
        Refused = "refused",
        /// It was done, and cannot be done again.
        Used = "used",
        /// Whoever proposed it took it back.
        Withdrawn = "withdrawn",
    }
}

/// One act.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ActRow {
    /// A random id.
    pub act_id: Uuid,
    /// What it is: lower-case letters, digits and `_`.
    pub kind: String,
    /// The organisation it belongs to.
    pub organisation_id: Uuid,
    /// Who proposed it.
    pub proposed_by: Option<Uuid>,
    /// Whom or what it is about, where that is not a child.
    pub subject_id: Option<Uuid>,
    /// Where it stands.
    pub state: ActState,
    /// Microseconds UTC.
    pub opened_at: i64,
    /// From then on it can be neither decided nor used, microseconds UTC.
    pub expires_at: i64,
    /// Who decided it.
    pub decided_by: Option<Uuid>,
    /// Microseconds UTC.
    pub decided_at: Option<i64>,
    /// Keyed hash of a token that leads to it, for who is not signed in yet.
    pub token_key: Option<Key16>,
    /// Rises with every change.
    pub version: i64,
    /// The rest.
    pub sealed: Vec<u8>,
}

macro_rules! columns {
    () => {
        "act_id, kind, organisation_id, proposed_by, subject_id, state, opened_at, expires_at, decided_by, decided_at, \
         token_key, version, sealed"
    };
}

statements! {
    INSERT = Sql::both(concat!(
        "INSERT INTO pending_act (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    ));
    REPLACE = Sql::both(
        "UPDATE pending_act SET state = $2, expires_at = $3, decided_by = $4, decided_at = $5, token_key = $6, sealed = $7, \
         version = version + 1 WHERE act_id = $1 AND version = $8",
    );
    HAND_ON = Sql::both(
        "UPDATE pending_act SET organisation_id = $2, sealed = $3, version = version + 1 WHERE act_id = $1 AND version = $4",
    );
    REMOVE = Sql::both("DELETE FROM pending_act WHERE act_id = $1");
    BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM pending_act WHERE act_id = $1"));
    BY_TOKEN = Sql::both(concat!("SELECT ", columns!(), " FROM pending_act WHERE token_key = $1"));
    OF_ORGANISATION = Sql::both(concat!(
        "SELECT ", columns!(), " FROM pending_act WHERE organisation_id = $1 AND kind = $2 AND state = $3 \
         ORDER BY opened_at DESC LIMIT $4"
    ));
    ENDING_AT = Sql::both(concat!(
        "SELECT ", columns!(), " FROM pending_act WHERE organisation_id = $1 AND kind = $2 AND state = $3 \
         AND expires_at > $4 AND expires_at <= $5 ORDER BY expires_at, act_id LIMIT $6"
    ));
    WITHIN = Sql::both(
        "SELECT p.act_id, p.kind, p.organisation_id, p.proposed_by, p.subject_id, p.state, p.opened_at, p.expires_at, \
         p.decided_by, p.decided_at, p.token_key, p.version, p.sealed FROM pending_act p CROSS JOIN organisation o \
         WHERE p.kind = $1 AND p.state = $5 AND p.expires_at > $2 AND o.organisation_id = p.organisation_id \
         AND ($3 = '' OR (o.authority_code = $3 AND o.kind <> 'national_partner')) ORDER BY p.opened_at DESC LIMIT $4",
    );
    DUE_WITHIN = Sql::both(
        "SELECT p.act_id, p.kind, p.organisation_id, p.proposed_by, p.subject_id, p.state, p.opened_at, p.expires_at, \
         p.decided_by, p.decided_at, p.token_key, p.version, p.sealed FROM pending_act p CROSS JOIN organisation o \
         WHERE p.kind = $1 AND p.state = $2 AND p.expires_at <= $3 AND o.organisation_id = p.organisation_id \
         AND o.authority_code = $4 AND o.kind <> 'national_partner' ORDER BY p.expires_at LIMIT $5",
    );
    AT_THE_CENTRE = Sql::both(
        "SELECT p.act_id, p.kind, p.organisation_id, p.proposed_by, p.subject_id, p.state, p.opened_at, p.expires_at, \
         p.decided_by, p.decided_at, p.token_key, p.version, p.sealed FROM organisation o CROSS JOIN pending_act p \
         WHERE o.kind = 'centre' AND p.organisation_id = o.organisation_id AND p.kind = $1 AND p.state = $2 \
         ORDER BY p.opened_at DESC LIMIT $3",
    );
    OF_PROPOSER = Sql::both(concat!(
        "SELECT ", columns!(), " FROM pending_act WHERE proposed_by = $1 AND kind = $2 AND opened_at >= $3 \
         ORDER BY opened_at DESC LIMIT $4"
    ));
    RUN_OUT = Sql::both(concat!(
        "SELECT ", columns!(), " FROM pending_act WHERE kind = $1 AND state = $2 AND expires_at <= $3 \
         ORDER BY expires_at LIMIT $4"
    ));
    BEGUN = Sql::both(concat!(
        "SELECT ", columns!(), " FROM pending_act WHERE kind = $1 AND state = $2 AND decided_at <= $3 \
         ORDER BY decided_at LIMIT $4"
    ));
    RAN_OUT_AFTER = Sql::both(concat!(
        "SELECT ", columns!(), " FROM pending_act WHERE kind = $1 AND state = $2 AND expires_at >= $3 \
         AND (expires_at > $3 OR act_id > $4) AND expires_at <= $5 ORDER BY expires_at, act_id LIMIT $6"
    ));
    IDS = Sql::both("SELECT act_id FROM pending_act WHERE kind = $1 AND state = $2");
    ABOUT = Sql::both(concat!(
        "SELECT ", columns!(), " FROM pending_act WHERE subject_id = $1 AND kind = $2 AND state = $3 \
         ORDER BY opened_at DESC LIMIT $4"
    ));
}

/// The newest `limit` acts of a kind that a person proposed since `since` (microseconds UTC), wherever they stand.
pub async fn of_proposer(
    conn: &mut Conn,
    proposed_by: Uuid,
    kind: &str,
    since: i64,
    limit: i64,
) -> Result<Vec<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_PROPOSER))
        .bind(proposed_by).bind(kind).bind(since).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` acts of a kind and state that have run out by `now` (microseconds UTC), the oldest first.
pub async fn run_out(
    conn: &mut Conn,
    kind: &str,
    state: ActState,
    now: i64,
    limit: i64,
) -> Result<Vec<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(RUN_OUT))
        .bind(kind).bind(state).bind(now).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` acts of a kind and state that somebody decided by `before` (microseconds UTC), the oldest first.
pub async fn begun(
    conn: &mut Conn,
    kind: &str,
    state: ActState,
    before: i64,
    limit: i64,
) -> Result<Vec<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BEGUN))
        .bind(kind).bind(state).bind(before).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` acts of a kind and state that ran out by `until` (microseconds UTC), in the order of (end, id) after a place.
pub async fn ran_out_after(
    conn: &mut Conn,
    (kind, state): (&str, ActState),
    (after, act): (i64, Uuid),
    until: i64,
    limit: i64,
) -> Result<Vec<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(RAN_OUT_AFTER))
        .bind(kind).bind(state).bind(after).bind(act).bind(until).bind(limit).fetch_all(&mut *c).await)?)
}

/// All acts of a kind and state, by their ids alone.
pub async fn ids(conn: &mut Conn, kind: &str, state: ActState) -> Result<Vec<Uuid>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(IDS)).bind(kind).bind(state).fetch_all(&mut *c).await)?)
}

/// Adds an act.
pub async fn insert(tx: &mut Tx, row: &ActRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.act_id)
        .bind(&row.kind)
        .bind(row.organisation_id)
        .bind(row.proposed_by)
        .bind(row.subject_id)
        .bind(row.state)
        .bind(row.opened_at)
        .bind(row.expires_at)
        .bind(row.decided_by)
        .bind(row.decided_at)
        .bind(row.token_key)
        .bind(row.version)
        .bind(&row.sealed)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Changes an act that is still as it was read: false when somebody was quicker, and nothing was written.
pub async fn replace(tx: &mut Tx, row: &ActRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE))
        .bind(row.act_id)
        .bind(row.state)
        .bind(row.expires_at)
        .bind(row.decided_by)
        .bind(row.decided_at)
        .bind(row.token_key)
        .bind(&row.sealed)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Gives an act that is still as it was read to another organisation: false when it is not, and nothing was written.
pub async fn hand_on(tx: &mut Tx, row: &ActRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(HAND_ON))
        .bind(row.act_id)
        .bind(row.organisation_id)
        .bind(&row.sealed)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Takes an act away whose child was destroyed (law 9).
pub async fn remove(tx: &mut Tx, act_id: Uuid) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE)).bind(act_id).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// One act.
pub async fn by_id(conn: &mut Conn, act_id: Uuid) -> Result<Option<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(act_id).fetch_optional(&mut *c).await)?)
}

/// The act a token leads to.
pub async fn by_token(conn: &mut Conn, token_key: Key16) -> Result<Option<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_TOKEN)).bind(token_key).fetch_optional(&mut *c).await)?)
}

/// The newest `limit` acts of a kind and state at an organisation.
pub async fn of_organisation(
    conn: &mut Conn,
    organisation_id: Uuid,
    kind: &str,
    state: ActState,
    limit: i64,
) -> Result<Vec<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_ORGANISATION))
        .bind(organisation_id).bind(kind).bind(state).bind(limit).fetch_all(&mut *c).await)?)
}

/// The first `limit` acts of a kind and state at an organisation that run out after an instant and by another (microseconds UTC).
pub async fn ending_at(
    conn: &mut Conn,
    organisation_id: Uuid,
    (kind, state): (&str, ActState),
    (after, by): (i64, i64),
    limit: i64,
) -> Result<Vec<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ENDING_AT))
        .bind(organisation_id).bind(kind).bind(state).bind(after).bind(by).bind(limit).fetch_all(&mut *c).await)?)
}

/// The newest `limit` acts of a kind and state that have not run out at `now` (microseconds UTC), at an authority, by its
/// code, and the partners under it; at every organisation for an empty code.
pub async fn within(
    conn: &mut Conn,
    kind: &str,
    state: ActState,
    now: i64,
    authority: &str,
    limit: i64,
) -> Result<Vec<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(WITHIN))
        .bind(kind).bind(now).bind(authority).bind(limit).bind(state).fetch_all(&mut *c).await)?)
}

/// The newest `limit` acts of a kind and state at the centre.
pub async fn at_the_centre(conn: &mut Conn, kind: &str, state: ActState, limit: i64) -> Result<Vec<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(AT_THE_CENTRE))
        .bind(kind).bind(state).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` acts of a kind and state whose day (microseconds UTC) has come by then, the oldest first, at an authority and
/// the partners under it.
pub async fn due_within(
    conn: &mut Conn,
    kind: &str,
    state: ActState,
    by: i64,
    authority: &str,
    limit: i64,
) -> Result<Vec<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(DUE_WITHIN))
        .bind(kind).bind(state).bind(by).bind(authority).bind(limit).fetch_all(&mut *c).await)?)
}

/// The newest `limit` acts of a kind and state about a subject.
pub async fn about(
    conn: &mut Conn,
    subject_id: Uuid,
    kind: &str,
    state: ActState,
    limit: i64,
) -> Result<Vec<ActRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ABOUT))
        .bind(subject_id).bind(kind).bind(state).bind(limit).fetch_all(&mut *c).await)?)
}
