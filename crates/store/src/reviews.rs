//! Cases for a person: a pair the matcher would not decide. What they are about is sealed.

use crate::Result;
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::IdList;
use crate::sql::{Dialect, Sql, listed_ids, statements};
use crate::vocabulary::vocabulary;
use uuid::Uuid;

vocabulary! {
    /// Whose case it is.
    Desk {
        /// The data administrators of an authority.
        Authority = "authority",
        /// The sealed desk of two people: everything that touches a shielded or sealed child (decision 12).
        Protected = "protected",
    }
}

vocabulary! {
    /// Where a case stands.
    ReviewState {
        /// Waits for a person.
        Open = "open",
        /// A person decided.
        Decided = "decided",
        /// It lost its object (a new statement settled it, a record was destroyed).
        Void = "void",
    }
}

/// One case.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ReviewRow {
    /// A random id.
    pub review_id: Uuid,
    /// Whose case it is.
    pub desk: Desk,
    /// GSS code of the authority; `national` for the protected desk.
    pub authority: String,
    /// Where it stands.
    pub state: ReviewState,
    /// Records, candidates, evidence, times and the decision.
    pub sealed: Vec<u8>,
    /// `YYYY-MM`: coarse, so that a case does not date a seal.
    pub opened_month: String,
}

statements! {
    PUT = Sql::both(
        "INSERT INTO review (review_id, desk, authority, state, sealed, opened_month) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (review_id) DO UPDATE SET desk = excluded.desk, authority = excluded.authority, \
         state = excluded.state, sealed = excluded.sealed",
    );
    BY_ID = Sql::both(
        "SELECT review_id, desk, authority, state, sealed, opened_month FROM review WHERE review_id = $1",
    );
    OPEN = Sql::both(
        "SELECT review_id, desk, authority, state, sealed, opened_month FROM review WHERE desk = $1 \
         AND authority = $2 AND state = 'open' AND (opened_month > $3 OR (opened_month = $3 AND review_id > $4)) \
         ORDER BY opened_month, review_id LIMIT $5",
    );
    CLOSE = Sql::both(
        "UPDATE review SET state = $2, sealed = $3 WHERE review_id = $1 AND state = 'open'",
    );
    AFTER = Sql::both(
        "SELECT review_id, desk, authority, state, sealed, opened_month FROM review WHERE review_id > $1 \
         ORDER BY review_id LIMIT $2",
    );
    REMOVE = listed_ids!("DELETE FROM review WHERE review_id IN (SELECT item FROM list)");
}

/// Opens a case, or replaces where it stands.
pub async fn put(tx: &mut Tx, row: &ReviewRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(PUT))
        .bind(row.review_id)
        .bind(row.desk)
        .bind(&row.authority)
        .bind(row.state)
        .bind(&row.sealed)
        .bind(&row.opened_month)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Closes an open case: false when somebody was quicker, and nothing was written.
pub async fn close(tx: &mut Tx, review_id: Uuid, state: ReviewState, sealed: &[u8]) -> Result<bool> {
    let closed = on_tx!(tx, c => sqlx::query(c.text(CLOSE))
        .bind(review_id)
        .bind(state)
        .bind(sealed)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(closed == 1)
}

/// One case.
pub async fn by_id(conn: &mut Conn, review_id: Uuid) -> Result<Option<ReviewRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(review_id).fetch_optional(&mut *c).await)?)
}

/// At most `limit` open cases of a desk, the oldest month first.
pub async fn open(conn: &mut Conn, desk: Desk, authority: &str, limit: i64) -> Result<Vec<ReviewRow>> {
    open_after(conn, desk, authority, ("", Uuid::nil()), limit).await
}

/// The same of those behind a place: the month and the id of one of them.
pub async fn open_after(
    conn: &mut Conn,
    desk: Desk,
    authority: &str,
    (month, id): (&str, Uuid),
    limit: i64,
) -> Result<Vec<ReviewRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OPEN))
        .bind(desk).bind(authority).bind(month).bind(id).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` cases of every desk and state, in the order of their ids after `after`.
pub async fn after(conn: &mut Conn, after: Uuid, limit: i64) -> Result<Vec<ReviewRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(AFTER)).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}

/// Removes cases.
pub async fn remove(tx: &mut Tx, reviews: &[Uuid]) -> Result<()> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE)).bind(IdList(reviews)).execute(&mut *c).await.map(drop))?)
}
