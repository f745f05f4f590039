//! Offers to hand a protected child on to another authority's desk (rule 5.3). A row changes only while it is as it was read.
//! Who offers, to whom and which child are keyed hashes: none of it is told in the clear.

use crate::conn::{Conn, Tx, on_tx};
use crate::sql::{Dialect, Sql, statements};
use crate::vocabulary::vocabulary;
use crate::{Key16, Result};
use uuid::Uuid;

vocabulary! {
    /// Whether something is still to be done.
    OfferState {
        /// It waits for an answer.
        Open = "open",
        /// It has ended; it is kept until its day.
        Closed = "closed",
    }
}

/// One offer.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OfferRow {
    /// A random id.
    pub offer_id: Uuid,
    /// Keyed hash of the desk that offers.
    pub from_key: Key16,
    /// Keyed hash of the desk that answers.
    pub to_key: Key16,
    /// Keyed hash of the child: of one child at most one offer is open.
    pub child_key: Key16,
    /// Whether something is still to be done.
    pub state: OfferState,
    /// The beginning of a month, microseconds UTC: of the one it was offered in, or once it has ended of the one in which it is
    /// destroyed.
    pub due_on: i64,
    /// Rises with every change.
    pub version: i64,
    /// The rest.
    pub sealed: Vec<u8>,
}

macro_rules! columns {
    () => {
        "offer_id, from_key, to_key, child_key, state, due_on, version, sealed"
    };
}

statements! {
    INSERT = Sql::both(concat!(
        "INSERT INTO transfer_offer (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    ));
    REPLACE = Sql::both(
        "UPDATE transfer_offer SET state = $2, due_on = $3, sealed = $4, version = version + 1 \
         WHERE offer_id = $1 AND version = $5",
    );
    BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM transfer_offer WHERE offer_id = $1"));
    OFFERED_BY = Sql::both(concat!(
        "SELECT ", columns!(), " FROM transfer_offer WHERE from_key = $1 ORDER BY state DESC, offer_id LIMIT $2"
    ));
    OFFERED_TO = Sql::both(concat!(
        "SELECT ", columns!(), " FROM transfer_offer WHERE to_key = $1 ORDER BY state DESC, offer_id LIMIT $2"
    ));
    ENDED = Sql::both(concat!(
        "SELECT ", columns!(), " FROM transfer_offer WHERE state = $1 AND due_on <= $2 ORDER BY due_on, offer_id LIMIT $3"
    ));
    EVERY_AFTER = Sql::both(concat!(
        "SELECT ", columns!(), " FROM transfer_offer WHERE offer_id > $1 ORDER BY offer_id LIMIT $2"
    ));
    REMOVE = Sql::both("DELETE FROM transfer_offer WHERE offer_id = $1");
}

/// Adds an offer. [`crate::StoreError::UniqueViolation`] when the child is offered already.
pub async fn insert(tx: &mut Tx, row: &OfferRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT))
        .bind(row.offer_id)
        .bind(row.from_key)
        .bind(row.to_key)
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

/// Changes an offer that is still as it was read: false when somebody was quicker, and nothing was written.
pub async fn replace(tx: &mut Tx, row: &OfferRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REPLACE))
        .bind(row.offer_id)
        .bind(row.state)
        .bind(row.due_on)
        .bind(&row.sealed)
        .bind(row.version)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// One offer.
pub async fn by_id(conn: &mut Conn, offer_id: Uuid) -> Result<Option<OfferRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_ID)).bind(offer_id).fetch_optional(&mut *c).await)?)
}

/// At most `limit` offers of a desk, those that wait first.
pub async fn offered_by(conn: &mut Conn, from_key: Key16, limit: i64) -> Result<Vec<OfferRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OFFERED_BY)).bind(from_key).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// At most `limit` offers to a desk.
pub async fn offered_to(conn: &mut Conn, to_key: Key16, limit: i64) -> Result<Vec<OfferRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(OFFERED_TO)).bind(to_key).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// At most `limit` offers that have ended and whose month has come by `now` (microseconds UTC).
pub async fn ended(conn: &mut Conn, now: i64, limit: i64) -> Result<Vec<OfferRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ENDED))
        .bind(OfferState::Closed).bind(now).bind(limit).fetch_all(&mut *c).await)?)
}

/// At most `limit` offers after this one, open and ended, in the order of their ids.
pub async fn after(conn: &mut Conn, offer_id: Uuid, limit: i64) -> Result<Vec<OfferRow>> {
    Ok(
        on_tx!(conn, c => sqlx::query_as(c.text(EVERY_AFTER)).bind(offer_id).bind(limit).fetch_all(&mut *c).await)?,
    )
}

/// Removes an offer whose keys are destroyed.
pub async fn remove(tx: &mut Tx, offer_id: Uuid) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE)).bind(offer_id).execute(&mut *c).await.map(drop))?;
    Ok(())
}
