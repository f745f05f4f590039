//! The key store's tables: wrapped data keys, the generations that wrap them, the roots of keyed hashes, and the journal
//! of what a restore must not forget (decisions 1 to 3).
//!
//! Write keys, and commit, *before* the data rows that need them: an orphan key is harmless, a row without its key is lost.

use crate::Result;
use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Keys, Tx, on_tx};
use crate::lists::IdList;
use crate::packed::{Unpack, Unpacker, fetch, packed};
use crate::sql::{Dialect, Sql, listed_ids, statements};
use guards::Guard;
use uuid::Uuid;

/// The wrapped data keys of one owner: a source record, a child, an account, a feed run.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BundleRow {
    /// Whose keys.
    pub owner_id: Uuid,
    /// The generation key that wraps them.
    pub generation: i64,
    /// The wrapped keys of all its items.
    pub wrapped: Vec<u8>,
}

impl Unpack for BundleRow {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { owner_id: from.next()?, generation: from.next()?, wrapped: from.next()? })
    }
}

/// A generation key.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct GenerationRow {
    /// 1, 2, 3 …
    pub generation: i64,
    /// The key, wrapped by the key-encryption key; `None` once destroyed.
    pub wrapped: Option<Vec<u8>>,
    /// `YYYY-MM`.
    pub created_month: String,
    /// Is it destroyed for good?
    pub destroyed: bool,
    /// `YYYY-MM-DD`: the day it began; `None` of the first ones.
    pub begun_on: Option<String>,
}

/// A key from which keyed hashes are made.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RootKeyRow {
    /// What it is for, such as `match_key`.
    pub name: String,
    /// Its epoch; two may live side by side while keys are rotated.
    pub epoch: i64,
    /// The generation key that wraps it; `None` as an earlier version wrote it.
    pub generation: Option<i64>,
    /// The key, wrapped by the key-encryption key, and that by the generation key.
    pub wrapped: Vec<u8>,
}

/// One entry of the journal.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct JournalRow {
    /// 1, 2, 3 …
    pub seq: i64,
    /// A shield, seal, revocation or destruction, sealed.
    pub entry: Vec<u8>,
}

statements! {
    BUNDLES = packed!(ids: id("b.owner_id"), int("b.generation"), blob("b.wrapped");
        "FROM list CROSS JOIN bundle b WHERE b.owner_id = list.item"
    );
    OLDER_THAN = Sql::both(
        "SELECT owner_id, generation, wrapped FROM bundle WHERE owner_id > $1 AND generation < $2 \
         ORDER BY owner_id LIMIT $3",
    );
    INSERT_BUNDLE = Sql::both(
        "INSERT INTO bundle (owner_id, generation, wrapped) VALUES ($1, $2, $3) ON CONFLICT (owner_id) DO NOTHING",
    );
    DESTROY_BUNDLES = listed_ids!("DELETE FROM bundle WHERE owner_id IN (SELECT item FROM list)");
    OLDEST_IN_USE = Sql::both(
        "SELECT min(generation) FROM (SELECT generation FROM bundle WHERE generation < $1 \
         UNION ALL SELECT generation FROM root_key WHERE generation < $1) AS wrapping",
    );
    REWRAP_BUNDLE = Sql::both(
        "UPDATE bundle SET generation = $2, wrapped = $3 WHERE owner_id = $1 AND generation = $4 AND wrapped = $5",
    );
    COUNT_BUNDLES = Sql::both("SELECT count(*) FROM bundle");
    INSERT_GENERATION = Sql::both(
        "INSERT INTO generation (generation, wrapped, created_month, destroyed, begun_on) VALUES ($1, $2, $3, $4, $5)",
    );
    GENERATIONS = Sql::both(
        "SELECT generation, wrapped, created_month, destroyed, begun_on FROM generation ORDER BY generation",
    );
    REWRAP_GENERATION = Sql::both("UPDATE generation SET wrapped = $2 WHERE generation = $1 AND wrapped IS NOT NULL");
    DESTROY_GENERATION = Sql::both(
        "UPDATE generation SET wrapped = NULL, destroyed = $2 WHERE generation = $1 \
         AND NOT EXISTS (SELECT 1 FROM root_key r WHERE r.generation = $1)",
    );
    INSERT_ROOT_KEY = Sql::both(
        "INSERT INTO root_key (name, epoch, generation, wrapped) VALUES ($1, $2, $3, $4) ON CONFLICT (name, epoch) DO NOTHING",
    );
    REWRAP_ROOT_KEY = Sql::both(
        "UPDATE root_key SET generation = $4, wrapped = $5 WHERE name = $1 AND epoch = $2 AND wrapped = $3 \
         AND EXISTS (SELECT 1 FROM generation g WHERE g.generation = $4 AND g.wrapped IS NOT NULL)",
    );
    ROOT_KEYS = Sql::both("SELECT name, epoch, generation, wrapped FROM root_key ORDER BY name, epoch");
    REMOVE_ROOT_KEY = Sql::both("DELETE FROM root_key WHERE name = $1 AND epoch = $2");
    APPEND_JOURNAL = Sql::both(
        "INSERT INTO journal (seq, entry) SELECT coalesce(max(seq), 0) + 1, $1 FROM journal RETURNING seq",
    );
    JOURNAL = Sql::both("SELECT seq, entry FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2");
}

