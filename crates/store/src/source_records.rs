//! Source records: one child as one source system described them, the unit of truth.

use crate::bulk::{Bulk, Column, ColumnType, bulk_statements};
use crate::conn::{Conn, Tx, on_tx};
use crate::lists::{IdList, KeyList};
use crate::packed::{Unpack, Unpacker, fetch, packed};
use crate::sql::{Dialect, Sql, listed_ids, listed_keys, statements};
use crate::vocabulary::vocabulary;
use crate::{Key16, Result, bucket_of};
use uuid::Uuid;

vocabulary! {
    /// Where a source record stands.
    RecordState {
        /// Counts.
        Live = "live",
        /// Its source no longer states it; kept, matched, not shown as current.
        Ended = "ended",
        /// Withheld from everyone by decision of a desk.
        Withheld = "withheld",
    }
}

/// One source record.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SourceRecordRow {
    /// Its id: random, in the bucket of `local_key` (see [`crate::in_bucket`]).
    pub record_id: Uuid,
    /// The source that stated it.
    pub source_id: Uuid,
    /// Keyed hash of (source, local id).
    pub local_key: Key16,
    /// Counts statements from 1.
    pub version: i64,
    /// Keyed hash of the statement: equal digests mean that nothing changed.
    pub digest: Key16,
    /// The statement, in parts sealed under the record's own keys.
    pub sealed: Vec<u8>,
    /// Nobody reads it before this minute (microseconds UTC, whole minutes).
    pub hold_until: i64,
    /// Where it stands.
    pub state: RecordState,
}

/// A source record and the child it is linked to, if any link of it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkedRecordRow {
    /// The record.
    pub record: SourceRecordRow,
    /// The child of its automatic or confirmed link.
    pub child_id: Option<Uuid>,
}

impl Unpack for LinkedRecordRow {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self { record: from.next()?, child_id: from.next()? })
    }
}

impl Unpack for SourceRecordRow {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            record_id: from.next()?,
            source_id: from.next()?,
            local_key: from.next()?,
            version: from.next()?,
            digest: from.next()?,
            sealed: from.next()?,
            hold_until: from.next()?,
            state: from.word().and_then(RecordState::from_word)?,
        })
    }
}

statements! {
    BY_LOCAL_KEYS = listed_keys!(
        "SELECT r.record_id, r.source_id, r.local_key, r.version, r.digest, r.sealed, r.hold_until, r.state \
         FROM list CROSS JOIN source_record r WHERE r.local_key = list.item AND r.source_id = $2"
    );
    DIGESTS = packed!(keys: key("r.local_key"), id("r.record_id"), int("r.version"), key("r.digest");
        "FROM list CROSS JOIN source_record r WHERE r.local_key = list.item AND r.source_id = $2"
    );
    BY_IDS = packed!(ids: id("r.record_id"), id("r.source_id"), key("r.local_key"), int("r.version"), key("r.digest"),
        blob("r.sealed"), int("r.hold_until"), text("r.state"), maybe_id("l.child_id");
        "FROM list CROSS JOIN source_record r LEFT JOIN link l ON l.record_id = r.record_id \
         AND l.kind <> 'refused' WHERE r.record_id = list.item"
    );
    OF_CHILDREN = packed!(ids: id("r.record_id"), id("r.source_id"), key("r.local_key"), int("r.version"), key("r.digest"),
        blob("r.sealed"), int("r.hold_until"), text("r.state"), maybe_id("l.child_id");
        "FROM list CROSS JOIN link l CROSS JOIN source_record r WHERE l.child_id = list.item \
         AND l.kind <> 'refused' AND r.record_id = l.record_id"
    );
    VERSIONS_OF_CHILDREN = packed!(ids: id("l.child_id"), id("r.record_id"), int("r.version");
        "FROM list CROSS JOIN link l CROSS JOIN source_record r WHERE l.child_id = list.item \
         AND l.kind <> 'refused' AND r.record_id = l.record_id AND r.state = 'live'"
    );
    OF_SOURCE_AFTER = Sql::both(
        "SELECT local_key, record_id, version, digest FROM source_record WHERE record_id > $2 AND source_id = $1 \
         AND state <> 'ended' ORDER BY record_id LIMIT $3",
    );
    REWRITE = Sql::both(
        "UPDATE source_record SET version = $3, sealed = $4, state = $5 WHERE record_id = $1 AND bucket = $2 \
         AND version = $6",
    );
    HEAR = Sql::both("UPDATE source_record SET digest = $3 WHERE record_id = $1 AND bucket = $2");
    COUNT = Sql::both("SELECT count(*) FROM source_record");
    REMOVE = listed_ids!("DELETE FROM source_record WHERE record_id IN (SELECT item FROM list)");
    AFTER = Sql::both(
        "SELECT record_id, source_id, local_key, version, digest, sealed, hold_until, state FROM source_record \
         WHERE record_id > $1 ORDER BY record_id LIMIT $2",
    );
}

