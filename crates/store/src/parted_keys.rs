//! Keys that are no longer in the service: destroyed for good, or kept apart by a legal hold. A data row whose keys are among
//! these is not a row whose keys were lost.

use crate::Result;
use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Keys, Tx, on_tx};
use crate::lists::IdList;
use crate::packed::{fetch, packed};
use crate::sql::{Dialect, Sql, listed_ids, statements};
use uuid::Uuid;

/// The keys of one owner under a legal hold.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct HeldRow {
    /// Whose keys.
    pub owner_id: Uuid,
    /// The hold.
    pub hold_id: Uuid,
    /// The keys, wrapped under the custodian's key.
    pub wrapped: Vec<u8>,
}

statements! {
    DESTROYED = packed!(ids: id("d.owner_id"); "FROM list CROSS JOIN destroyed_bundle d WHERE d.owner_id = list.item");
    HELD = packed!(ids: id("h.owner_id"); "FROM list CROSS JOIN held_bundle h WHERE h.owner_id = list.item");
    OF_HOLD = Sql::both("SELECT owner_id, hold_id, wrapped FROM held_bundle WHERE hold_id = $1 ORDER BY owner_id");
    HOLD_OF = Sql::both("SELECT hold_id FROM held_bundle WHERE owner_id = $1");
    RELEASE = Sql::both("DELETE FROM held_bundle WHERE hold_id = $1");
    DESTROY_HELD = listed_ids!("DELETE FROM held_bundle WHERE owner_id IN (SELECT item FROM list)");
}

bulk_statements! {
    MARK_DESTROYED = Bulk {
        head: "INSERT INTO destroyed_bundle (owner_id)",
        columns: &[ColumnType::Id],
        tail: "ON CONFLICT (owner_id) DO NOTHING",
    };
    HOLD = Bulk {
        head: "INSERT INTO held_bundle (owner_id, hold_id, wrapped)",
        columns: &[ColumnType::Id, ColumnType::Id, ColumnType::Blob],
        tail: "ON CONFLICT (owner_id) DO NOTHING",
    };
}

/// Which of these owners' keys were destroyed.
pub async fn destroyed(conn: &mut Conn<Keys>, owners: &[Uuid]) -> Result<Vec<Uuid>> {
    fetch!(conn, DESTROYED, IdList(owners))
}

/// Which of these owners' keys a legal hold keeps.
pub async fn held(conn: &mut Conn<Keys>, owners: &[Uuid]) -> Result<Vec<Uuid>> {
    fetch!(conn, HELD, IdList(owners))
}

/// Notes that these owners' keys are destroyed, beside [`crate::key_store::destroy_bundles`] in one transaction.
pub async fn mark_destroyed(tx: &mut Tx<Keys>, owners: &[Uuid]) -> Result<u64> {
    on_tx!(tx, c => sqlx::query(c.text(DESTROY_HELD)).bind(IdList(owners)).execute(&mut *c).await.map(drop))?;
    MARK_DESTROYED.run(tx, owners.len(), &[Column::Id(owners.to_vec())]).await
}

/// Keeps keys under a hold. An owner that another hold keeps stays with that one: the count then is smaller.
pub async fn hold(tx: &mut Tx<Keys>, rows: &[HeldRow]) -> Result<u64> {
    let columns = [
        Column::Id(rows.iter().map(|row| row.owner_id).collect()),
        Column::Id(rows.iter().map(|row| row.hold_id).collect()),
        Column::Blob(rows.iter().map(|row| row.wrapped.as_slice()).collect()),
    ];
    HOLD.run(tx, rows.len(), &columns).await
}

/// Destroys the keys of owners of their own that a hold keeps, once what they seal was replaced.
pub async fn destroy_held(tx: &mut Tx<Keys>, owners: &[Uuid]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(DESTROY_HELD))
        .bind(IdList(owners)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// The keys under a hold, in the order of their owners.
pub async fn of_hold(conn: &mut Conn<Keys>, hold_id: Uuid) -> Result<Vec<HeldRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_HOLD)).bind(hold_id).fetch_all(&mut *c).await)?)
}

/// The hold that keeps this owner's keys.
pub async fn hold_of(conn: &mut Conn<Keys>, owner_id: Uuid) -> Result<Option<Uuid>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(HOLD_OF)).bind(owner_id).fetch_optional(&mut *c).await)?)
}

/// Removes what any hold keeps of these owners, once it is back among the bundles.
pub async fn release_these(tx: &mut Tx<Keys>, owners: &[Uuid]) -> Result<u64> {
    destroy_held(tx, owners).await
}

/// Removes what a hold keeps, once it is back among the bundles.
pub async fn release(tx: &mut Tx<Keys>, hold_id: Uuid) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(RELEASE))
        .bind(hold_id).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}