bulk_statements! {
    PUT_BUNDLES = Bulk {
        head: "INSERT INTO bundle (owner_id, generation, wrapped)",
        columns: &[ColumnType::Id, ColumnType::Int, ColumnType::Blob],
        tail: "ON CONFLICT (owner_id) DO UPDATE SET generation = excluded.generation, wrapped = excluded.wrapped",
    };
}

/// The bundles that exist of these owners; in no order. A missing one was destroyed, or never was.
pub async fn bundles(conn: &mut Conn<Keys>, owners: &[Uuid]) -> Result<Vec<BundleRow>> {
    fetch!(conn, BUNDLES, IdList(owners))
}

/// Creates or replaces bundles. An owner may stand in `rows` only once.
pub async fn put_bundles(tx: &mut Tx<Keys>, rows: &[BundleRow]) -> Result<u64> {
    // In the order of the ids, which is the order of the table.
    let mut sorted: Vec<&BundleRow> = rows.iter().collect();
    sorted.sort_unstable_by_key(|row| row.owner_id);
    let columns = [
        Column::Id(sorted.iter().map(|r| r.owner_id).collect()),
        Column::Int(sorted.iter().map(|r| r.generation).collect()),
        Column::Blob(sorted.iter().map(|r| r.wrapped.as_slice()).collect()),
    ];
    PUT_BUNDLES.run(tx, sorted.len(), &columns).await
}

/// Adds a bundle unless the owner has one: the first of two servers wins, and both must read it back before they use it.
pub async fn insert_bundle(tx: &mut Tx<Keys>, row: &BundleRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT_BUNDLE))
        .bind(row.owner_id).bind(row.generation).bind(&row.wrapped).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// At most `limit` bundles wrapped by a generation before `generation`, in the order of owners after `after`: what a
/// rotation walks along.
pub async fn bundles_older_than(
    conn: &mut Conn<Keys>,
    generation: i64,
    after: Uuid,
    limit: i64,
) -> Result<Vec<BundleRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OLDER_THAN))
        .bind(after).bind(generation).bind(limit).fetch_all(&mut *c).await)?)
}

/// The oldest generation before `newest` under which a bundle or a root key is still wrapped. Reads whole tables: asked once a
/// rotation.
pub async fn oldest_in_use(conn: &mut Conn<Keys>, newest: i64) -> Result<Option<i64>> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(OLDEST_IN_USE)).bind(newest).fetch_one(&mut *c).await)?)
}

/// Wraps a bundle anew if it still is as it was read: who wrote it meanwhile has wrapped it already. Returns whether it was.
pub async fn rewrap_bundle(tx: &mut Tx<Keys>, old: &BundleRow, new: &BundleRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REWRAP_BUNDLE))
        .bind(old.owner_id)
        .bind(new.generation)
        .bind(&new.wrapped)
        .bind(old.generation)
        .bind(&old.wrapped)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Destroys the keys of these owners: what they sealed is unreadable from the commit on, and in every backup once the