const COLUMNS: &[ColumnType] = &[
    ColumnType::Int,
    ColumnType::Id,
    ColumnType::Id,
    ColumnType::Blob,
    ColumnType::Int,
    ColumnType::Blob,
    ColumnType::Blob,
    ColumnType::Int,
    ColumnType::Text,
];

bulk_statements! {
    INSERT = Bulk {
        head: "INSERT INTO source_record (bucket, record_id, source_id, local_key, version, digest, sealed, \
               hold_until, state)",
        columns: COLUMNS,
        tail: "ON CONFLICT DO NOTHING",
    };
    PUT = Bulk {
        head: "INSERT INTO source_record (bucket, record_id, source_id, local_key, version, digest, sealed, \
               hold_until, state)",
        columns: COLUMNS,
        tail: "ON CONFLICT (record_id, bucket) DO UPDATE SET version = excluded.version, digest = excluded.digest, \
               sealed = excluded.sealed, hold_until = excluded.hold_until, state = excluded.state \
               WHERE source_record.version < excluded.version",
    };
}

/// What is known of a record without unsealing it: enough to see that a statement changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RecordDigest {
    /// Keyed hash of (source, local id).
    pub local_key: Key16,
    /// The record.
    pub record_id: Uuid,
    /// Its version.
    pub version: i64,
    /// Keyed hash of its statement.
    pub digest: Key16,
}

impl Unpack for RecordDigest {
    fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            local_key: from.next()?,
            record_id: from.next()?,
            version: from.next()?,
            digest: from.next()?,
        })
    }
}

/// The records a source holds under these local ids; in no order, the missing ones missing.
pub async fn by_local_keys(conn: &mut Conn, source_id: Uuid, keys: &[Key16]) -> Result<Vec<SourceRecordRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(BY_LOCAL_KEYS))
        .bind(KeyList(keys)).bind(source_id).fetch_all(&mut *c).await)?)
}

/// As [`by_local_keys`], without the sealed parts: what loading the same file twice needs.
pub async fn digests(conn: &mut Conn, source_id: Uuid, keys: &[Key16]) -> Result<Vec<RecordDigest>> {
    fetch!(conn, DIGESTS, KeyList(keys), source_id)
}

/// A page of the records of a source that it has not ended, those included whose statement is withheld, in the order of their
/// ids, after `after` (start with the nil id).
pub async fn of_source_after(
    conn: &mut Conn,
    source_id: Uuid,
    after: Uuid,
    limit: i64,
) -> Result<Vec<RecordDigest>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(OF_SOURCE_AFTER))
        .bind(source_id).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}

/// The records with these ids and the children they are linked to; in no order, the missing ones missing.
pub async fn by_ids(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<LinkedRecordRow>> {
    fetch!(conn, BY_IDS, IdList(ids))
}

/// (child, record, version) of every live record that is linked to one of these children.
pub async fn versions_of_children(conn: &mut Conn, child_ids: &[Uuid]) -> Result<Vec<(Uuid, Uuid, i64)>> {
    fetch!(conn, VERSIONS_OF_CHILDREN, IdList(child_ids))
}

/// Every record linked (not refused) to these children.
pub async fn of_children(conn: &mut Conn, child_ids: &[Uuid]) -> Result<Vec<LinkedRecordRow>> {
    fetch!(conn, OF_CHILDREN, IdList(child_ids))
}

/// Inserts first statements. Returns how many were new: fewer than given means that a record of the same
/// (source, local id) exists already.
pub async fn insert(tx: &mut Tx, rows: &[SourceRecordRow]) -> Result<u64> {
    INSERT.run(tx, rows.len(), &columns(rows)).await
}

/// Creates the records, or replaces those whose stored version is older. Returns how many rows were written: fewer than
/// given means that somebody else wrote a version in between. A record may stand in `rows` only once.
///
/// # Errors
/// `UniqueViolation` if another record holds the same (source, local id).
pub async fn put(tx: &mut Tx, rows: &[SourceRecordRow]) -> Result<u64> {
    PUT.run(tx, rows.len(), &columns(rows)).await
}

/// Writes a record anew as two people decided: what of it belongs to another child is not in it any more (law 5). False when
/// it is no more in the version that was read.
pub async fn rewrite(tx: &mut Tx, row: &SourceRecordRow, read: i64) -> Result<bool> {
    let written = on_tx!(tx, c => sqlx::query(c.text(REWRITE))
        .bind(row.record_id)
        .bind(bucket_of(&row.record_id))
        .bind(row.version)
        .bind(&row.sealed)
        .bind(row.state)
        .bind(read)
        .execute(&mut *c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(written == 1)
}

/// Notes what a record's source stated last where that statement is kept with another child: so that what a source is told
/// depends on its own rows alone (law 7).
pub async fn hear(tx: &mut Tx, record: Uuid, digest: Key16) -> Result<()> {
    on_tx!(tx, c => sqlx::query(c.text(HEAR))
        .bind(record)
        .bind(bucket_of(&record))
        .bind(digest)
        .execute(&mut *c)
        .await
        .map(drop))?;
    Ok(())
}

fn columns(rows: &[SourceRecordRow]) -> [Column<'_>; 9] {
    [
        Column::Int(rows.iter().map(|r| bucket_of(&r.record_id)).collect()),
        Column::Id(rows.iter().map(|r| r.record_id).collect()),
        Column::Id(rows.iter().map(|r| r.source_id).collect()),
        Column::Key(rows.iter().map(|r| r.local_key).collect()),
        Column::Int(rows.iter().map(|r| r.version).collect()),
        Column::Key(rows.iter().map(|r| r.digest).collect()),
        Column::Blob(rows.iter().map(|r| r.sealed.as_slice()).collect()),
        Column::Int(rows.iter().map(|r| r.hold_until).collect()),
        Column::Text(rows.iter().map(|r| r.state.as_str()).collect()),
    ]
}

/// Removes records (their links, versions and keys are the caller's to remove first).
pub async fn remove(tx: &mut Tx, ids: &[Uuid]) -> Result<u64> {
    Ok(on_tx!(tx, c => sqlx::query(c.text(REMOVE))
        .bind(IdList(ids)).execute(&mut *c).await.map(|done| done.rows_affected()))?)
}

/// How many records there are, for the machine room.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    Ok(on_tx!(conn, c => sqlx::query_scalar(c.text(COUNT)).fetch_one(&mut *c).await)?)
}

/// A page of all records in the order of their ids, after `after` (start with the nil id): what re-matching and the
/// rotation of keys walk along.
pub async fn after(conn: &mut Conn, after: Uuid, limit: i64) -> Result<Vec<SourceRecordRow>> {
    Ok(on_tx!(conn, c => sqlx::query_as(c.text(AFTER)).bind(after).bind(limit).fetch_all(&mut *c).await)?)
}