/// generation's horizon has passed. Call [`crate::Store::scrub_keys`] afterwards.
pub async fn destroy_bundles(tx: &mut Tx<Keys>, owners: &[Uuid]) -> Result<u64> {
    if !Guard::KeyDestruction.stands() {
        return Ok(0);
    }
    Ok(on_tx!(tx, c => sqlx::query(c.text(DESTROY_BUNDLES))
        .bind(IdList(owners)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// How many bundles there are.
pub async fn count_bundles(conn: &mut Conn<Keys>) -> Result<i64> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(COUNT_BUNDLES)).fetch_one(&mut *c).await)?)
}

/// Adds a generation.
///
/// # Errors
/// `UniqueViolation` if another process added it first: read [`generations`] again.
pub async fn insert_generation(tx: &mut Tx<Keys>, row: &GenerationRow) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(INSERT_GENERATION))
        .bind(row.generation)
        .bind(&row.wrapped)
        .bind(&row.created_month)
        .bind(row.destroyed)
        .bind(&row.begun_on)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

/// Every generation, destroyed ones included, oldest first.
pub async fn generations(conn: &mut Conn<Keys>) -> Result<Vec<GenerationRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(GENERATIONS)).fetch_all(&mut *c).await)?)
}

/// Replaces the wrapping of a generation key (the key-encryption key changed). Returns whether the generation was there
/// and not destroyed.
pub async fn rewrap_generation(tx: &mut Tx<Keys>, generation: i64, wrapped: &[u8]) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REWRAP_GENERATION))
        .bind(generation).bind(wrapped).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Destroys a generation key for good: every backup wrapped under it becomes unreadable. Never one that a root key needs: without
/// those nothing is found any more. Returns whether it was destroyed.
pub async fn destroy_generation(tx: &mut Tx<Keys>, generation: i64) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(DESTROY_GENERATION))
        .bind(generation).bind(true).execute(&mut *c).await.map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Adds a root key unless one of that name and epoch stands: the first of two servers wins, and both must read it back
/// before they use it. Returns whether this one was first.
pub async fn insert_root_key(tx: &mut Tx<Keys>, row: &RootKeyRow) -> Result<bool> {
    let inserted = on_tx!(tx, c => sqlx::query(c.text(INSERT_ROOT_KEY))
        .bind(&row.name)
        .bind(row.epoch)
        .bind(row.generation)
        .bind(&row.wrapped)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Wraps a root key anew if it still is as it was read, under a generation that is not destroyed. Returns whether it was: what
/// another server wrote meanwhile stands. Call [`crate::Store::scrub_keys`] afterwards.
pub async fn rewrap_root_key(tx: &mut Tx<Keys>, old: &RootKeyRow, new: &RootKeyRow) -> Result<bool> {
    let changed = on_tx!(tx, c => sqlx::query(c.text(REWRAP_ROOT_KEY))
        .bind(&old.name)
        .bind(old.epoch)
        .bind(&old.wrapped)
        .bind(new.generation)
        .bind(&new.wrapped)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Every root key.
pub async fn root_keys(conn: &mut Conn<Keys>) -> Result<Vec<RootKeyRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(ROOT_KEYS)).fetch_all(&mut *c).await)?)
}

/// Destroys an epoch of a root key once nothing is hashed under it any more.
pub async fn remove_root_key(tx: &mut Tx<Keys>, name: &str, epoch: i64) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(REMOVE_ROOT_KEY)).bind(name).bind(epoch).execute(&mut *c).await.map(drop))?;
    Ok(())
}

/// Appends to the journal and returns the entry's number.
///
/// # Errors
/// `UniqueViolation` if another server appended at the same moment (PostgreSQL): try again.
pub async fn append_journal(tx: &mut Tx<Keys>, entry: &[u8]) -> Result<i64> {
    Ok(on_tx!(tx, c => sqlx::query_scalar(c.text(APPEND_JOURNAL)).bind(entry).fetch_one(&mut *c).await)?)
}

/// At most `limit` entries after number `after`, in order.
pub async fn journal(conn: &mut Conn<Keys>, after: i64, limit: i64) -> Result<Vec<JournalRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(JOURNAL)).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}
